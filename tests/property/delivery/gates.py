"""The real database behind gates: a test decides when a commit begins, when its caller knows, and when a read ends."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from server.storage.database import Database, StorageHealth, T, Work


class GatedDatabase:
    """A `Database` whose calls wait at gates. `busy` counts those that are in a thread now; `head` is the newest seq in
    the file, which the server itself learns only after the gate."""

    def __init__(self, real: Database) -> None:
        self.real = real
        self.busy = 0
        self.head = 0
        self.commit, self.reply, self.reading = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.open_all()

    def open_all(self) -> None:
        for gate in (self.commit, self.reply, self.reading):
            gate.set()

    async def write(self, work: Work[T]) -> T:
        await self.commit.wait()
        with self._in_thread():
            result = await self.real.write(work)
            self.head = await self.real.read(_head)
        await self.reply.wait()
        return result

    async def read(self, work: Work[T]) -> T:
        with self._in_thread():
            result = await self.real.read(work)
            self.head = await self.real.read(_head)
        await self.reading.wait()
        return result

    async def health(self) -> StorageHealth:
        return await self.real.health()

    @contextmanager
    def _in_thread(self) -> Iterator[None]:
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1


def _head(connection: sqlite3.Connection) -> int:
    (head,) = connection.execute("SELECT head FROM log").fetchone()
    return int(head)
