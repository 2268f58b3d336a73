"""Stopping: whatever it does against that, nothing is left of a run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from server.sessions.claude import conversation
from server.sessions.claude.runner import ClaudeRunner
from server.sessions.runner import Decision, RunFailed, Turn
from tests.fakes.agent_place import HASTY, Place, a_turn, bearing
from tests.fakes.claude_host import ALLOWED, Host
from tests.fakes.clock import FakeClock


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@asynccontextmanager
async def speaking(runner: ClaudeRunner, turn: Turn, host: Host) -> AsyncIterator[asyncio.Task[None]]:
    """The run of `turn`, which has said something; in the end it is stopped."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(runner.run(turn, host))
        await host.spoke.wait()
        yield task
        await stop(task)


async def its_processes(run: str) -> list[str]:
    """The three of a run that forks, once all can be seen: one that is becoming another program shows no environment
    for a moment."""
    async with asyncio.timeout(10):
        while len(found := bearing(run)) < 3:
            await asyncio.sleep(0)
    return found


async def failing(run: Coroutine[Any, Any, None]) -> None:
    with pytest.raises(RunFailed):
        await run


@pytest.fixture
async def hasty(place: Place) -> AsyncIterator[ClaudeRunner]:
    """One that gives a process next to no time to end by itself."""
    runner = place.runner(patience=HASTY)
    await runner.start()
    yield runner
    await runner.close()


@pytest.mark.parametrize(
    ("name", "decision", "ready"),
    [
        ("interrupted_asking", None, lambda host: host.asked),
        ("interrupted_text", None, lambda host: host.spoke),
        ("interrupted_tool", ALLOWED, lambda host: host.asked),
    ],
)
async def test_an_interrupt_ends_it_in_order(
    runner: ClaudeRunner, name: str, decision: Decision | None, ready: Callable[[Host], asyncio.Event]
) -> None:
    host, turn = Host(decision), a_turn(f"!play {name}")
    async with asyncio.TaskGroup() as group:
        task = group.create_task(runner.run(turn, host))
        await ready(host).wait()
        await stop(task)
    assert bearing(turn.run) == []
    assert await runner.clean_up(turn.run) == []


async def test_one_that_ignores_everything_and_its_children_are_killed(hasty: ClaudeRunner) -> None:
    turn = a_turn("!fork stubborn")
    async with speaking(hasty, turn, Host()):
        await its_processes(turn.run)
    assert bearing(turn.run) == []


async def test_a_child_without_the_runs_environment_is_ended_as_its_parents_child(hasty: ClaudeRunner) -> None:
    host = Host()
    async with speaking(hasty, a_turn("!hide"), host):
        hidden = Path("/proc", host.replies[0], "cmdline")
    # Ended, or a zombie until whoever inherited it has looked.
    assert not hidden.exists() or hidden.read_bytes() == b""


async def test_a_second_cancellation_does_not_cut_the_stop_short(hasty: ClaudeRunner) -> None:
    turn = a_turn("!fork stubborn")
    async with speaking(hasty, turn, Host()) as task:
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
    assert bearing(turn.run) == []


async def test_processes_of_an_earlier_life_of_the_server_are_ended(place: Place) -> None:
    earlier, later = place.runner(), place.runner()
    await earlier.start()
    host, turn = Host(), a_turn("!fork")
    async with asyncio.TaskGroup() as group:
        task = group.create_task(failing(earlier.run(turn, host)))
        await host.spoke.wait()
        await later.start()
        assert await its_processes(turn.run)
        assert await later.clean_up(turn.run) == []
        assert bearing(turn.run) == []
        await task
    await earlier.close()
    await later.close()


async def test_other_runs_are_left_alone(hasty: ClaudeRunner) -> None:
    host, turn, other = Host(), a_turn("!silent"), a_turn("!fork", session="S2")
    async with asyncio.TaskGroup() as group:
        staying = group.create_task(hasty.run(other, host))
        ending = group.create_task(hasty.run(turn, Host()))
        await host.spoke.wait()
        before = await its_processes(other.run)
        await stop(ending)
        assert bearing(other.run) == before
        await stop(staying)


async def test_clean_up_of_what_never_was_finds_nothing(runner: ClaudeRunner) -> None:
    assert await runner.clean_up("none") == []


async def test_what_cannot_be_looked_for_is_said_to_be_left(place: Place) -> None:
    runner = place.runner()
    await runner.start()
    (place.root / "setpriv").write_text("#!/bin/sh\necho no room >&2; exit 4\n")
    (place.root / "setpriv").chmod(0o755)
    broken = place.runner()
    await broken.start()
    object.__setattr__(broken._account, "launcher", str(place.root / "setpriv"))  # noqa: SLF001
    (left,) = await broken.clean_up("any")
    assert "no room" in left
    await runner.close()
    await broken.close()


async def test_silence_is_told_and_is_no_reason_to_end_it(place: Place) -> None:
    clock = FakeClock()
    runner = place.runner(clock)
    await runner.start()
    host = Host()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(runner.run(a_turn("!silent"), host))
        while not clock.sleeping:
            await asyncio.sleep(0)
        await clock.advance(conversation.SILENT_S)
        await host.logged.wait()
        assert host.logs == ["The agent has said nothing for 5 minutes."]
        assert not task.done()
        task.cancel()
        while not clock.sleeping:
            await asyncio.sleep(0)
        await clock.advance(60)
    await runner.close()


async def test_a_person_may_take_as_long_as_they_like(place: Place) -> None:
    clock = FakeClock()
    runner = place.runner(clock)
    await runner.start()
    host = Host(decision=None)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(runner.run(a_turn("!use"), host))
        await host.asked.wait()
        await clock.advance(3 * conversation.SILENT_S)
        assert host.logs == []
        task.cancel()
        while clock.sleeping < 1:
            await asyncio.sleep(0)
        await clock.advance(60)
    await runner.close()
