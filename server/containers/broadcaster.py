"""Sends the container list: soon after it changed, not more often than it can be read, and now and then anyway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from server.clock import Clock, rfc3339
from server.containers.registry import Registry
from server.protocol.codec import encode
from server.tasks import Tasks

LEAST_GAP_S = 0.2
"""Five lists a second are as many as a person can follow; the events themselves are not held back."""


class Broadcaster:
    """Publishes `containers` messages, whole and encoded, while it runs.

    The first change after a pause is sent at once; of those that follow within LEAST_GAP_S the last state is sent at
    its end. Without a change there is one message every `interval_s` and no other work.
    """

    def __init__(
        self, *, registry: Registry, publish: Callable[[bytes], None], interval_s: float, clock: Clock
    ) -> None:
        self._registry = registry
        self._publish = publish
        self._interval_s = interval_s
        self._clock = clock
        self._due = asyncio.Event()
        self._sent_s: float | None = None
        self._tasks = Tasks("containers.broadcaster")

    @property
    def age_s(self) -> float | None:
        """Seconds since the last message, None before the first: far above the interval it means that this is stuck."""
        return None if self._sent_s is None else self._clock.monotonic() - self._sent_s

    @property
    def interval_s(self) -> float:
        return self._interval_s

    def start(self) -> None:
        self._tasks.spawn("send", self._send())
        self._tasks.spawn("tick", self._tick())

    async def close(self) -> None:
        await self._tasks.close()

    def notify(self) -> None:
        """The list changed."""
        self._due.set()

    def message(self) -> bytes:
        """Return the message with the list as it is now."""
        return encode(
            {
                "type": "containers",
                "timestamp": rfc3339(self._clock.now()),
                "channel": "containers",
                "data": msgspec.Raw(self._registry.data_bytes()),
            }
        )

    async def _send(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            self._publish(self.message())
            self._sent_s = self._clock.monotonic()
            await self._clock.sleep(LEAST_GAP_S)

    async def _tick(self) -> None:
        while True:
            self._due.set()
            await self._clock.sleep(self._interval_s)
