"""Asking for permissions, and deciding about them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from server.access import MemberRole
from server.errors import Forbidden, StorageUnavailable
from server.eventlog.log import IdempotencyKey, NewEvent
from server.protocol.session_events import SessionPermissionData
from server.sessions.broker import MAX_TITLE
from server.sessions.errors import PermissionNotFound
from server.sessions.rulings import AlreadyDecided, PermissionCancelled
from server.sessions.runner import GrantInvalid, ToolCall
from server.sessions.tools.errors import InvalidArguments
from tests.fakes.approvals import (
    ANN,
    BOB,
    GUEST,
    RESTART,
    STRANGER,
    VIC,
    WEB,
    Approvals,
    opened_approvals,
    person,
    replace_principal,
    token_of,
)

READ = ToolCall("read-1", "container_logs", {"container": "web"})


@pytest.fixture
async def approvals(tmp_path: Path) -> AsyncIterator[Approvals]:
    async with opened_approvals(tmp_path) as approvals:
        yield approvals


async def test_a_request_shows_what_is_asked_and_waits(approvals: Approvals) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    view = await approvals.known(run)
    assert (view.state, view.call.tool, view.call.arguments) == ("pending", RESTART.tool, RESTART.arguments)
    assert (view.requested_by, view.container_id, view.container_name) == ("ann", *WEB)
    assert view.expires_at > view.requested_at
    assert approvals.store.get(run.session).pending == 1
    assert not task.done()


async def test_an_answer_reaches_the_run_and_is_in_the_trail_with_it(approvals: Approvals) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    view = await approvals.known(run)
    decided = await approvals.broker.decide(view.id, "allow", "go on", BOB)
    decision = await task
    assert (decided.state, decided.decided_by, decided.reason) == ("allowed", "bob", "go on")
    assert (decision.allowed, decision.by, decision.permission) == (True, "bob", view.id)
    assert approvals.store.get(run.session).pending == 0
    asked, answered = approvals.trail()
    assert (asked.action, asked.actor, asked.outcome) == ("permission_requested", "ann", "requested")
    assert (answered.action, answered.actor, answered.outcome) == ("permission_decided", "bob", "ok")
    assert answered.detail["sha256"] == view.sha256
    assert answered.detail["decision"] == "allowed"


async def test_the_trail_holds_no_arguments(approvals: Approvals) -> None:
    run = await approvals.run()
    await approvals.allowed(run, ToolCall("c", "Bash", {"command": "echo hunter2"}), container=None)
    assert "hunter2" not in str(approvals.trail())


async def test_a_denial_says_by_whom_and_why(approvals: Approvals) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    await approvals.broker.decide((await approvals.known(run)).id, "deny", "not at noon", BOB)
    decision = await task
    assert not decision.allowed
    assert decision.reason == "bob denied it: not at noon"


async def test_of_two_answers_at_once_the_first_counts_and_the_second_is_told_of_it(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.asked(run)
    first, second = await asyncio.gather(
        approvals.broker.decide(view.id, "deny", None, BOB),
        approvals.broker.decide(view.id, "allow", None, ANN),
        return_exceptions=True,
    )
    assert not isinstance(first, BaseException)
    assert first.state == "denied"
    assert isinstance(second, AlreadyDecided)
    assert "bob denied" in second.message
    assert first.decided_at is not None
    assert first.decided_at in second.message
    assert approvals.count("session.permission_decision") == 1


async def test_an_answer_that_only_the_log_knows_is_the_one_that_counts(approvals: Approvals) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    view = await approvals.known(run)
    first = msgspec.structs.replace(view, state="denied", decided_by="ann", decided_at="2026-11-20T09:00:00.000Z")
    data = SessionPermissionData(session=run.session, permission=first)
    event = NewEvent("session.permission_decision", f"session:{run.session}", data)
    await approvals.log.append([event], idem=IdempotencyKey(":permission", view.id, b""))
    with pytest.raises(AlreadyDecided, match="ann denied"):
        await approvals.broker.decide(view.id, "allow", None, BOB)
    assert not (await task).allowed
    assert approvals.count("session.permission_decision") == 1


async def test_fifty_answers_at_once_are_one_decision(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.asked(run)
    people = [person(f"p{n}") for n in range(50)]
    answers = await asyncio.gather(
        *(approvals.broker.decide(view.id, "allow", None, each) for each in people), return_exceptions=True
    )
    assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
    assert approvals.count("session.permission_decision") == 1


async def test_the_same_answer_of_the_same_person_again_is_no_error(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.asked(run)
    first = await approvals.broker.decide(view.id, "allow", None, BOB)
    assert await approvals.broker.decide(view.id, "allow", "again", BOB) == first
    with pytest.raises(AlreadyDecided):
        await approvals.broker.decide(view.id, "deny", None, BOB)


async def test_who_asked_may_decide(approvals: Approvals) -> None:
    run = await approvals.run(by="ann")
    assert (await approvals.broker.decide((await approvals.asked(run)).id, "allow", None, ANN)).decided_by == "ann"


@pytest.mark.parametrize("by", [token_of(ANN), token_of(BOB), VIC, GUEST], ids=lambda by: by.id)
async def test_no_token_no_viewer_and_no_guest_decides_and_the_try_is_in_the_trail(
    approvals: Approvals, by: object
) -> None:
    run = await approvals.run()
    view = await approvals.asked(run)
    with pytest.raises(Forbidden):
        await approvals.broker.decide(view.id, "allow", None, by)  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        await approvals.broker.extend(view.id, by)  # type: ignore[arg-type]
    assert (await approvals.known(run)).state == "pending"
    assert ("permission_decided", "refused", "forbidden") in [(d.action, d.outcome, d.code) for d in approvals.trail()]


async def test_a_stranger_is_told_the_same_as_of_a_request_that_is_not_there(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.asked(run)
    with pytest.raises(PermissionNotFound) as hidden:
        await approvals.broker.decide(view.id, "allow", None, STRANGER)
    with pytest.raises(PermissionNotFound) as none:
        await approvals.broker.decide("nosuch", "allow", None, STRANGER)
    assert hidden.value.message == none.value.message


async def test_the_same_call_again_is_the_same_request(approvals: Approvals) -> None:
    run = await approvals.run()
    first, second = await approvals.asking(run), await approvals.asking(run)
    await approvals.broker.decide((await approvals.known(run)).id, "allow", None, BOB)
    assert await first == await second
    assert approvals.count("session.permission_request") == 1
    assert (await approvals.ask(run)).allowed


async def test_the_same_call_with_other_arguments_is_refused_and_the_first_one_still_waits(
    approvals: Approvals,
) -> None:
    run = await approvals.run()
    await approvals.asked(run)
    with pytest.raises(GrantInvalid):
        await approvals.ask(run, ToolCall(RESTART.id, RESTART.tool, {"container": "db"}))
    assert (await approvals.known(run)).state == "pending"


async def test_asked_again_for_a_container_that_was_replaced_it_is_taken_back(approvals: Approvals) -> None:
    run = await approvals.run()
    first = await approvals.asking(run)
    with pytest.raises(GrantInvalid):
        await approvals.ask(run, container=("decaf" * 10, "web"))
    assert not (await first).allowed
    assert (await approvals.known(run)).state == "cancelled"


async def test_a_cancelled_run_leaves_no_request_behind(approvals: Approvals) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    view = await approvals.known(run)
    await approvals.broker.cancel_run(run.id, "the run was stopped.")
    decision = await task
    assert (decision.allowed, decision.reason) == (False, "the run was stopped.")
    with pytest.raises(PermissionCancelled):
        await approvals.broker.decide(view.id, "allow", None, BOB)
    assert approvals.store.pending() == []


async def test_what_an_agent_withdraws_cannot_be_answered_any_more(
    approvals: Approvals,
) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    view = await approvals.known(run)
    await approvals.broker.withdraw(run.id, "a call that was never asked for")
    assert not task.done()
    await approvals.broker.withdraw(run.id, view.call.id)
    assert not (await task).allowed
    with pytest.raises(PermissionCancelled):
        await approvals.broker.decide(view.id, "allow", None, BOB)


async def test_an_answer_that_came_before_a_withdrawal_stays(approvals: Approvals) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    view = await approvals.known(run)
    await approvals.broker.decide(view.id, "allow", None, BOB)
    await approvals.broker.withdraw(run.id, view.call.id)
    assert (await task).allowed
    assert (await approvals.known(run)).state == "allowed"


async def test_a_run_that_is_ending_asks_for_nothing_more(approvals: Approvals) -> None:
    run = await approvals.run()
    await approvals.become(run, "stopping")
    with pytest.raises(PermissionCancelled):
        await approvals.ask(run)
    assert approvals.store.pending() == []


async def test_a_decider_who_hangs_up_has_decided(approvals: Approvals) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    view = await approvals.known(run)
    deciding = approvals.runs.spawn("decide", approvals.broker.decide(view.id, "allow", None, BOB))
    while not approvals.count("session.permission_decision"):
        await asyncio.sleep(0)
        deciding.cancel()
    assert (await task).allowed


async def test_what_the_storage_refuses_was_not_decided(approvals: Approvals) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    view = await approvals.known(run)
    approvals.log.full = True
    with pytest.raises(StorageUnavailable):
        await approvals.broker.decide(view.id, "allow", None, BOB)
    approvals.log.full = False
    assert not task.done()
    await approvals.broker.decide(view.id, "deny", None, BOB)
    assert not (await task).allowed


async def test_the_line_for_people_hides_nothing(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.asked(run, title="Restart\n\u202eweb\x1b[2J " + "x" * 500)
    assert view.call.title.startswith("Restart web [2J x")
    assert len(view.call.title) == MAX_TITLE


async def test_arguments_that_nobody_could_read_are_refused(approvals: Approvals) -> None:
    run = await approvals.run()
    with pytest.raises(InvalidArguments):
        await approvals.ask(run, ToolCall("c", "Bash", {"command": "x" * 2**20}))
    with pytest.raises(InvalidArguments):
        await approvals.ask(run, ToolCall("c" * 1000, "Bash", {}))
    assert approvals.store.pending() == []


async def test_reading_is_free_by_default_and_leaves_a_trace(approvals: Approvals) -> None:
    run = await approvals.run()
    decision = await approvals.ask(run, READ, risk="read")
    assert (decision.allowed, decision.by) == (True, None)
    assert (await approvals.known(run, READ)).state == "allowed"
    assert [data.action for data in approvals.trail()] == ["permission_requested", "permission_decided"]
    assert approvals.store.get(run.session).pending == 0


async def test_a_policy_that_asks_always_asks_before_reading(approvals: Approvals) -> None:
    await approvals.policy("ask_always")
    run = await approvals.run()
    assert (await approvals.asked(run, READ, risk="read")).state == "pending"


async def test_a_named_tool_is_free_and_its_policys_setter_answers(approvals: Approvals) -> None:
    await approvals.policy("allow_tools", RESTART.tool)
    run = await approvals.run()
    decision = await approvals.ask(run)
    assert (decision.allowed, decision.by) == (True, "bob")
    assert "policy" in (decision.reason or "")


async def test_a_tool_that_destroys_is_asked_for_whatever_the_policy_names(approvals: Approvals) -> None:
    await approvals.policy("allow_tools", "kill_container")
    run = await approvals.run()
    kill = ToolCall("k", "kill_container", {"container": "web"})
    assert (await approvals.asked(run, kill, risk="destructive")).state == "pending"


@pytest.mark.parametrize(
    "setter",
    [
        None,
        person("bob", member=None),
        replace_principal(BOB, workspaces=(("shop", MemberRole.MEMBER),)),
        replace_principal(BOB, role=VIC.role),
        token_of(BOB),
    ],
    ids=["gone", "stranger", "no owner", "viewer", "token"],
)
async def test_a_policy_whose_setter_may_not_any_more_asks_again(approvals: Approvals, setter: object) -> None:
    await approvals.policy("allow_tools", RESTART.tool)
    approvals.people.pop("bob")
    if setter is not None:
        approvals.people["bob"] = setter  # type: ignore[assignment]
    assert (await approvals.asked(await approvals.run())).state == "pending"
