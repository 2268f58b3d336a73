from __future__ import annotations

import pytest

from server.access import LOCAL, Principal, Role
from server.containers.actions import LINGER_S
from server.containers.engine import EngineTimeout
from server.containers.outcome import DEFAULT_GRACE_S
from server.containers.run import CONFIRM_S, RECOVER_S
from server.protocol.client import ActionOptions
from server.protocol.views import Action
from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine
from tests.fakes.log import HandledLog
from tests.unit.containers.conftest import Told, Watch

OPERATION = ["operation.requested", "operation.running", "operation.confirmed"]


@pytest.mark.parametrize("action", ["stop", "restart", "pause", "kill"])
async def test_an_action_is_confirmed_by_the_engines_own_event(
    engine: FakeEngine, watch: Watch, told: Told, action: Action
) -> None:
    engine.run("web")
    watched = await watch()
    operation = await watched.outcome(await watched.ask("web", action))
    assert (operation.state, operation.code, operation.message) == ("confirmed", None, None)
    # The clock stands still: had it waited for an inspection, it would be running yet.
    assert [kind for kind in told.types if kind.startswith("operation.")] == OPERATION


async def test_the_events_of_an_operation_tell_whose_it_was(engine: FakeEngine, watch: Watch, told: Told) -> None:
    engine.run("web")
    watched = await watch()
    ann = Principal(id="ann", role=Role.OPERATOR)
    operation = await watched.outcome(await watched.ask("web", "stop", by=ann))
    exited = told.of("container.exited")[0]
    assert (exited["by"], exited["operation"], operation.by) == ("ann", operation.id, "ann")


async def test_an_event_comes_before_the_confirmation_that_it_is(engine: FakeEngine, watch: Watch, told: Told) -> None:
    engine.run("web")
    watched = await watch()
    await watched.outcome(await watched.ask("web", "stop"))
    assert told.types.index("container.exited") < told.types.index("operation.confirmed")


async def test_an_end_after_a_signal_is_still_the_senders_doing(
    engine: FakeEngine, watch: Watch, told: Told, clock: FakeClock
) -> None:
    web, other = engine.run("web"), engine.run("other")
    watched = await watch()
    for name in ("web", "other"):
        await watched.outcome(await watched.ask(name, "kill", ActionOptions(signal="HUP")))
    engine.die(web, 1)
    await watched.turns()
    await clock.advance(LINGER_S)
    engine.die(other, 1)
    await watched.turns()
    assert [data["by"] for data in told.of("container.exited")] == ["local", None]


async def test_the_duration_is_measured(engine: FakeEngine, watch: Watch, clock: FakeClock) -> None:
    engine.run("web")
    watched = await watch()
    acting = engine.gate("act")
    operation = await watched.ask("web", "stop")
    await watched.acting()
    await clock.advance(7)
    acting.set()
    operation = await watched.outcome(operation)
    assert (operation.duration_ms, operation.finished_at) == (7000, "2026-11-20T09:00:07.100Z")


async def test_what_is_so_already_is_confirmed_and_said(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    operation = await watched.outcome(await watched.ask("web", "start"))
    assert (operation.state, operation.message) == ("confirmed", "It was running already.")


async def test_a_refusal_of_the_engine_is_a_failed_operation_in_its_words(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    operation = await watched.outcome(await watched.ask("web", "remove"))
    assert (operation.state, operation.code) == ("failed", "container_conflict")
    assert operation.message == "The container is running. Stop it first, or remove it with force."


async def test_a_removed_container_is_confirmed_and_gone(engine: FakeEngine, watch: Watch, told: Told) -> None:
    engine.run("web")
    watched = await watch()
    operation = await watched.outcome(await watched.ask("web", "remove", ActionOptions(force=True)))
    assert (operation.state, watched.names) == ("confirmed", [])
    assert told.of("container.removed")[0]["operation"] == operation.id


async def test_without_the_event_an_inspection_confirms_after_five_seconds(
    engine: FakeEngine, watch: Watch, clock: FakeClock
) -> None:
    engine.run("web")
    watched = await watch()
    engine.silent = True
    operation = await watched.ask("web", "stop")
    await watched.acting()
    await watched.turns()
    assert (await watched.actions.get(operation.id, by=LOCAL)).state == "running"
    await clock.advance(CONFIRM_S)
    assert (await watched.outcome(operation)).state == "confirmed"


async def test_an_order_that_came_to_nothing_fails_and_says_how_it_is(
    engine: FakeEngine, watch: Watch, clock: FakeClock
) -> None:
    web = engine.run("web")
    watched = await watch()
    engine.silent = True
    operation = await watched.ask("web", "stop")
    await watched.acting()
    await watched.turns()
    engine.start(web)
    await clock.advance(CONFIRM_S)
    operation = await watched.outcome(operation)
    assert (operation.state, operation.code) == ("failed", "not_confirmed")
    assert operation.message is not None
    assert operation.message.endswith("The container is running.")


async def test_an_engine_that_is_lost_on_the_way_is_asked_when_it_returns(
    engine: FakeEngine, watch: Watch, clock: FakeClock
) -> None:
    web = engine.run("web")
    watched = await watch()
    acting = engine.gate("act")
    operation = await watched.ask("web", "stop")
    await watched.acting()
    engine.silent = True
    engine.die(web, 143)
    engine.down()
    acting.set()
    await clock.advance(20)
    engine.up()
    await clock.advance(3)
    assert (await watched.outcome(operation)).state == "confirmed"
    assert engine.calls.count("stop") == 1


async def test_an_engine_that_stays_away_leaves_the_outcome_unknown_and_says_so(
    engine: FakeEngine, watch: Watch, clock: FakeClock
) -> None:
    engine.run("web")
    watched = await watch()
    acting = engine.gate("act")
    operation = await watched.ask("web", "stop")
    await watched.acting()
    engine.down()
    acting.set()
    await clock.advance(RECOVER_S + 5)
    operation = await watched.outcome(operation)
    assert (operation.state, operation.code) == ("failed", "engine_unreachable")
    assert "not known" in (operation.message or "")


async def test_an_engine_that_answers_too_late_is_judged_by_what_it_did(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    engine.failures["act"] = [EngineTimeout("The engine took the order and has not answered yet; it may be busy.")]
    operation = await watched.outcome(await watched.ask("web", "stop"))
    assert (operation.state, operation.code) == ("failed", "engine_busy")
    assert (operation.message or "").endswith("The container is running.")


async def test_what_ran_when_pilothouse_ended_is_settled_and_not_done_again(
    engine: FakeEngine, watch: Watch, told: Told
) -> None:
    web = engine.run("web")
    first = await watch()
    engine.gate("act")
    operation = await first.ask("web", "restart")
    await first.acting()
    await first.close()
    engine.stop(web)
    engine.start(web)
    engine.gate("act").set()
    second = await watch()
    settled = await second.outcome(operation)
    assert (settled.id, settled.state) == (operation.id, "confirmed")
    assert engine.calls.count("restart") == 1


async def test_what_was_not_done_when_pilothouse_ended_fails_and_says_so(
    engine: FakeEngine, watch: Watch, clock: FakeClock
) -> None:
    engine.run("web")
    first = await watch()
    engine.gate("act")
    operation = await first.ask("web", "restart")
    await first.acting()
    await first.close()
    second = await watch()
    await clock.advance(DEFAULT_GRACE_S + CONFIRM_S)
    settled = await second.outcome(operation)
    assert (settled.state, settled.code) == ("failed", "interrupted")


async def test_what_the_engine_is_still_at_after_a_crash_is_waited_for(
    engine: FakeEngine, watch: Watch, clock: FakeClock
) -> None:
    web = engine.run("web")
    first = await watch()
    engine.gate("act")
    operation = await first.ask("web", "restart")
    await first.acting()
    await first.close()
    second = await watch()
    await clock.advance(DEFAULT_GRACE_S - 2)
    assert (await second.actions.get(operation.id, by=LOCAL)).state == "running"
    engine.stop(web)
    engine.start(web)
    await clock.advance(1)
    assert (await second.outcome(operation)).state == "confirmed"
    assert engine.calls.count("restart") == 1


async def test_what_had_not_begun_when_pilothouse_ended_is_not_begun(
    engine: FakeEngine, watch: Watch, log: HandledLog
) -> None:
    engine.run("web")
    first = await watch()
    log.refuses = frozenset({"operation.running"})
    operation = await first.ask("web", "stop")
    await first.close()
    log.refuses = frozenset()
    settled = await (await watch()).outcome(operation)
    assert (settled.state, settled.message) == ("failed", "Pilothouse was restarted before it began. Nothing was done.")
    assert "stop" not in engine.calls


async def test_what_cannot_be_written_down_is_not_done_later(
    engine: FakeEngine, watch: Watch, log: HandledLog, clock: FakeClock, told: Told
) -> None:
    engine.run("web")
    watched = await watch()
    log.refuses = frozenset({"operation.running", "operation.failed"})
    operation = await watched.ask("web", "stop")
    await clock.advance(60)
    assert (await watched.actions.get(operation.id, by=LOCAL)).state == "requested"
    log.refuses = frozenset()
    await clock.advance(15)
    operation = await watched.outcome(operation)
    assert (operation.state, operation.message) == ("failed", "The disk is full. Nothing was done.")
    assert "stop" not in engine.calls


async def test_an_outcome_waits_for_the_storage(
    engine: FakeEngine, watch: Watch, log: HandledLog, clock: FakeClock
) -> None:
    engine.run("web")
    watched = await watch()
    log.refuses = frozenset({"operation.confirmed"})
    operation = await watched.ask("web", "stop")
    await watched.acting()
    await clock.advance(60)
    assert (await watched.actions.get(operation.id, by=LOCAL)).state == "running"
    log.refuses = frozenset()
    await clock.advance(15)
    assert (await watched.outcome(operation)).state == "confirmed"


async def test_an_engine_that_took_the_order_and_then_was_lost_is_asked_when_it_returns(
    engine: FakeEngine, watch: Watch, clock: FakeClock
) -> None:
    engine.run("web")
    watched = await watch()
    engine.silent = True
    operation = await watched.ask("web", "stop")
    await watched.acting()
    await watched.turns()
    engine.down()
    await clock.advance(20)
    engine.up()
    await clock.advance(3)
    assert (await watched.outcome(operation)).state == "confirmed"


async def test_a_signal_that_leaves_no_trace_is_confirmed_by_the_engines_answer(
    engine: FakeEngine, watch: Watch, clock: FakeClock
) -> None:
    engine.run("web")
    watched = await watch()
    engine.silent = True
    operation = await watched.ask("web", "kill", ActionOptions(signal="HUP"))
    await watched.acting()
    await watched.turns()
    await clock.advance(CONFIRM_S)
    assert (await watched.outcome(operation)).state == "confirmed"


async def test_a_signal_without_an_answer_is_not_known_to_have_arrived(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    engine.failures["act"] = [EngineTimeout("The engine took the order and has not answered yet; it may be busy.")]
    operation = await watched.outcome(await watched.ask("web", "kill", ActionOptions(signal="HUP")))
    assert (operation.state, operation.code) == ("failed", "engine_busy")
    assert (operation.message or "").endswith("Whether the signal arrived is not known.")


async def test_a_container_that_is_gone_before_it_could_be_looked_at_is_not_found(
    engine: FakeEngine, watch: Watch
) -> None:
    watched = await watch()
    inspecting = engine.gate("inspect")
    late = engine.create("late")
    await watched.turns()
    operation = await watched.ask("late", "start")
    engine.silent = True
    engine.destroy(late)
    inspecting.set()
    operation = await watched.outcome(operation)
    assert (operation.state, operation.code) == ("failed", "container_not_found")


async def test_a_mistake_in_an_operation_ends_it(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    engine.failures["act"] = [ZeroDivisionError("a mistake")]
    operation = await watched.outcome(await watched.ask("web", "stop"))
    assert (operation.state, operation.code) == ("failed", "internal")
