"""The labels of every container that was ever seen: what is told of one that is gone has to be judged by them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Mapping

import msgspec

from server.clock import Clock
from server.storage.database import Database

MOST_CONTAINERS = 20_000
"""Of the containers seen last. What is told of older ones is shown only to people who may see every container."""

MOST_B = 32 * 1024 * 1024
"""Labels have no bound of their own in an engine; this is 1.6 KB for each container, twice what compose writes."""

# Sorted: an engine's event and its list need not agree in the order.
_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(dict[str, str])


def carries(labels: Mapping[str, str], selectors: Iterable[str]) -> bool:
    """Whether `labels` match every one of `selectors`, `key` or `key=value`, as `docker ps --filter label=` reads
    them."""
    for selector in selectors:
        key, valued, value = selector.partition("=")
        found = labels.get(key)
        if found is None or (valued and found != value):
            return False
    return True


class KnownLabels:
    """Labels by the id of the container. Those noted first stand: an engine never changes them.

    `note` remembers at once and `save` makes that durable: it is to be awaited before anything about a noted container
    is put into the log, so that after a crash the same people see it as before.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        # Encoded: a tenth of the memory of what they decode to. Those seen last are at the end.
        self._known: OrderedDict[str, bytes] = OrderedDict()
        self._known_b = 0
        self._unsaved: set[str] = set()
        # Forgotten here and not yet in the table; no more than the table ever held.
        self._forgotten: set[str] = set()
        self._saving = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._known)

    async def load(self) -> None:
        """Take up what earlier runs saved.

        Raises:
            StorageUnavailable: it cannot be read.
        """
        for container, labels in await self._database.read(_rows):
            self._keep(container, labels.encode())

    def get(self, id: str) -> Mapping[str, str] | None:
        """Return the labels of a container, None if it was never seen or that was too long ago."""
        known = self._known.get(id)
        return None if known is None else _decoder.decode(known)

    def note(self, id: str, labels: Mapping[str, str]) -> None:
        """Remember the labels of a container that is there now."""
        if id in self._known:
            self._known.move_to_end(id)
            return
        self._unsaved.add(id)
        self._keep(id, _encoder.encode(labels))

    async def save(self) -> None:
        """Return when everything noted so far is on the disk, in one write, or none if nothing is new.

        Raises:
            StorageUnavailable: it is not; it will be tried again by the next call.
        """
        async with self._saving:
            if not self._unsaved and not self._forgotten:
                return
            unsaved, self._unsaved = self._unsaved, set()
            forgotten, self._forgotten = self._forgotten, set()
            now_s = self._clock.now()
            rows = [(key, labels.decode(), now_s) for key, labels in self._known.items() if key in unsaved]
            try:
                await self._database.write(lambda connection: _write(connection, rows, forgotten))
            except BaseException:
                self._unsaved |= unsaved & self._known.keys()
                self._forgotten |= forgotten - self._known.keys()
                raise

    def _keep(self, id: str, labels: bytes) -> None:
        # One that comes back after it was forgotten: its row is about to be written again.
        self._forgotten.discard(id)
        self._known[id] = labels
        self._known_b += len(labels)
        while len(self._known) > MOST_CONTAINERS or self._known_b > MOST_B:
            old, gone = self._known.popitem(last=False)
            self._known_b -= len(gone)
            if old in self._unsaved:
                self._unsaved.remove(old)
            else:
                self._forgotten.add(old)


def _rows(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    return connection.execute("SELECT id, labels FROM container_labels ORDER BY seen_at, rowid").fetchall()


def _write(connection: sqlite3.Connection, rows: list[tuple[str, str, float]], forgotten: set[str]) -> None:
    connection.executemany("DELETE FROM container_labels WHERE id = ?", [(key,) for key in forgotten])
    connection.executemany("INSERT OR REPLACE INTO container_labels (id, labels, seen_at) VALUES (?, ?, ?)", rows)
