"""The event log's own measure: `python -m tests.bench.log [FOLDER]`.

Durable appends a second by 64 and by 256 concurrent writers against one commit for each, on the same disk, round by
round in turn; then the CPU it takes to read 10,000 events back from the file. Medians; differences under 20 % are none.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import aiosqlite
import uvloop

from server.eventlog.log import IdempotencyKey, NewEvent
from server.eventlog.sqlite import SqliteLog
from server.protocol.codec import missed_events
from server.storage.database import Database

ROUNDS = 7
APPENDS = 19_200
COMMITS_EACH = 600
REPLAYED = 10_000
PAGE = 500

# A container event as the watcher writes it: 430 B on the wire.
DATA = {
    "engine": "local",
    "container": {"id": "3f" * 32, "name": "web", "image": "nginx:latest", "project": "shop", "service": "web"},
    "observed": "event",
    "at": "2026-11-20T09:00:00.123456Z",
    "by": None,
    "operation": None,
}
TEXT = b"x" * 430
TABLE = "CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, channel TEXT NOT NULL, text BLOB NOT NULL)"
INSERT = "INSERT INTO events (channel, text) VALUES ('system', ?)"

Measure = Callable[[Path], Coroutine[Any, Any, float]]
"""Runs once in a folder and returns a rate, per second."""


def log_with(writers: int, *, keys: bool = False) -> Measure:
    """Appends of one event each by `writers` at the same time."""

    async def measure(folder: Path) -> float:
        database = await Database.open(folder / "pilothouse.db")
        log = await SqliteLog.open(database)

        async def write(writer: int, count: int) -> None:
            for n in range(count):
                idem = IdempotencyKey("bench", f"{time.monotonic_ns()}-{writer}-{n}", TEXT) if keys else None
                await log.append([NewEvent("container.started", "system", DATA)], idem=idem)

        async def all_writers(count: int) -> None:
            await asyncio.gather(*[write(writer, count) for writer in range(writers)])

        await all_writers(2)
        started = time.perf_counter()
        await all_writers(APPENDS // writers)
        elapsed = time.perf_counter() - started
        await log.close()
        await database.close()
        return APPENDS / elapsed

    return measure


def sqlite3_in_groups(size: int, groups: int) -> Measure:
    """Bare sqlite3, an insert for each event and nothing else: no log can be faster."""

    async def measure(folder: Path) -> float:
        with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(TABLE)
            started = time.perf_counter()
            for _ in range(groups):
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(INSERT, [(TEXT,)] * size)
                connection.execute("COMMIT")
            return size * groups / (time.perf_counter() - started)

    return measure


async def aiosqlite_one_commit_each(folder: Path) -> float:
    async with aiosqlite.connect(folder / "each.db") as connection:
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.execute("PRAGMA synchronous = FULL")
        await connection.execute(TABLE)
        started = time.perf_counter()
        for _ in range(COMMITS_EACH):
            await connection.execute(INSERT, (TEXT,))
            await connection.commit()
        return COMMITS_EACH / (time.perf_counter() - started)


MEASURES: dict[str, Measure] = {
    "aiosqlite, one commit each": aiosqlite_one_commit_each,
    "sqlite3, one commit each": sqlite3_in_groups(1, COMMITS_EACH),
    "log, 64 writers": log_with(64),
    "log, 64 writers, each with an idempotency key": log_with(64, keys=True),
    "sqlite3, groups of 64": sqlite3_in_groups(64, APPENDS // 64),
    "log, 256 writers": log_with(256),
    "sqlite3, groups of 256": sqlite3_in_groups(256, APPENDS // 256),
}


async def replay(folder: Path) -> tuple[float, float]:
    """Return the CPU, in µs an event, of reading 10,000 events back, and of that with the messages around them."""
    database = await Database.open(folder / "pilothouse.db")
    log = await SqliteLog.open(database)
    head = (await log.position()).head
    costs = []
    for send in (False, True):
        after = head - REPLAYED
        started = time.process_time()
        while after < head:
            page = await log.read(after, limit=PAGE)
            if send:
                texts = [event.text for event in page.events]
                missed_events(
                    now_s=0, channels=["system"], from_=after, to=page.next, texts=texts, has_more=page.has_more
                )
            after = page.next
        costs.append((time.process_time() - started) * 1e6 / REPLAYED)
    await log.close()
    await database.close()
    return costs[0], costs[1]


async def main(folder: Path) -> None:
    rates: dict[str, list[float]] = {name: [] for name in MEASURES}
    costs: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        for name, measure in MEASURES.items():
            rates[name].append(await measure(folder))
        costs.append(await replay(folder))
    each = median(rates["sqlite3, one commit each"])
    print(f"durable appends a second, median of {ROUNDS} rounds (lowest to highest)")
    for name, found in rates.items():
        spread = f"({min(found):,.0f} to {max(found):,.0f})"
        print(f"  {name:46} {median(found):9,.0f}  {median(found) / each:6.1f} x one commit each  {spread}")
    print(f"replay of {REPLAYED:,} events from the file, CPU of the process, median of {ROUNDS} rounds")
    print(f"  read in pages of {PAGE:<28} {median(cost for cost, _ in costs):9.2f} µs an event")
    print(f"  the same as missed_events messages             {median(cost for _, cost in costs):9.2f} µs an event")


if __name__ == "__main__":
    parent = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(prefix="pilothouse-bench-", dir=parent) as name:
        uvloop.run(main(Path(name)))
