"""What the log in SQLite does when its storage refuses: locks, full disks, bugs."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.errors import StorageUnavailable
from server.eventlog.log import IdempotencyKey
from server.eventlog.sqlite import SqliteLog
from server.tasks import Tasks
from tests.fakes.database import HandledDatabase
from tests.fakes.notes import noted
from tests.fakes.sink import Sink

ONCE = IdempotencyKey("ann", "01J", b"restart web")


async def test_a_refused_commit_fails_its_whole_group_and_leaves_no_hole(
    database: HandledDatabase, log: SqliteLog, tasks: Tasks
) -> None:
    sink = Sink(log)
    await log.append([noted()])
    database.held.clear()
    first = tasks.spawn("first", log.append([noted()]))
    await database.until_held()
    others = [tasks.spawn(f"other-{n}", log.append([noted("audit")])) for n in range(3)]
    await asyncio.sleep(0)
    database.failures = [StorageUnavailable("full"), StorageUnavailable("full")]
    database.held.set()
    results = await asyncio.gather(first, *others, return_exceptions=True)
    (stored,) = await log.append([noted("audit")])
    assert [type(result) for result in results] == [StorageUnavailable] * 4
    assert (stored.seq, stored.prev) == (2, 0)
    assert sink.seqs == [1, 2]


async def test_a_bug_in_a_commit_fails_its_group_and_not_the_log(
    database: HandledDatabase, log: SqliteLog, caplog: pytest.LogCaptureFixture
) -> None:
    database.failures = [ZeroDivisionError("a bug")]
    with pytest.raises(ZeroDivisionError):
        await log.append([noted()])
    (stored,) = await log.append([noted()])
    assert stored.seq == 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_refused_append_leaves_its_key_free(database: HandledDatabase, log: SqliteLog) -> None:
    database.failures = [StorageUnavailable("full")]
    with pytest.raises(StorageUnavailable):
        await log.append([noted()], idem=ONCE)
    (stored,) = await log.append([noted()], idem=ONCE)
    assert stored.seq == 1


async def test_a_locked_database_refuses_until_it_is_free_again(path: Path, log: SqliteLog) -> None:
    sink = Sink(log)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="locked"):
            await log.append([noted()])
        other.execute("ROLLBACK")
    (stored,) = await log.append([noted()])
    assert [stored.seq] == [1] == sink.seqs


async def test_a_full_database_refuses_until_there_is_room_again(database: HandledDatabase, log: SqliteLog) -> None:
    sink = Sink(log)
    await log.append([noted()])
    pages = await database.read(lambda connection: int(connection.execute("PRAGMA page_count").fetchone()[0]))
    await database.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages + 2}").fetchone())
    with pytest.raises(StorageUnavailable, match="full"):
        await log.append([noted(text="x" * 100_000)])
    assert "full" in str((await database.health()).error)
    await database.write(lambda connection: connection.execute("PRAGMA max_page_count = 1000000").fetchone())
    (stored,) = await log.append([noted(text="x" * 100_000)])
    assert [1, stored.seq] == [1, 2] == sink.seqs


async def test_tidying_finds_out_that_the_storage_takes_writes_again(
    path: Path, database: HandledDatabase, log: SqliteLog
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            await log.append([noted()])
        with pytest.raises(StorageUnavailable):
            await log.tidy()
        other.execute("ROLLBACK")
    await log.tidy()
    assert (await database.health()).error is None


async def test_a_log_that_another_program_wrote_to_takes_no_more(
    path: Path, database: HandledDatabase, log: SqliteLog
) -> None:
    await log.append([noted()])
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE log SET head = 7")
    with pytest.raises(StorageUnavailable, match="another program"):
        await log.append([noted()])
    assert "another program" in str((await database.health()).error)
