"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
import itertools

# Loop turns that a woken task gets to do its work and to sleep again. A task that needs a thread or a socket in between
# is to be awaited by the test itself.
_TURNS = 20


class FakeClock:
    """A `Clock` whose time is moved by `advance`. Starts at 2026-11-20T09:00:00Z."""

    def __init__(self, now: float = 1_795_165_200.0) -> None:
        self._start = now
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self._start + self._elapsed

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), future))
        await future

    @property
    def sleeping(self) -> int:
        """How many tasks sleep on this clock."""
        return sum(not future.done() for _, _, future in self._sleepers)

    async def advance(self, seconds: float) -> None:
        """Move the time by `seconds`. Sleepers wake when their time comes, in order, and may sleep again on the way."""
        await _turns()
        end = self._elapsed + seconds
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, future = heapq.heappop(self._sleepers)
            if future.done():
                continue
            self._elapsed = max(self._elapsed, due)
            future.set_result(None)
            await _turns()
        self._elapsed = end

    def set_back(self, seconds: float) -> None:
        """Set the wall clock back, as a correction by NTP does; the monotonic clock does not move."""
        self._start -= seconds


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)
