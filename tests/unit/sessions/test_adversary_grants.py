"""Permissions that are used again, late, or by those who may not any more; and words that hide what they say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.access import Role
from server.sessions.runner import GrantInvalid
from server.sessions.text import cleaned, cleaned_line
from tests.fakes.approvals import PERMISSION_S, RESTART, WEB, Approvals, opened_approvals, person


@pytest.fixture
async def approvals(tmp_path: Path) -> AsyncIterator[Approvals]:
    async with opened_approvals(tmp_path) as approvals:
        yield approvals


@pytest.mark.parametrize("late", [True, False], ids=["too late", "by one who lost their role"])
async def test_of_what_was_begun_before_a_restart_nobody_says_that_nothing_was_done(
    approvals: Approvals, late: bool
) -> None:
    run = await approvals.run()
    view = await approvals.allowed(run)
    await approvals.broker.redeem(view.id, RESTART, WEB[0], run=run)
    await approvals.restart()
    if late:
        await approvals.clock.advance(PERMISSION_S + 1)
    else:
        approvals.people["bob"] = person("bob", Role.VIEWER)
    with pytest.raises(GrantInvalid) as refused:
        await approvals.broker.redeem(view.id, RESTART, WEB[0], run=run)
    assert "begun before a restart" in refused.value.message
    assert "nothing was done" not in refused.value.message


async def test_of_what_was_never_begun_it_is_said(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.allowed(run)
    await approvals.clock.advance(PERMISSION_S + 1)
    with pytest.raises(GrantInvalid, match="nothing was done"):
        await approvals.broker.redeem(view.id, RESTART, WEB[0], run=run)


async def test_no_run_uses_what_another_was_allowed(approvals: Approvals) -> None:
    view = await approvals.allowed(await approvals.run())
    with pytest.raises(GrantInvalid):
        await approvals.broker.redeem(view.id, RESTART, WEB[0], run=await approvals.run())
    assert await approvals.store.grant_used_for(view.id) is None


@pytest.mark.parametrize("turns", ["\u202e", "\u2066", "\u202a"])
def test_what_people_write_does_not_turn_the_direction_of_what_stands_beside_it(turns: str) -> None:
    assert cleaned_line(f"restart {turns}gpj.exe") == "restart gpj.exe"
    assert cleaned(f"{turns}hello") == "hello"
