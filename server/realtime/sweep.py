"""Emptying the outboxes of slow clients as their transports take it: one task for all, which sleeps without any."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from server.clock import Clock
from server.realtime.connection import Connection


class Sweep:
    """aiohttp tells nobody that a transport has drained: every `every_s` those that are behind are looked at."""

    def __init__(self, clock: Clock, *, every_s: float) -> None:
        self._clock = clock
        self._every_s = every_s
        self._behind: set[Connection] = set()
        self._someone = asyncio.Event()

    def add(self, connection: Connection) -> None:
        """Look at a connection that fell behind until it has caught up."""
        connection.behind_since = self._clock.monotonic()
        self._behind.add(connection)
        self._someone.set()

    def discard(self, connection: Connection) -> None:
        self._behind.discard(connection)

    def once(self) -> None:
        now = self._clock.monotonic()
        for connection in tuple(self._behind):
            if connection.drain(now):
                self._behind.discard(connection)

    async def run(self) -> NoReturn:
        while True:
            await self._someone.wait()
            while self._behind:
                await self._clock.sleep(self._every_s)
                self.once()
            self._someone.clear()
