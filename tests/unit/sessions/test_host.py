from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.errors import NotFound, StorageUnavailable
from server.protocol.sessions import PolicyView, SourceView
from server.sessions.endings import RunOver
from server.sessions.lengths import MAX_MESSAGE_B, parts
from server.sessions.limits import RunLimits
from server.sessions.runner import GrantInvalid, Reply, RunHost, ToolCall, ToolResult, Turn
from tests.fakes.log import HandledLog
from tests.fakes.runner import FakeRunner, says, streams
from tests.fakes.sessions import WORKSPACE, SessionsHouse, sessions_house

READ = ToolCall(id="1", tool="read", arguments={})
RESTART = ToolCall(id="1", tool="restart", arguments={"container": "web"})
SHELL = ToolCall(id="1", tool="Bash", arguments={"command": "uptime"})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SessionsHouse]:
    async with sessions_house(tmp_path, limits=RunLimits(run_s=60, output_b=1024 * 1024, turns=3)) as house:
        yield house


async def test_what_only_reads_is_done_at_once_for_the_one_who_asked(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.calls(READ)]
    run = await house.say()
    assert house.toolbox.reads == [("1", "ann")]
    assert house.runner.results == [ToolResult(ok=True, text="42")]
    assert [data["call"]["title"] for data in house.of(run.id, "session.tool_call")] == ["Read"]
    assert [data["result"]["text"] for data in house.of(run.id, "session.tool_result")] == ["42"]
    assert house.statuses(run.id) == ["queued", "running", "completed"]


async def test_what_changes_something_is_done_for_the_one_who_allowed_it(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.calls(RESTART)]
    run = await house.say()
    assert run.state == "waiting"
    assert house.toolbox.acts == []
    await house.decide("allow", by="bob")
    assert house.toolbox.acts == [("1", "c0ffee", "bob")]
    assert house.statuses(run.id) == ["queued", "running", "waiting", "running", "completed"]


async def test_a_refusal_is_a_result(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.calls(RESTART), says("As you wish.")]
    run = await house.say()
    await house.decide("deny", by="bob")
    (result,) = house.runner.results
    assert (result.ok, result.code) == (False, "not_allowed")
    assert "bob denied it" in result.text
    assert house.toolbox.acts == []
    assert house.texts(run.id) == ["As you wish."]


async def test_a_container_that_was_replaced_since_is_left_alone(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.calls(RESTART)]
    await house.say()
    house.toolbox.container_id = "other"
    await house.decide("allow", by="bob")
    assert house.runner.results[0].code == "grant_invalid"
    assert house.toolbox.acts == []


async def test_who_lost_their_role_since_they_allowed_it_allows_nothing(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.calls(RESTART)]
    await house.say()
    deciding = house.broker.decide(house.store.pending()[0].id, "allow", None, house.people["bob"])
    del house.people["bob"]
    await deciding
    await house.settle()
    assert house.runner.results[0].code == "grant_invalid"
    assert house.toolbox.acts == []


async def test_a_tool_that_refuses_gives_a_result_with_its_code(house: SessionsHouse) -> None:
    house.toolbox.refusal = NotFound("There is no container wbe.")
    house.runner.script = [house.runner.calls(RESTART)]
    run = await house.say()
    assert house.runner.results == [ToolResult(ok=False, text="There is no container wbe.", code="not_found")]
    assert [data["call"]["tool"] for data in house.of(run.id, "session.tool_call")] == ["restart"]
    assert run.state == "completed"


async def test_nothing_is_done_for_who_has_no_account_any_more(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.calls(READ)]
    session = await house.open_session()
    del house.people["ann"]
    await house.post(session, "hello")
    assert house.runner.results[0].code == "requester_gone"
    assert house.toolbox.reads == []


async def test_reading_is_asked_for_where_the_workspace_wants_that(house: SessionsHouse) -> None:
    await house.store.set_policy(WORKSPACE, PolicyView(mode="ask_always"))
    house.runner.script = [house.runner.calls(READ)]
    run = await house.say()
    assert (run.state, house.toolbox.reads) == ("waiting", [])
    await house.decide("allow")
    assert house.toolbox.reads == [("1", "ann")]


async def test_what_the_policy_allows_is_not_waited_for(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.asks(SHELL, risk="read")]
    run = await house.say()
    assert house.runner.decisions[0].allowed
    assert house.statuses(run.id) == ["queued", "running", "completed"]


async def test_a_call_that_was_done_before_a_restart_is_not_done_again(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.calls(RESTART), house.runner.calls(RESTART)]
    await house.say()
    await house.decide("allow", by="bob")
    assert house.toolbox.acts == [("1", "c0ffee", "bob")]
    assert [result.ok for result in house.runner.results] == [True, True]


async def test_an_allowed_call_of_the_runner_itself_can_be_used_once(house: SessionsHouse) -> None:
    async def uses_again(turn: Turn, host: RunHost) -> None:
        with pytest.raises(GrantInvalid):
            await host.use(house.runner.decisions[0].permission, SHELL)

    house.runner.script = [house.runner.asks(SHELL, uses=True), uses_again]
    run = await house.say()
    await house.decide("allow")
    assert (await house.store.run(run.id)).state == "completed"


async def test_another_calls_permission_is_of_no_use(house: SessionsHouse) -> None:
    async def uses(turn: Turn, host: RunHost) -> None:
        with pytest.raises(GrantInvalid):
            await host.use(house.runner.decisions[0].permission, ToolCall("1", "Bash", {"command": "reboot"}))

    house.runner.script = [house.runner.asks(SHELL), uses]
    run = await house.say()
    await house.decide("allow")
    assert (await house.store.run(run.id)).state == "completed"


async def test_what_cannot_be_shown_to_people_is_not_allowed(house: SessionsHouse) -> None:
    huge = ToolCall(id="1", tool="Write", arguments={"text": "x" * 200_000})

    async def shows(turn: Turn, host: RunHost) -> None:
        await host.show_call(huge, title="Write\ud83d a file", risk="change")

    house.runner.script = [shows, house.runner.asks(huge)]
    run = await house.say()
    assert run.state == "completed"
    assert not house.runner.decisions[0].allowed
    (shown,) = house.of(run.id, "session.tool_call")
    assert shown["call"]["title"] == "Write? a file"
    assert list(shown["call"]["arguments"]) == ["not_shown"]


async def test_two_waits_at_once_are_one(house: SessionsHouse) -> None:
    async def both(turn: Turn, host: RunHost) -> None:
        other = ToolCall(id="2", tool="Bash", arguments={"command": "id"})
        await asyncio.gather(*[house.runner.asks(call)(turn, host) for call in (SHELL, other)])

    house.runner.script = [both]
    run = await house.say()
    await house.decide("allow")
    assert house.statuses(run.id) == ["queued", "running", "waiting"]
    await house.decide("deny")
    assert house.statuses(run.id) == ["queued", "running", "waiting", "running", "completed"]


async def test_an_answer_carries_what_the_runner_concluded(house: SessionsHouse) -> None:
    source = SourceView(document="web.md", section="Restart", excerpt="Do.", coverage=0.8)

    async def answers(turn: Turn, host: RunHost) -> None:
        await host.reply(Reply(text="Do.", intent="document", suggested_action="CONTINUE", sources=(source,)))

    house.runner.script = [answers]
    (data,) = house.of((await house.say()).id, "session.message")
    message = data["message"]
    assert (message["intent"], message["suggested_action"]) == ("document", "CONTINUE")
    assert message["sources"][0]["document"] == "web.md"
    assert (message["by"], message["speaker"]) == ("builtin", "assistant")


async def test_a_long_message_comes_in_parts_that_are_it_together(house: SessionsHouse) -> None:
    text = "".join(f"line {n} \u0001\n" for n in range(30_000))
    house.runner.script = [says(text)]
    texts = house.texts((await house.say()).id)
    assert len(texts) > 1
    assert "".join(texts) == text


@pytest.mark.parametrize("text", ["", "a", "\u0001" * 300_000, "x" * (MAX_MESSAGE_B + 1), "가나다\n" * 100_000])
def test_parts_are_the_text(text: str) -> None:
    found = parts(text)
    assert "".join(found) == text
    assert all(found[:-1])


async def test_garbage_is_no_reason_to_fail(house: SessionsHouse) -> None:
    house.runner.script = [streams("\ud83d"), says("half a pair: \ud83d, a null: \0")]
    run = await house.say()
    assert house.texts(run.id) == ["half a pair: ?, a null: \0"]


async def test_stages_are_shown_when_they_change(house: SessionsHouse) -> None:
    async def works(turn: Turn, host: RunHost) -> None:
        for stage in ("thinking", "thinking", "reading"):
            await host.processing(stage)

    house.runner.script = [works]
    run = await house.say()
    assert [data["stage"] for data in house.of(run.id, "session.processing")] == ["thinking", "reading"]


async def test_long_results_and_lines_are_cut(house: SessionsHouse) -> None:
    async def shows(turn: Turn, host: RunHost) -> None:
        await host.log("info", "가" * 10_000)
        await host.show_result("1", ToolResult(ok=True, text="가" * 10_000))

    house.runner.script = [shows]
    run = await house.say()
    (line,) = house.of(run.id, "session.log")
    (shown,) = house.of(run.id, "session.tool_result")
    assert line["text"] == "가" * 5461
    assert (shown["result"]["text"], shown["result"]["truncated"]) == ("가" * 5461, True)


async def test_a_person_can_be_asked_for(house: SessionsHouse) -> None:
    async def asks(turn: Turn, host: RunHost) -> None:
        await host.hand_over("I do not know.", "The disk of web is full.")

    house.runner.script = [asks]
    run = await house.say()
    handover = house.store.get(run.session).handover
    assert handover is not None
    assert (handover.reason, handover.requested_by) == ("I do not know.", "builtin")


async def test_a_task_that_outlives_its_run_says_nothing_more(house: SessionsHouse) -> None:
    hosts: list[RunHost] = []

    async def keeps(turn: Turn, host: RunHost) -> None:
        hosts.append(host)

    house.runner.script = [keeps]
    run = await house.say()
    (host,) = hosts
    for late in (host.delta("x"), host.reply(Reply(text="x")), host.log("info", "x"), host.use("x", SHELL)):
        with pytest.raises(RunOver):
            await late
    with pytest.raises(RunOver):
        await host.permission(SHELL, title="x", risk="change")
    assert house.texts(run.id) == []


async def test_a_task_that_outlives_its_run_leaves_no_request(house: SessionsHouse) -> None:
    left: list[asyncio.Task[None]] = []

    async def leaves(turn: Turn, host: RunHost) -> None:
        left.append(asyncio.ensure_future(house.runner.asks(SHELL)(turn, host)))  # noqa: TID251
        await house.settle()

    house.runner.script = [leaves]
    run = await house.say()
    await house.settle()
    assert (await house.store.run(run.id)).state == "completed"
    assert house.store.pending() == []
    assert left[0].cancelled()


async def test_an_answer_that_the_storage_refused_is_kept_with_the_end(house: SessionsHouse) -> None:
    house.runner.by_hand = True
    run = await house.say()
    assert isinstance(house.log, HandledLog)
    house.log.full = True
    house.runner.hand(run.id, says("All of it."))
    await house.settle()
    house.log.full = False
    await house.advance(1)
    assert house.texts(run.id) == ["All of it."]
    assert (await house.store.run(run.id)).code == StorageUnavailable.code


@pytest.mark.parametrize("what", ["streams", "says", "turns", "swallows"])
async def test_a_run_that_takes_too_much_fails_with_run_limit(house: SessionsHouse, what: str) -> None:
    async def turns(turn: Turn, host: RunHost) -> None:
        for _ in range(4):
            host.spend(turns=1)

    async def swallows(turn: Turn, host: RunHost) -> None:
        with pytest.raises(Exception, match="more than 3 times"):
            await turns(turn, host)

    much = "x" * (1024 * 1024 + 1)
    steps = {"streams": streams(much), "says": says(much), "turns": turns, "swallows": swallows}
    house.runner.script = [steps[what]]
    run = await house.say()
    assert (run.state, run.code) == ("failed", "run_limit")


async def test_what_was_streamed_counts_once(house: SessionsHouse) -> None:
    text = "x" * 600_000
    house.runner.script = [streams(text), says(text)]
    run = await house.say()
    assert (run.state, run.output_b) == ("completed", 600_000)


async def test_a_run_ends_when_its_time_is_up(house: SessionsHouse) -> None:
    house.runner.by_hand = True
    run = await house.say()
    house.runner.hand(run.id, streams("I am"))
    await house.advance(59)
    assert (await house.store.run(run.id)).state == "running"
    await house.advance(1)
    ended = await house.store.run(run.id)
    assert (ended.state, ended.code) == ("failed", "run_limit")
    assert house.runner.cleaned == [run.id]
    assert house.texts(run.id) == ["I am"]


async def test_the_time_that_people_take_is_not_the_runs(house: SessionsHouse) -> None:
    house.runner.by_hand = True
    run = await house.say()
    house.runner.hand(run.id, house.runner.asks(SHELL))
    await house.advance(30)
    await house.advance(1000)
    await house.decide("allow")
    await house.advance(59)
    assert (await house.store.run(run.id)).state == "running"
    await house.advance(1)
    assert (await house.store.run(run.id)).code == "run_limit"


async def test_the_time_in_the_queue_is_not_the_runs(tmp_path: Path) -> None:
    runner = FakeRunner(by_hand=True)
    async with sessions_house(tmp_path, runner=runner, limits=RunLimits(runs=1, run_s=60)) as house:
        first, second = await house.say("1"), await house.say("2")
        await house.advance(50)
        runner.hand(first.id, None)
        await house.advance(50)
        assert (await house.store.run(second.id)).state == "running"
