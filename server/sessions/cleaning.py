"""Having a runner end what a run left behind, and waiting for nothing longer than it may take."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from server.clock import Clock
from server.sessions.runner import Runner
from server.tasks import Tasks

log = logging.getLogger(__name__)

CLEAN_UP_S = 30.0
"""How long looking for what a run left behind may take."""

_MOST_NAMED = 20
_MAX_NAME = 200


async def within(seconds: float, task: asyncio.Task[Any], clock: Clock, tasks: Tasks) -> bool:
    """Wait for `task`, at most `seconds`; return whether it is done."""
    time = tasks.spawn("wait", clock.sleep(seconds))
    try:
        await asyncio.wait([task, time], return_when=asyncio.FIRST_COMPLETED)
    finally:
        time.cancel()
    return task.done()


async def clean_up(runner: Runner, run: str, clock: Clock, tasks: Tasks) -> list[str]:
    """Have `runner` end what `run` left behind; return what is still there, or that nobody knows."""
    cleaning: asyncio.Task[list[str]] = tasks.spawn("clean_up", _cleaned_up(runner, run))
    if await within(CLEAN_UP_S, cleaning, clock, tasks):
        return cleaning.result()
    cleaning.cancel()
    return ["whatever was not looked for in time"]


async def _cleaned_up(runner: Runner, run: str) -> list[str]:
    try:
        return [str(one)[:_MAX_NAME] for one in (await runner.clean_up(run))[:_MOST_NAMED]]
    except Exception:
        log.exception("cannot clean up", extra={"run": run, "runner": runner.name})
        return ["whatever could not be looked for"]
