"""The chain of the audit trail in SQLite, over restarts, refusals, migrations and backups."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.errors import StorageUnavailable
from server.eventlog.backup import backup, restore
from server.eventlog.sqlite import SqliteLog
from server.eventlog.verdict import verify
from server.storage.migration import migrate, migrations
from tests.fakes.database import HandledDatabase
from tests.fakes.notes import noted
from tests.fakes.rows import rows
from tests.fakes.trail import chain_of, found, opened_log, recorded, write_trail


async def test_the_chain_goes_on_after_a_restart(path: Path) -> None:
    for _ in range(3):
        async with opened_log(path) as log:
            await write_trail(log, 2)
    verdict = await asyncio.to_thread(verify, path)
    assert (verdict.ok, verdict.count) == (True, 6)


async def test_the_chain_goes_on_after_a_restart_when_everything_was_forgotten(path: Path) -> None:
    async with opened_log(path) as log:
        await write_trail(log, 2)
        await log.prune(4)
        await log.forget_audit("9999")
    async with opened_log(path) as log:
        await write_trail(log, 2)
    verdict = await asyncio.to_thread(verify, path)
    assert (verdict.ok, verdict.base, verdict.count) == (True, 3, 2)


@pytest.mark.parametrize("failure", [StorageUnavailable("full"), ZeroDivisionError("a bug")])
async def test_a_refused_commit_leaves_the_chain(
    path: Path, database: HandledDatabase, log: SqliteLog, failure: Exception
) -> None:
    await log.append([recorded()])
    database.failures = [failure]
    with pytest.raises(type(failure)):
        await log.append([recorded(), recorded()])
    await log.append([recorded()])
    verdict = await asyncio.to_thread(verify, path)
    assert (verdict.ok, verdict.count) == (True, 2)


async def test_the_newest_hash_is_written_with_its_entry(path: Path, log: SqliteLog) -> None:
    await write_trail(log, 2)
    assert rows(path, "SELECT lower(hex(chain)), head FROM log") == [(chain_of(path, 3), 4)]


async def test_a_backup_is_verified_and_goes_on_after_its_restore(tmp_path: Path, path: Path) -> None:
    async with opened_log(path) as log:
        await write_trail(log, 4)
        await log.prune(3)
        await asyncio.to_thread(backup, path, tmp_path / "copy.db")
        before = await log.position()
        await write_trail(log, 3)
    later = chain_of(path, 13)
    copied = await asyncio.to_thread(verify, tmp_path / "copy.db")
    assert (copied.ok, copied.count) == (True, 4)
    await asyncio.to_thread(restore, tmp_path / "copy.db", tmp_path)
    async with opened_log(path) as log:
        assert (await log.position()).epoch != before.epoch
        await write_trail(log, 1)
    verdict = await asyncio.to_thread(verify, path)
    assert (verdict.ok, verdict.count, verdict.last) == (True, 5, 9)
    assert await asyncio.to_thread(found, path, expect=(13, later)) == (13, "missing")


async def test_a_copy_that_was_changed_is_found_after_its_restore(tmp_path: Path, path: Path) -> None:
    async with opened_log(path) as log:
        await write_trail(log, 4)
        await log.prune(3)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE audit_archive SET text = CAST(replace(text, 'ann', 'eve') AS BLOB) WHERE seq = 3")
    await asyncio.to_thread(backup, path, tmp_path / "copy.db")
    await asyncio.to_thread(restore, tmp_path / "copy.db", tmp_path)
    assert await asyncio.to_thread(found, path) == (3, "changed")


# --- a log that is older than the chain

OLD = 3
TEXT = b'{"type":"audit.recorded","id":"x","channel":"audit","seq":%d,"prev":%d,"timestamp":"t","data":{}}'


@pytest.fixture
def old(path: Path) -> Path:
    """Audit events without a hash: 1 archived, 2 and 3 in the log."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, migrations()[:OLD])
        archived = (1, 0, "audit.recorded", "x", "t", TEXT % (1, 0))
        connection.execute("INSERT INTO audit_archive VALUES (?, ?, ?, ?, ?, ?)", archived)
        for seq in (2, 3):
            row = (seq, seq - 1, "audit", "audit.recorded", "x", "t", TEXT % (seq, seq - 1))
            connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        connection.execute("UPDATE log SET head = 3, floor = 1")
        connection.execute("INSERT INTO channels VALUES ('audit', 3)")
    return path


async def test_entries_from_before_the_chain_are_passed_over_and_counted(old: Path) -> None:
    async with opened_log(old) as log:
        await log.append([recorded(), recorded()])
    verdict = await asyncio.to_thread(verify, old)
    assert (verdict.ok, verdict.unchained, verdict.first, verdict.count) == (True, 3, 4, 2)


async def test_entries_from_before_the_chain_are_forgotten_like_all_others(old: Path) -> None:
    async with opened_log(old) as log:
        await log.append([recorded(), recorded()])
        await log.prune(4)
        await log.forget_audit("z")
    verdict = await asyncio.to_thread(verify, old)
    assert (verdict.ok, verdict.unchained, verdict.base, verdict.count) == (True, 0, 4, 1)


async def test_the_chain_begins_anew_when_only_older_entries_were_forgotten(old: Path) -> None:
    async with opened_log(old) as log:
        await log.prune(3)
        await log.forget_audit("z")
        await log.append([recorded()])
    verdict = await asyncio.to_thread(verify, old)
    assert (verdict.ok, verdict.unchained, verdict.base, verdict.count) == (True, 0, 3, 1)


async def test_an_entry_with_a_hash_among_those_without_is_found(old: Path) -> None:
    async with opened_log(old) as log:
        await log.append([recorded()])
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE events SET text = (SELECT text FROM events WHERE seq = 4) WHERE seq = 2")
    assert await asyncio.to_thread(found, old) == (2, "out_of_order")


@pytest.fixture
def silent(path: Path) -> Path:
    """A log without any audit event."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, migrations()[:OLD])
        connection.execute("UPDATE log SET head = 7, floor = 7")
        connection.execute("INSERT INTO channels VALUES ('system', 7)")
    return path


async def test_a_log_of_other_channels_has_its_whole_trail_in_the_chain(silent: Path) -> None:
    async with opened_log(silent) as log:
        await log.append([recorded(), noted()])
    verdict = await asyncio.to_thread(verify, silent)
    assert (verdict.ok, verdict.base, verdict.first) == (True, 0, 8)
