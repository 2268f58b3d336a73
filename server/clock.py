"""Time comes from here, so that a test can hold it still."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time, monotonic time and sleep."""

    def now(self) -> float:
        """Seconds since the Unix epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds of a clock that never goes back; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


_second = -1
_prefix = ""


def rfc3339(now_s: float) -> str:
    """Return `now_s` as RFC 3339 UTC with milliseconds, `2026-11-20T09:00:00.000Z`.

    The text up to the second is kept from the last call: events arrive many to the second and `strftime` costs more
    than the rest of an event's envelope.
    """
    global _second, _prefix
    ms = int(now_s * 1000)
    second = ms // 1000
    if second != _second:
        _prefix = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second))
        _second = second
    return f"{_prefix}{ms - second * 1000:03d}Z"
