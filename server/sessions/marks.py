"""What is durable without being an event: what a runner needs to go on after a restart, and which grants were used."""

from __future__ import annotations

import sqlite3

from server.clock import Clock
from server.storage.database import Database


class Marks:
    """Every method raises StorageUnavailable when it could not do what it says."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def put_continuation(self, run: str, state: bytes) -> None:
        """Keep `state` for `run`, in place of what was kept before."""
        query = "INSERT OR REPLACE INTO continuations (run, state) VALUES (?, ?)"
        await self._database.write(lambda connection: connection.execute(query, (run, state)))

    async def continuation(self, run: str) -> bytes | None:
        """Return what is kept for `run`."""
        query = "SELECT state FROM continuations WHERE run = ?"
        row = await self._database.read(lambda connection: connection.execute(query, (run,)).fetchone())
        return None if row is None else row[0]

    async def drop_continuation(self, run: str) -> None:
        query = "DELETE FROM continuations WHERE run = ?"
        await self._database.write(lambda connection: connection.execute(query, (run,)))

    async def use_grant(self, permission: str, call: str) -> bool:
        """Use up `permission` for the tool call `call`. Returns False if it was used before, whatever for."""
        now_s = self._clock.now()

        def work(connection: sqlite3.Connection) -> bool:
            query = "INSERT OR IGNORE INTO grants (permission, call, used_at) VALUES (?, ?, ?)"
            return connection.execute(query, (permission, call, now_s)).rowcount == 1

        return await self._database.write(work)

    async def grant_used_for(self, permission: str) -> str | None:
        """Return the tool call that `permission` was used for, None if it was not."""
        query = "SELECT call FROM grants WHERE permission = ?"
        row = await self._database.read(lambda connection: connection.execute(query, (permission,)).fetchone())
        return None if row is None else row[0]
