"""From the log to the tables: what was appended and has no rows yet."""

from __future__ import annotations

import asyncio
import itertools
import logging
import sqlite3
from collections.abc import Sequence

from server.errors import StorageUnavailable
from server.eventlog.log import StoredEvent
from server.sessions import rows
from server.storage.database import Database

log = logging.getLogger(__name__)

MOST_WAITING = 2000
"""Events without rows, when the storage takes events but no rows; nothing is appended beyond that."""


class Journal:
    """Writes rows in the order of the log, and knows up to where they are complete."""

    def __init__(self, database: Database, newest: int) -> None:
        """`newest`: the seq up to which every event has its rows."""
        self._database = database
        self._newest = newest
        self._waiting: list[StoredEvent] = []
        self._dropped: list[str] = []
        # For each append that is under way, a seq below those of its events.
        self._under_way: dict[int, int] = {}
        self._names = itertools.count()
        # What an append that ended nobody knows how may have stored lies above this.
        self._lost: int | None = None
        self._flushing = asyncio.Lock()

    def begin(self) -> int:
        """Announce an append and return its name. It ends with `take`, `nothing` or `lost`.

        Raises:
            StorageUnavailable: too many events wait for their rows.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise StorageUnavailable("The storage does not take what happens in sessions. Try again later.")
        name = next(self._names)
        self._under_way[name] = self._newest
        return name

    def take(self, name: int, events: Sequence[StoredEvent], *, dropped: Sequence[str] = ()) -> None:
        """Have the rows of `events` written, and the sessions `dropped` forgotten."""
        del self._under_way[name]
        self._waiting += events
        self._dropped += dropped
        self._newest = max(self._newest, events[-1].seq)

    def nothing(self, name: int) -> None:
        """The append stored nothing."""
        del self._under_way[name]

    def lost(self, name: int) -> None:
        """Nobody knows whether the append stored anything: the next start looks."""
        mark = self._under_way.pop(name)
        self._lost = mark if self._lost is None else min(mark, self._lost)

    def known_to(self, head: int) -> int:
        """Return the highest seq up to `head` below which nothing is on its way here."""
        return min([head, *self._under_way.values()])

    async def flush(self) -> None:
        """Write what waits.

        Raises:
            StorageUnavailable: it still waits.
        """
        async with self._flushing:
            if not self._waiting:
                return
            events, dropped = list(self._waiting), list(self._dropped)
            complete_to = self.known_to(self._newest if self._lost is None else min(self._lost, self._newest))

            def work(connection: sqlite3.Connection) -> None:
                rows.project(connection, events, complete_to)
                rows.drop(connection, dropped)

            await self._database.write(work)
            del self._waiting[: len(events)]
            del self._dropped[: len(dropped)]

    async def try_flush(self) -> None:
        """Write what waits, or leave it for later: the events are what counts."""
        try:
            await self.flush()
        except StorageUnavailable as error:
            log.warning("rows of sessions not written", extra={"reason": error.message})
