"""Work that is done to its end, also for a caller that is cancelled meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from server.tasks import Tasks

T = TypeVar("T")


async def whole(tasks: Tasks, name: str, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns, or raise what it raises. A caller that is cancelled is so once `work` has ended: no
    lock that it holds is free before, and nothing is left half done."""
    task = tasks.spawn(name, _outcome(work))
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    # Its task may have been cancelled before it began.
    work.close()
    if cancelled is not None:
        raise cancelled
    outcome: T | _Failure = task.result()
    if isinstance(outcome, _Failure):
        raise outcome.error
    return outcome


@dataclass
class _Failure:
    error: Exception


async def _outcome(work: Coroutine[Any, Any, T]) -> T | _Failure:
    # What fails is the caller's to hear of, not a task's that nobody waits for.
    try:
        return await work
    except Exception as error:  # noqa: BLE001 - raised again by `whole`
        return _Failure(error)
