"""Requests that stay: long polls and streams. They are counted, ended when their client left, and ended at shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from server.errors import AppError, TooBusy

# A client that left is noticed within this time, although nothing is written to it meanwhile.
LOOK_S = 2.0


class ShuttingDown(AppError):
    """The server ends; the same request works once it is back."""

    code = "shutting_down"
    status = 503
    temporary = True


class Stays:
    """At most `limit` of them at a time. While there are none, nothing runs."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tasks: dict[asyncio.Task[object], web.Request] = {}
        self._look: asyncio.TimerHandle | None = None
        self._closing = False

    def __len__(self) -> int:
        return len(self._tasks)

    @contextmanager
    def stay(self, request: web.Request) -> Iterator[None]:
        """Hold a place for the running task, which answers `request`.

        Raises:
            TooBusy: every place is taken.
            ShuttingDown: the server ends, now or while the task stays.
            CancelledError: the client has left.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can stay")
        if self._closing:
            raise _goodbye()
        if len(self._tasks) >= self._limit:
            raise TooBusy("Too many requests wait or stream already. Try again later.", retry_after_s=5)
        self._tasks[task] = request
        self._schedule()
        try:
            yield
        except asyncio.CancelledError:
            if self._closing and task.uncancel() == 0:
                raise _goodbye() from None
            raise
        finally:
            del self._tasks[task]

    def close(self) -> None:
        """End all of them now: a shutdown would otherwise wait for each."""
        self._closing = True
        if self._look is not None:
            self._look.cancel()
        for task in self._tasks:
            task.cancel()

    def look(self) -> None:
        """End those whose client has left."""
        for task, request in self._tasks.items():
            if request.transport is None or request.transport.is_closing():
                task.cancel()

    def _schedule(self) -> None:
        if self._look is None:
            self._look = asyncio.get_running_loop().call_later(LOOK_S, self._looked)

    def _looked(self) -> None:
        self._look = None
        self.look()
        if self._tasks:
            self._schedule()


def _goodbye() -> ShuttingDown:
    return ShuttingDown("The server is shutting down. Try again in a moment.", retry_after_s=2)
