"""Breaks off a wait in which nothing happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.clock import Clock
from server.tasks import Tasks


class Watch:
    """Raises TimeoutError out of a `wait` that lasts `silence_s`. One task watches all waits of a request: a timer for
    each token would cost more than the token."""

    def __init__(self, clock: Clock, silence_s: float) -> None:
        self._clock = clock
        self._silence_s = silence_s
        self._since = 0.0
        self._scope: asyncio.Timeout | None = None

    @asynccontextmanager
    async def watching(self, tasks: Tasks) -> AsyncIterator[None]:
        """Watch the waits within."""
        task = tasks.spawn("watch", self._watch())
        try:
            yield
        finally:
            task.cancel()

    @asynccontextmanager
    async def wait(self) -> AsyncIterator[None]:
        """One wait.

        Raises:
            TimeoutError: it lasted too long.
        """
        self._since = self._clock.monotonic()
        try:
            async with asyncio.timeout(None) as self._scope:
                yield
        finally:
            self._scope = None

    async def _watch(self) -> None:
        self._since = self._clock.monotonic()
        left = self._silence_s
        while True:
            await self._clock.sleep(left)
            left = self._since + self._silence_s - self._clock.monotonic()
            if left > 0:
                continue
            left = self._silence_s
            if self._scope is not None:
                self._scope.reschedule(0)
