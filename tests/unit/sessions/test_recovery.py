"""What becomes of runs when the server ends, orderly or not, and starts again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.containers.engine import EngineUnreachable
from server.sessions.calls import ENGINE_S, LOOK_S
from server.sessions.limits import RunLimits
from server.sessions.runner import ToolCall
from tests.fakes.log import HandledLog
from tests.fakes.runner import hangs, ignores_cancellation, says, streams
from tests.fakes.sessions import SessionsHouse, sessions_house

SHELL = ToolCall(id="1", tool="Bash", arguments={"command": "uptime"})
RESTART = ToolCall(id="1", tool="restart", arguments={"container": "web"})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SessionsHouse]:
    async with sessions_house(tmp_path, limits=RunLimits(runs=2)) as house:
        yield house


async def test_a_run_that_was_killed_fails_and_says_what_to_do(house: SessionsHouse) -> None:
    house.runner.script = [hangs]
    run = await house.say()
    await house.restart()
    ended = await house.store.run(run.id)
    assert (ended.state, ended.code) == ("failed", "server_restarted")
    assert "send your message again" in str(ended.error)
    assert house.runner.cleaned == [run.id]


async def test_what_a_killed_run_left_behind_is_named(house: SessionsHouse) -> None:
    house.runner.script = [hangs]
    run = await house.say()
    house.runner.left = ["17 claude"]
    await house.restart()
    assert "17 claude" in str((await house.store.run(run.id)).error)


async def test_queued_runs_begin_after_a_restart_in_order(house: SessionsHouse) -> None:
    house.runner.by_hand = True
    for n in range(4):
        await house.say(f"{n}")
    await house.restart()
    assert [turn.text for turn in house.runner.turns] == ["0", "1", "2", "3"]


async def test_a_run_with_a_continuation_asks_again_and_it_is_the_same_request(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.asks(SHELL), says("Done.")]
    run = await house.say()
    (before,) = house.store.pending()
    await house.restart()
    assert house.store.pending() == [before]
    assert (await house.store.run(run.id)).state == "waiting"
    house.runner.script = [says("Done.")]
    await house.decide("allow")
    assert house.texts(run.id) == ["Done."]
    assert house.statuses(run.id)[-1] == "completed"


async def test_a_decision_that_came_while_nothing_ran_is_found(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.asks(SHELL)]
    run = await house.say()
    await house.conductor.close()
    await house.broker.decide(house.store.pending()[0].id, "allow", None, house.people["bob"])
    house.runner.script = []
    await house.restart()
    assert [decision.allowed for decision in house.runner.decisions] == [True]
    assert (await house.store.run(run.id)).state == "completed"


async def test_a_waiting_run_without_a_continuation_fails_and_its_request_is_taken_back(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.asks(SHELL, keeps=False)]
    run = await house.say()
    await house.restart()
    assert (await house.store.run(run.id)).code == "server_restarted"
    assert house.store.pending() == []


async def test_what_was_begun_before_a_restart_is_not_begun_again(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.calls(RESTART), hangs]
    run = await house.say()
    await house.decide("allow")
    assert len(house.toolbox.acts) == 1
    await house.store.put_continuation(run.id, b'{"call":{"id":"9","tool":"Bash","arguments":{}}}')
    house.runner.script = [house.runner.calls(RESTART)]
    await house.restart()
    # The container is gone, because of what was done to it.
    house.toolbox.container_id = "another"
    await house.decide("deny")
    assert house.runner.results[-1].ok
    assert len(house.toolbox.acts) == 1


async def test_a_prompt_outlives_a_start_before_the_engine(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.calls_and_keeps(RESTART)]
    await house.say()
    (before,) = house.store.pending()
    house.toolbox.refusal = EngineUnreachable("It is not connected yet.")
    house.runner.script = []
    await house.restart()
    assert house.store.pending() == [before]


async def test_what_was_allowed_is_done_as_soon_as_the_engine_is_there(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.calls_and_keeps(RESTART)]
    run = await house.say()
    house.toolbox.refusal = EngineUnreachable("It is not connected yet.")
    house.runner.script = []
    await house.restart()
    await house.decide("allow")
    assert house.toolbox.acts == []
    house.toolbox.refusal = None
    await house.advance(LOOK_S)
    assert [by for _, _, by in house.toolbox.acts] == ["bob"]
    assert (await house.store.run(run.id)).state == "completed"


async def test_an_engine_that_does_not_come_is_not_waited_for_without_end(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.calls_and_keeps(RESTART)]
    run = await house.say()
    house.toolbox.refusal = EngineUnreachable("It is not connected yet.")
    await house.decide("allow")
    await house.advance(ENGINE_S + LOOK_S)
    (told,) = house.of(run.id, "session.tool_result")
    assert (told["result"]["ok"], told["result"]["code"]) == (False, "engine_unreachable")
    assert house.toolbox.acts == []


async def test_a_run_that_was_being_stopped_is_stopped(house: SessionsHouse) -> None:
    house.runner.script = [ignores_cancellation(asyncio.Event())]
    run = await house.say()
    stopping = asyncio.ensure_future(house.conductor.stop(run.id, "bob"))  # noqa: TID251
    await house.settle()
    await house.restart()
    assert stopping.cancelled()
    ended = await house.store.run(run.id)
    assert (ended.state, ended.stopped_by) == ("stopped", "bob")
    assert house.statuses(run.id) == ["queued", "running", "stopping", "stopped"]


async def test_messages_that_a_killed_run_did_not_answer_are_answered_after_the_restart(house: SessionsHouse) -> None:
    house.runner.script = [hangs]
    run = await house.say("one")
    await house.post(run.session, "two")
    house.runner.script = []
    await house.restart()
    assert [turn.text for turn in house.runner.turns] == ["one", "two"]
    assert not house.conductor.is_active(run.session)


async def test_a_restart_while_the_storage_refuses_settles_later(house: SessionsHouse) -> None:
    house.runner.script = [hangs]
    run = await house.say()
    await house.kill()
    assert isinstance(house.log, HandledLog)
    house.log.full = True
    await house.start()
    assert house.conductor.is_active(run.session)
    house.log.full = False
    await house.advance(1)
    assert (await house.store.run(run.id)).code == "server_restarted"


async def test_an_orderly_end_leaves_what_waits_as_it_is(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.asks(SHELL)]
    run = await house.say()
    await house.close()
    assert house.statuses(run.id) == ["queued", "running", "waiting"]
    await house.start()
    assert len(house.store.pending()) == 1
    house.runner.script = []
    await house.decide("allow")
    assert (await house.store.run(run.id)).state == "completed"


async def test_an_orderly_end_keeps_what_was_streamed_and_leaves_the_rest_to_the_next_start(
    house: SessionsHouse,
) -> None:
    house.runner.script = [streams("So far"), hangs]
    run = await house.say()
    await house.close()
    assert house.statuses(run.id) == ["queued", "running"]
    assert house.runner.under_way == []
    (data,) = house.of(run.id, "session.message")
    assert (data["message"]["text"], data["message"]["partial"]) == ("So far", True)
    assert house.deltas(run.session)[-1] is None
    await house.start()
    assert (await house.store.run(run.id)).code == "server_restarted"
    assert house.texts(run.id) == ["So far"]


async def test_the_server_ends_although_a_runner_does_not(house: SessionsHouse) -> None:
    house.runner.script = [ignores_cancellation(asyncio.Event())]
    run = await house.say()
    began_s = house.clock.monotonic()
    await house.close()
    assert house.clock.monotonic() - began_s <= 10
    await house.start()
    assert (await house.store.run(run.id)).code == "server_restarted"


async def test_the_server_ends_although_the_storage_refuses(house: SessionsHouse) -> None:
    house.runner.by_hand = True
    run = await house.say()
    assert isinstance(house.log, HandledLog)
    house.log.full = True
    house.runner.hand(run.id, None)
    await house.settle()
    await house.close()
    house.log.full = False
    await house.start()
    assert (await house.store.run(run.id)).code == "server_restarted"


async def test_a_stop_that_the_servers_end_overtakes_returns(house: SessionsHouse) -> None:
    house.runner.script = [ignores_cancellation(asyncio.Event())]
    run = await house.say()
    stopping = asyncio.ensure_future(house.conductor.stop(run.id, "bob"))  # noqa: TID251
    await house.settle()
    await house.close()
    assert (await stopping).state in ("stopping", "stopped", "failed")


async def test_nothing_is_begun_while_the_server_ends(house: SessionsHouse) -> None:
    house.runner.script = [says("Hello.")]
    session = await house.open_session()
    await house.conductor.close()
    run = await house.post(session, "hello")
    assert run is not None
    assert house.runner.turns == []
    await house.restart()
    assert (await house.store.run(run.id)).state == "completed"


async def test_a_continuation_is_dropped_when_its_run_has_ended(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.asks(SHELL)]
    run = await house.say()
    assert await house.store.continuation(run.id) is not None
    await house.decide("deny")
    assert await house.store.continuation(run.id) is None
