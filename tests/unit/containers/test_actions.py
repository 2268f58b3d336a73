from __future__ import annotations

import asyncio

import pytest

from server.access import LOCAL, Principal, Role
from server.containers import actions as actions_module
from server.containers.actions import LINGER_S, ContainerBusy, OwnContainer
from server.containers.engine import (
    ContainerNotFound,
    EngineError,
    EngineTimeout,
    EngineUnreachable,
    InvalidContainer,
    InvalidOption,
)
from server.containers.operations import OperationNotFound
from server.containers.run import CONFIRM_S, RECOVER_S
from server.errors import Forbidden, StorageUnavailable, TooBusy
from server.eventlog.log import IdReused
from server.ids import new_id
from server.protocol.client import ActionOptions, ContainerActionData
from server.protocol.views import Action
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.engine import FakeEngine
from tests.fakes.log import HandledLog
from tests.unit.containers.conftest import Told, Watch

OPERATION = ["operation.requested", "operation.running", "operation.confirmed"]


async def told_running(engine: FakeEngine) -> None:
    """Return when the engine was asked to act."""
    while "act" not in engine.calls:
        await asyncio.sleep(0)


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


async def test_an_operation_is_accepted_before_the_engine_is_asked(
    engine: FakeEngine, watch: Watch, told: Told
) -> None:
    engine.run("web")
    watched = await watch()
    acting = engine.gate("act")
    operation = await watched.ask("web", "stop")
    assert operation.state == "requested"
    assert told.of("operation.requested")[0]["operation"]["id"] == operation.id
    acting.set()
    assert (await watched.outcome(operation)).state == "confirmed"


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
    await told_running(engine)
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
    await told_running(engine)
    await watched.turns()
    assert (await watched.actions.get(operation.id)).state == "running"
    await clock.advance(CONFIRM_S)
    assert (await watched.outcome(operation)).state == "confirmed"


async def test_an_order_that_came_to_nothing_fails_and_says_how_it_is(
    engine: FakeEngine, watch: Watch, clock: FakeClock
) -> None:
    web = engine.run("web")
    watched = await watch()
    engine.silent = True
    operation = await watched.ask("web", "stop")
    await told_running(engine)
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
    await told_running(engine)
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
    await told_running(engine)
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


async def test_a_second_action_on_the_same_container_is_refused(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    acting = engine.gate("act")
    operation = await watched.ask("web", "restart", by=Principal("ann", Role.OPERATOR))
    with pytest.raises(ContainerBusy, match="ann is restarting web already"):
        await watched.ask("web", "stop")
    acting.set()
    await watched.outcome(operation)
    assert (await watched.ask("web", "stop")).state == "requested"


async def test_a_kill_cuts_a_long_stop_short(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    acting = engine.gate("act")
    stop = await watched.ask("web", "stop", ActionOptions(grace_s=3600))
    kill = await watched.ask("web", "kill")
    with pytest.raises(ContainerBusy):
        await watched.ask("web", "kill")
    acting.set()
    assert (await watched.outcome(stop)).state == "confirmed"
    assert (await watched.outcome(kill)).state in ("confirmed", "failed")


async def test_other_containers_are_not_held_up(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    engine.run("db")
    watched = await watch()
    acting = engine.gate("act")
    operations = [await watched.ask(name, "stop") for name in ("web", "db")]
    acting.set()
    assert [(await watched.outcome(operation)).state for operation in operations] == ["confirmed", "confirmed"]


async def test_only_so_many_operations_run_at_once(
    engine: FakeEngine, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_module, "MOST_RUNNING", 2)
    for name in ("aa", "bb", "cc"):
        engine.run(name)
    watched = await watch()
    engine.gate("act")
    await watched.ask("aa", "stop")
    await watched.ask("bb", "stop")
    with pytest.raises(TooBusy):
        await watched.ask("cc", "stop")


@pytest.mark.parametrize("action", ["stop", "restart", "pause", "kill", "remove"])
async def test_pilothouse_does_not_end_itself_without_force(engine: FakeEngine, watch: Watch, action: Action) -> None:
    own = engine.run("pilothouse")
    watched = await watch()
    watched.registry.set_own_id(own)
    with pytest.raises(OwnContainer, match="Pilothouse itself"):
        await watched.ask("pilothouse", action)
    assert action not in engine.calls
    assert (await watched.ask("pilothouse", action, ActionOptions(force=True))).state == "requested"


async def test_a_viewer_may_not_act(engine: FakeEngine, watch: Watch, told: Told) -> None:
    engine.run("web")
    watched = await watch()
    with pytest.raises(Forbidden):
        await watched.ask("web", "stop", by=Principal("eve", Role.VIEWER))
    assert "operation.requested" not in told.types


@pytest.mark.parametrize(
    ("target", "error"), [("../info", InvalidContainer), ("nope", ContainerNotFound), ("web/../db", InvalidContainer)]
)
async def test_what_is_no_container_is_refused_before_anything_is_written(
    watch: Watch, told: Told, target: str, error: type[EngineError]
) -> None:
    watched = await watch()
    with pytest.raises(error):
        await watched.ask(target, "stop")
    assert "operation.requested" not in told.types


async def test_an_option_that_the_action_does_not_have_is_refused(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    with pytest.raises(InvalidOption, match="start takes no signal and no volumes"):
        await watched.ask("web", "start", ActionOptions(signal="TERM", volumes=True))


async def test_without_an_engine_nothing_is_accepted(engine: FakeEngine, watch: Watch, clock: FakeClock) -> None:
    engine.run("web")
    watched = await watch()
    engine.down()
    await clock.advance(5)
    with pytest.raises(EngineUnreachable):
        await watched.ask("web", "stop")


async def test_a_command_that_comes_twice_has_one_effect(engine: FakeEngine, watch: Watch, told: Told) -> None:
    engine.run("web")
    watched = await watch()
    command = new_id()
    first = await watched.ask("web", "restart", command=command)
    again = await watched.ask("web", "restart", command=command)
    await watched.outcome(first)
    later = await watched.ask("web", "restart", command=command)
    assert first.id == again.id == later.id
    assert (later.state, engine.calls.count("restart")) == ("confirmed", 1)


async def test_a_command_that_comes_twice_at_once_has_one_effect(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    command = new_id()
    asked = await asyncio.gather(*(watched.ask("web", "restart", command=command) for _ in range(5)))
    assert len({operation.id for operation in asked}) == 1
    await watched.outcome(asked[0])
    assert engine.calls.count("restart") == 1


async def test_a_command_of_the_socket_is_the_same_as_one_of_rest(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    command = new_id()
    data = ContainerActionData(container="web", action="restart", grace_s=3)
    first = await watched.actions.perform("web", "restart", data, by=LOCAL, command_id=command)
    again = await watched.ask("web", "restart", ActionOptions(grace_s=3), command=command)
    assert first.id == again.id


async def test_the_same_command_with_another_request_is_refused(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    command = new_id()
    await watched.ask("web", "restart", command=command)
    with pytest.raises(IdReused):
        await watched.ask("web", "stop", command=command)


async def test_commands_of_different_people_do_not_meet(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    engine.run("db")
    watched = await watch()
    command = new_id()
    one = await watched.ask("web", "stop", command=command, by=Principal("ann", Role.OPERATOR))
    other = await watched.ask("db", "stop", command=command, by=Principal("bob", Role.OPERATOR))
    assert one.id != other.id


async def test_a_command_is_known_after_a_restart_of_pilothouse(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    first = await watch()
    command = new_id()
    operation = await first.outcome(await first.ask("web", "remove", ActionOptions(force=True), command=command))
    await first.close()
    second = await watch()
    again = await second.ask("web", "remove", ActionOptions(force=True), command=command)
    assert again == operation
    assert engine.calls.count("remove") == 1


async def test_what_ran_when_pilothouse_ended_is_settled_and_not_done_again(
    engine: FakeEngine, watch: Watch, told: Told
) -> None:
    web = engine.run("web")
    first = await watch()
    engine.gate("act")
    operation = await first.ask("web", "restart")
    await told_running(engine)
    await first.close()
    engine.stop(web)
    engine.start(web)
    engine.gate("act").set()
    second = await watch()
    settled = await second.outcome(operation)
    assert (settled.id, settled.state) == (operation.id, "confirmed")
    assert engine.calls.count("restart") == 1


async def test_what_was_not_done_when_pilothouse_ended_fails_and_says_so(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    first = await watch()
    engine.gate("act")
    operation = await first.ask("web", "restart")
    await told_running(engine)
    await first.close()
    second = await watch()
    settled = await second.outcome(operation)
    assert (settled.state, settled.code) == ("failed", "interrupted")


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


async def test_without_storage_nothing_is_accepted_and_nothing_done(
    engine: FakeEngine, watch: Watch, log: HandledLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.run("web")
    watched = await watch()
    await log.close()
    with pytest.raises(StorageUnavailable):
        await watched.ask("web", "stop")
    assert "stop" not in engine.calls


async def test_what_cannot_be_written_down_is_not_done_later(
    engine: FakeEngine, watch: Watch, log: HandledLog, clock: FakeClock, told: Told
) -> None:
    engine.run("web")
    watched = await watch()
    log.refuses = frozenset({"operation.running", "operation.failed"})
    operation = await watched.ask("web", "stop")
    await clock.advance(60)
    assert (await watched.actions.get(operation.id)).state == "requested"
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
    await told_running(engine)
    await clock.advance(60)
    assert (await watched.actions.get(operation.id)).state == "running"
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
    await told_running(engine)
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
    await told_running(engine)
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


async def test_an_unknown_operation_is_not_found(watch: Watch) -> None:
    watched = await watch()
    with pytest.raises(OperationNotFound):
        await watched.actions.get("01J00000000000000000000000")
    with pytest.raises(OperationNotFound):
        await watched.actions.wait("01J00000000000000000000000", 1)


async def test_waiting_longer_than_asked_for_returns_how_it_is(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    engine.gate("act")
    operation = await watched.ask("web", "stop")
    await told_running(engine)
    assert (await watched.actions.wait(operation.id, 0)).state == "running"


async def test_an_asker_who_hangs_up_does_not_stop_the_operation(
    engine: FakeEngine, watch: Watch, database: HandledDatabase, told: Told
) -> None:
    engine.run("web")
    watched = await watch()
    database.held.clear()
    asking = asyncio.get_running_loop().create_task(watched.ask("web", "stop"))
    await told.until("operation.requested")
    asking.cancel()
    database.held.set()
    await told.until("operation.confirmed")
    assert engine.calls.count("stop") == 1


async def test_a_mistake_in_an_operation_ends_it(engine: FakeEngine, watch: Watch) -> None:
    engine.run("web")
    watched = await watch()
    engine.failures["act"] = [ZeroDivisionError("a mistake")]
    operation = await watched.outcome(await watched.ask("web", "stop"))
    assert (operation.state, operation.code) == ("failed", "internal")
