"""The check at execution: what was allowed is done once, as it was shown, for people who still may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.access import MemberRole, Principal
from server.errors import StorageUnavailable
from server.sessions.runner import GrantInvalid, ToolCall
from tests.fakes.approvals import (
    ANN,
    BOB,
    PERMISSION_S,
    RESTART,
    SHOP,
    VIC,
    WEB,
    Approvals,
    opened_approvals,
    person,
    replace_principal,
    token_of,
)


@pytest.fixture
async def approvals(tmp_path: Path) -> AsyncIterator[Approvals]:
    async with opened_approvals(tmp_path) as approvals:
        yield approvals


async def refused(
    approvals: Approvals, run: object, view: object, call: ToolCall = RESTART, id: str | None = WEB[0]
) -> str:
    """Return why a permission is good for nothing, and see that this is in the trail and that it was not used."""
    with pytest.raises(GrantInvalid) as error:
        await approvals.broker.redeem(view.id, call, id, run=run)  # type: ignore[attr-defined, arg-type]
    assert error.value.audited
    assert [data.outcome for data in approvals.trail() if data.action == "grant_used"] == ["refused"]
    assert await approvals.store.grant_used_for(view.id) is None  # type: ignore[attr-defined]
    return error.value.message


async def test_who_allowed_it_answers_for_it_and_the_trail_says_that_it_was_used(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.allowed(run)
    assert await approvals.broker.redeem(view.id, RESTART, WEB[0], run=run) == BOB
    used = approvals.trail()[-1]
    assert (used.action, used.actor, used.outcome, used.target) == ("grant_used", "bob", "ok", "web")
    assert used.detail["container_id"] == WEB[0]


async def test_the_same_call_may_come_again_after_a_crash_and_no_other(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.allowed(run)
    await approvals.broker.redeem(view.id, RESTART, WEB[0], run=run)
    await approvals.restart()
    assert await approvals.broker.redeem(view.id, RESTART, WEB[0], run=run) == BOB
    assert approvals.trail()[-1].detail["again"] == "true"


async def test_what_could_happen_twice_is_allowed_once(approvals: Approvals) -> None:
    run = await approvals.run()
    bash = ToolCall("b", "Bash", {"command": "date"})
    view = await approvals.allowed(run, bash, container=None)
    uses = await asyncio.gather(
        *(approvals.broker.redeem(view.id, bash, None, run=run, once=True) for _ in range(10)), return_exceptions=True
    )
    assert sum(use == BOB for use in uses) == 1
    assert sum(isinstance(use, GrantInvalid) for use in uses) == 9


@pytest.mark.parametrize(
    "call",
    [
        ToolCall(RESTART.id, RESTART.tool, {"container": "web", "grace_s": 6}),
        ToolCall(RESTART.id, RESTART.tool, {"container": "web", "grace_s": 5.0}),
        ToolCall(RESTART.id, RESTART.tool, {"container": "web", "grace_s": "5"}),
        ToolCall(RESTART.id, RESTART.tool, {"container": "web"}),
        ToolCall(RESTART.id, RESTART.tool, {"container": "web", "grace_s": 5, "force": True}),
        ToolCall(RESTART.id, "kill_container", RESTART.arguments),
        ToolCall("call-2", RESTART.tool, RESTART.arguments),
    ],
    ids=["value", "kind of number", "text", "missing", "more", "tool", "call"],
)
async def test_anything_else_than_what_was_shown_is_not_done(approvals: Approvals, call: ToolCall) -> None:
    run = await approvals.run()
    await refused(approvals, run, await approvals.allowed(run), call)


async def test_the_order_of_the_arguments_does_not_matter(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.allowed(run)
    call = ToolCall(RESTART.id, RESTART.tool, {"grace_s": 5, "container": "web"})
    assert await approvals.broker.redeem(view.id, call, WEB[0], run=run) == BOB


async def test_a_call_that_was_changed_in_place_after_the_approval_is_not_done(approvals: Approvals) -> None:
    run = await approvals.run()
    call = ToolCall("c", RESTART.tool, {"container": "web"})
    view = await approvals.allowed(run, call)
    call.arguments["container"] = "db"
    await refused(approvals, run, view, call)


@pytest.mark.parametrize("id", ["decaf" * 10, None])
async def test_a_container_that_was_replaced_is_left_alone(approvals: Approvals, id: str | None) -> None:
    run = await approvals.run()
    assert "web" in await refused(approvals, run, await approvals.allowed(run), id=id)


async def test_another_run_cannot_use_it(approvals: Approvals) -> None:
    run, other = await approvals.run(), await approvals.run()
    await refused(approvals, other, await approvals.allowed(run))


async def test_a_permission_that_nobody_gave_is_good_for_nothing(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.asked(run)
    await refused(approvals, run, view)
    with pytest.raises(GrantInvalid):
        await approvals.broker.redeem("nosuch", RESTART, WEB[0], run=run)


async def test_a_denied_one_is_good_for_nothing(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.asked(run)
    await approvals.broker.decide(view.id, "deny", None, BOB)
    await refused(approvals, run, view)


async def test_what_was_allowed_long_ago_is_not_done_any_more(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.allowed(run)
    await approvals.clock.advance(PERMISSION_S)
    await refused(approvals, run, view)


@pytest.mark.parametrize(
    "now",
    [None, person("bob", member=None), person("bob", member=MemberRole.VIEWER), person("bob", VIC.role), token_of(BOB)],
    ids=["gone", "stranger", "guest", "viewer", "token"],
)
async def test_who_allowed_it_must_still_be_able_to(approvals: Approvals, now: Principal | None) -> None:
    run = await approvals.run()
    view = await approvals.allowed(run)
    approvals.people["bob"] = now  # type: ignore[assignment]
    assert "bob" in await refused(approvals, run, view)


@pytest.mark.parametrize(
    "now",
    [None, person("ann", member=None), replace_principal(ANN, workspaces=((SHOP, MemberRole.VIEWER),))],
    ids=["gone", "stranger", "guest"],
)
async def test_who_asked_must_still_take_part(approvals: Approvals, now: Principal | None) -> None:
    run = await approvals.run()
    view = await approvals.allowed(run)
    approvals.people["ann"] = now  # type: ignore[assignment]
    assert "ann" in await refused(approvals, run, view)


async def test_who_loses_the_role_while_it_is_being_used_answers_for_nothing(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.allowed(run)
    approvals.soon["bob"] = [BOB, None]
    with pytest.raises(GrantInvalid):
        await approvals.broker.redeem(view.id, RESTART, WEB[0], run=run)


async def test_a_full_disk_means_that_nothing_is_done(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.allowed(run)
    approvals.log.full = True
    with pytest.raises(StorageUnavailable):
        await approvals.broker.redeem(view.id, RESTART, WEB[0], run=run)
    approvals.log.full = False
    assert await approvals.broker.redeem(view.id, RESTART, WEB[0], run=run) == BOB


async def test_reading_that_the_policy_allows_is_done_for_the_one_who_asked(approvals: Approvals) -> None:
    run = await approvals.run()
    read = ToolCall("r", "Read", {"file": "notes.md"})
    decision = await approvals.ask(run, read, risk="read", container=None)
    assert await approvals.broker.redeem(decision.permission, read, None, run=run, once=True) == ANN


async def test_what_a_policy_allowed_is_done_for_its_setter(approvals: Approvals) -> None:
    await approvals.policy("allow_tools", RESTART.tool)
    run = await approvals.run()
    decision = await approvals.ask(run)
    assert await approvals.broker.redeem(decision.permission, RESTART, WEB[0], run=run) == BOB
