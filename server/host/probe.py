"""Calls that may never return, kept away from everything else.

`statvfs` on the file system of a dead server blocks in the kernel, and so may a broken sensor. The executor of asyncio
would lose a worker to each and then wait for it when the process ends; a daemon thread for each call does neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from server.errors import AppError

T = TypeVar("T")
MAX_THREADS = 80
"""More than there are file systems that are asked at the same time."""


class Stuck(AppError):
    """The call did not return in time; it is not made again before it has."""

    code = "stuck"
    status = 503
    temporary = True


class Probe:
    """Makes each call in a thread of its own: one at a time for each key, 80 altogether."""

    def __init__(self) -> None:
        self._running: set[str] = set()

    async def call(self, key: str, read: Callable[[], T], *, within_s: float) -> T:
        """Return what `read` returns, or raise what it raises.

        Raises:
            Stuck: it takes longer than `within_s`, or an earlier call of `key` still runs.
        """
        if key in self._running or len(self._running) >= MAX_THREADS:
            raise Stuck(f"{key} has not answered yet")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def deliver(settle: Callable[[], None]) -> None:
            self._running.discard(key)
            if not answer.done():
                settle()

        def run() -> None:
            try:
                value = read()
            except Exception as error:  # noqa: BLE001 - it is raised again where the call is awaited
                failure = error
                _hand_over(loop, deliver, lambda: answer.set_exception(failure))
            else:
                _hand_over(loop, deliver, lambda: answer.set_result(value))

        self._running.add(key)
        threading.Thread(target=run, name=f"probe {key}", daemon=True).start()
        try:
            await asyncio.wait([answer], timeout=within_s)
            if not answer.done():
                raise Stuck(f"{key} did not answer within {within_s:g} s")
            return answer.result()
        finally:
            answer.cancel()


def _hand_over(
    loop: asyncio.AbstractEventLoop,
    deliver: Callable[[Callable[[], None]], None],
    settle: Callable[[], None],
) -> None:
    # The loop may have ended first: then nobody waits any more.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(deliver, settle)
