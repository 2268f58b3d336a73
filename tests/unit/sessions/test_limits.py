from __future__ import annotations

import asyncio

import pytest

from server.protocol.sessions import RunView
from server.sessions.limits import Budget, RunLimits
from server.sessions.runner import LimitReached
from server.tasks import Tasks
from tests.fakes.clock import FakeClock

LIMITS = RunLimits(run_s=60, turns=3, output_b=100, cost_usd=1.0)


def run(**fields: object) -> RunView:
    view: dict[str, object] = {
        "id": "r1",
        "session": "s1",
        "runner": "builtin",
        "state": "queued",
        "message": "m1",
        "requested_by": "ann",
        "created_at": "2026-11-20T09:00:00.000Z",
    }
    return RunView(**view | fields)  # type: ignore[arg-type]


def budget(clock: FakeClock, limits: RunLimits = LIMITS, **fields: object) -> Budget:
    return Budget(limits, clock, run(**fields))


async def times_out_after(budget: Budget, clock: FakeClock, seconds: float) -> bool:
    """Whether the time is up after `seconds`, and not before."""
    tasks = Tasks("test")
    waiting = tasks.spawn("time", budget.time_is_up())
    await clock.advance(seconds - 0.1)
    early = waiting.done()
    await clock.advance(0.1)
    await asyncio.sleep(0)
    in_time = waiting.done()
    await tasks.close()
    return in_time and not early


async def test_the_time_is_up_after_run_s() -> None:
    clock = FakeClock()
    spent = budget(clock)
    spent.start()
    assert await times_out_after(spent, clock, 60)


async def test_the_clock_stands_still_before_the_start() -> None:
    clock = FakeClock()
    spent = budget(clock)
    await clock.advance(1000)
    spent.start()
    assert await times_out_after(spent, clock, 60)


async def test_waiting_is_not_counted_however_many_wait_at_once() -> None:
    clock = FakeClock()
    spent = budget(clock)
    spent.start()
    await clock.advance(20)
    with spent.waiting():
        await clock.advance(500)
        with spent.waiting():
            await clock.advance(500)
        await clock.advance(500)
    assert await times_out_after(spent, clock, 40)


async def test_a_wait_that_begins_while_the_time_runs_out_stops_the_clock() -> None:
    clock = FakeClock()
    spent = budget(clock)
    spent.start()
    tasks = Tasks("test")
    waiting = tasks.spawn("time", spent.time_is_up())
    await clock.advance(50)
    with spent.waiting():
        await clock.advance(500)
        assert not waiting.done()
    await clock.advance(9)
    assert not waiting.done()
    await clock.advance(1)
    await asyncio.sleep(0)
    assert waiting.done()
    await tasks.close()


def test_output_up_to_the_limit_is_taken_and_not_a_byte_more() -> None:
    spent = budget(FakeClock())
    spent.write(100)
    with pytest.raises(LimitReached, match="PILOTHOUSE_RUN_OUTPUT_B"):
        spent.write(1)
    assert spent.output_b == 100


def test_turns_up_to_the_limit_are_taken_and_not_one_more() -> None:
    spent = budget(FakeClock())
    spent.spend(turns=3, cost_usd=None)
    with pytest.raises(LimitReached, match="PILOTHOUSE_RUN_TURNS"):
        spent.spend(turns=1, cost_usd=None)


def test_the_cost_is_what_the_runner_said_last() -> None:
    spent = budget(FakeClock())
    spent.spend(turns=0, cost_usd=0.6)
    spent.spend(turns=0, cost_usd=1.0)
    assert spent.cost_usd == 1.0
    with pytest.raises(LimitReached, match="PILOTHOUSE_RUN_COST_USD"):
        spent.spend(turns=0, cost_usd=1.01)


def test_no_limit_of_the_cost_is_no_limit() -> None:
    spent = budget(FakeClock(), RunLimits(cost_usd=0))
    spent.spend(turns=0, cost_usd=1e6)
    assert spent.cost_usd == 1e6


def test_a_run_that_goes_on_after_a_restart_has_what_it_had_left() -> None:
    with pytest.raises(LimitReached, match="TURNS"):
        budget(FakeClock(), turns=2).spend(turns=2, cost_usd=None)
    with pytest.raises(LimitReached, match="OUTPUT_B"):
        budget(FakeClock(), output_b=90).write(11)
    with pytest.raises(LimitReached, match="USD"):
        budget(FakeClock(), cost_usd=0.9).spend(turns=0, cost_usd=0.2)


def test_a_limit_that_was_reached_is_remembered() -> None:
    spent = budget(FakeClock())
    with pytest.raises(LimitReached) as reached:
        spent.write(101)
    assert spent.exceeded is reached.value
