"""The audit trail of a file, read beside its server or without one."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.errors import StartupError, StorageUnavailable
from server.eventlog.audit_file import ends, entries, export, opened
from server.eventlog.chain import GENESIS, follows, split
from server.eventlog.verdict import verify
from server.storage.migration import migrate, migrations
from tests.fakes.clock import FakeClock
from tests.fakes.rows import tamper
from tests.fakes.trail import chain_of, opened_log, write_trail


def exported(path: Path) -> list[bytes]:
    out = io.BytesIO()
    count = export(path, out)
    lines = out.getvalue().splitlines()
    assert count == len(lines)
    return lines


def test_an_export_is_the_whole_trail_oldest_first_one_line_each(trail: Path) -> None:
    lines = exported(trail)
    kept = range(3 if verify(trail).base else 1, 12, 2)
    assert [json.loads(line)["seq"] for line in lines] == list(kept)
    assert lines[-1].endswith(chain_of(trail, 11).encode() + b'"}')


async def test_an_export_can_be_verified_by_itself(path: Path) -> None:
    async with opened_log(path) as log:
        await write_trail(log, 5)
        await log.prune(4)
        lines = await asyncio.to_thread(exported, path)
    before = GENESIS
    for line in lines:
        parts = split(line)
        assert parts is not None
        assert follows(before, *parts)
        before = parts[1]
    assert len(lines) == 5


async def test_a_trail_is_read_as_of_one_moment_while_its_server_writes_prunes_and_forgets(
    path: Path, clock: FakeClock
) -> None:
    async with opened_log(path, clock) as log:
        await write_trail(log, 6)
        await log.prune(6)
        reading, going_on = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def read() -> tuple[int, list[int]]:
            with opened(path) as connection:
                end = ends(connection).head
                loop.call_soon_threadsafe(reading.set)
                asyncio.run_coroutine_threadsafe(going_on.wait(), loop).result()
                return end, [entry.seq for entry in entries(connection)]

        reader = loop.run_in_executor(None, read)
        await reading.wait()
        await write_trail(log, 2)
        await log.prune(10)
        await log.forget_audit("9999")
        going_on.set()
        assert await reader == (11, [1, 3, 5, 7, 9, 11])


async def test_verdicts_beside_a_busy_server_are_good(path: Path) -> None:
    async with opened_log(path) as log:
        writing = True

        async def write() -> None:
            while writing:
                await write_trail(log, 3)
                await log.prune((await log.position()).head - 5)
                await log.forget_audit("9999")

        async with asyncio.TaskGroup() as group:
            group.create_task(write())
            verdicts = [await asyncio.to_thread(verify, path) for _ in range(10)]
            writing = False
    assert [verdict.broken for verdict in verdicts] == [None] * 10


def test_reading_changes_nothing(trail: Path) -> None:
    before = trail.read_bytes()
    verify(trail)
    exported(trail)
    assert trail.read_bytes() == before


# --- files that are of no use


@pytest.mark.parametrize("use", [verify, exported])
def test_a_missing_file_is_said_to_be_missing(tmp_path: Path, use: object) -> None:
    with pytest.raises(StorageUnavailable, match="no database"):
        use(tmp_path / "missing.db")  # type: ignore[operator]
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("shopping\n" * 100)
    with pytest.raises(StorageUnavailable):
        verify(tmp_path / "notes.txt")


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    tamper(tmp_path / "recipes.db", "CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StartupError, match="another program"):
        verify(tmp_path / "recipes.db")


def test_a_database_from_before_the_chain_is_told_from_a_broken_one(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, migrations()[:3])
    with pytest.raises(StartupError, match="older"):
        verify(path)


def test_a_database_of_a_newer_server_is_refused(trail: Path) -> None:
    tamper(trail, "INSERT INTO migrations (version, name) VALUES (9999, 'later')")
    with pytest.raises(StartupError, match="newer"):
        verify(trail)


def test_a_database_without_its_tables_is_refused_with_the_reason(trail: Path) -> None:
    tamper(trail, "DROP TABLE audit_base")
    with pytest.raises(StorageUnavailable, match="audit_base"):
        verify(trail)
