"""Requests that nobody answers in time, and restarts of the server while one waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.clock import rfc3339
from server.sessions.broker import LOOK_S
from server.sessions.requests import MOST_S, seconds
from server.sessions.rulings import PermissionCancelled, PermissionExpired
from tests.fakes.approvals import ANN, BOB, PERMISSION_S, RESTART, Approvals, opened_approvals


@pytest.fixture
async def approvals(tmp_path: Path) -> AsyncIterator[Approvals]:
    async with opened_approvals(tmp_path) as approvals:
        yield approvals


async def test_nobody_answers_and_the_run_is_told_so(approvals: Approvals) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    await approvals.clock.advance(PERMISSION_S - 1)
    assert not task.done()
    await approvals.clock.advance(2)
    decision = await task
    assert (decision.allowed, decision.reason) == (False, "Nobody decided in time.")
    assert (await approvals.known(run)).state == "expired"
    assert approvals.trail()[-1].code == "permission_expired"
    with pytest.raises(PermissionExpired):
        await approvals.broker.decide(decision.permission, "allow", None, BOB)


async def test_every_request_expires_at_its_own_time_under_one_task(approvals: Approvals) -> None:
    run = await approvals.run()
    first = await approvals.asking(run)
    await approvals.clock.advance(600)
    other = await approvals.run()
    second = await approvals.asking(other)
    assert approvals.clock.sleeping == 1
    await approvals.clock.advance(PERMISSION_S - 600 + 1)
    assert not (await first).allowed
    assert not second.done()
    await approvals.clock.advance(600)
    assert not (await second).allowed


async def test_without_a_request_nothing_runs(approvals: Approvals) -> None:
    run = await approvals.run()
    await approvals.allowed(run)
    await approvals.clock.advance(LOOK_S)
    assert (approvals.clock.sleeping, len(approvals.tasks)) == (0, 0)


async def test_an_answer_at_the_very_moment_of_the_expiry_comes_too_late_for_everybody(approvals: Approvals) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    view = await approvals.known(run)
    _, answer, decision = await asyncio.gather(
        approvals.clock.advance(PERMISSION_S), _decide_when_over(approvals, view.id), task, return_exceptions=True
    )
    assert isinstance(answer, PermissionExpired)
    assert not isinstance(decision, BaseException)
    assert not decision.allowed
    assert approvals.count("session.permission_decision") == 1


async def _decide_when_over(approvals: Approvals, id: str) -> object:
    end_s = approvals.clock.now() + PERMISSION_S
    while approvals.clock.now() < end_s:
        await asyncio.sleep(0)
    return await approvals.broker.decide(id, "allow", None, BOB)


async def test_an_answer_before_the_sweep_is_refused_by_the_clock(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.asked(run)
    # A wall clock that is set forward: whoever sleeps on the other one does not notice.
    approvals.clock.set_back(-PERMISSION_S)
    with pytest.raises(PermissionExpired):
        await approvals.broker.decide(view.id, "allow", None, BOB)
    assert (await approvals.known(run)).state == "expired"


async def test_a_clock_that_was_set_is_noticed_soon(approvals: Approvals) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    approvals.clock.set_back(-PERMISSION_S)
    await approvals.clock.advance(LOOK_S)
    assert not (await task).allowed


async def test_the_end_is_stored_when_the_storage_takes_it_again(approvals: Approvals) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    approvals.log.full = True
    await approvals.clock.advance(PERMISSION_S + 10 * LOOK_S)
    assert not task.done()
    approvals.log.full = False
    await approvals.clock.advance(LOOK_S)
    assert not (await task).allowed
    assert approvals.count("session.permission_decision") == 1


async def test_more_time_is_counted_from_now_and_is_at_most_a_day_in_all(approvals: Approvals) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    view = await approvals.known(run)
    await approvals.clock.advance(600)
    extended = await approvals.broker.extend(view.id, ANN)
    assert extended.expires_at == rfc3339(approvals.clock.now() + PERMISSION_S)
    while seconds(view.requested_at) + MOST_S - approvals.clock.now() > PERMISSION_S:
        await approvals.clock.advance(PERMISSION_S - 60)
        await approvals.broker.extend(view.id, BOB)
    last = await approvals.broker.extend(view.id, BOB)
    assert seconds(last.expires_at) - seconds(last.requested_at) == MOST_S
    told = approvals.count("session.permission_request")
    assert await approvals.broker.extend(view.id, BOB) == last
    assert approvals.count("session.permission_request") == told
    assert not task.done()
    await approvals.clock.advance(PERMISSION_S)
    assert not (await task).allowed
    with pytest.raises(PermissionExpired):
        await approvals.broker.extend(view.id, BOB)


@pytest.mark.parametrize("extended_first", [True, False])
async def test_more_time_that_is_given_while_it_is_decided_does_not_bring_it_back(
    approvals: Approvals, extended_first: bool
) -> None:
    run = await approvals.run()
    view = await approvals.asked(run)
    await approvals.clock.advance(60)
    steps = [approvals.broker.extend(view.id, ANN), approvals.broker.decide(view.id, "allow", None, BOB)]
    await asyncio.gather(*(steps if extended_first else reversed(steps)), return_exceptions=True)
    assert (await approvals.known(run)).state == "allowed"
    assert approvals.store.pending() == []


async def test_after_a_restart_the_request_waits_and_the_same_call_gets_its_answer(approvals: Approvals) -> None:
    run = await approvals.run()
    before = await approvals.asked(run)
    await approvals.restart()
    assert approvals.store.pending() == [before]
    task = await approvals.asking(run)
    await approvals.broker.decide(before.id, "allow", None, BOB)
    assert (await task).permission == before.id
    assert approvals.count("session.permission_request") == 1


async def test_an_answer_after_a_restart_and_before_the_run_asks_again_counts(approvals: Approvals) -> None:
    run = await approvals.run()
    before = await approvals.asked(run)
    await approvals.restart()
    await approvals.broker.decide(before.id, "deny", None, BOB)
    assert not (await approvals.ask(run)).allowed


async def test_what_expired_while_the_server_was_down_is_over_at_its_start(approvals: Approvals) -> None:
    run = await approvals.run()
    await approvals.asked(run)
    await approvals.stop()
    await approvals.clock.advance(PERMISSION_S)
    await approvals.start()
    assert (await approvals.known(run)).state == "expired"
    assert not (await approvals.ask(run)).allowed


async def test_what_waited_at_a_restart_still_expires(approvals: Approvals) -> None:
    run = await approvals.run()
    await approvals.asked(run)
    await approvals.restart()
    task = await approvals.asking(run)
    await approvals.clock.advance(PERMISSION_S + 1)
    assert not (await task).allowed


async def test_a_request_whose_run_ended_unheard_is_taken_back_at_the_start(approvals: Approvals) -> None:
    run = await approvals.run()
    view = await approvals.asked(run)
    await approvals.become(run, "failed")
    await approvals.restart()
    with pytest.raises(PermissionCancelled):
        await approvals.broker.decide(view.id, "allow", None, BOB)
    assert approvals.store.pending() == []


async def test_a_server_that_ends_leaves_the_request_as_it_is(approvals: Approvals) -> None:
    run = await approvals.run()
    task = await approvals.asking(run)
    await approvals.restart()
    assert task.cancelled()
    assert (await approvals.known(run, RESTART)).state == "pending"
