"""A copy of the log beside a live server, and the way back."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from server.errors import StartupError
from server.eventlog.backup import BackupFailed, backup, restore
from server.eventlog.log import NewEvent
from server.eventlog.sqlite import SqliteLog
from server.storage.database import Database
from server.storage.folder import DataFolder


@asynccontextmanager
async def served(data: Path) -> AsyncIterator[SqliteLog]:
    """The log of a server that runs on `data`."""
    folder = await asyncio.to_thread(DataFolder, data)
    database = await Database.open(folder.database)
    log = await SqliteLog.open(database, note=folder.witness)
    try:
        yield log
    finally:
        await log.close()
        await database.close()
        folder.close()


def noted(n: int = 0) -> NewEvent:
    return NewEvent("test.noted", "system", {"n": n})


def epoch(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        return str(connection.execute("SELECT epoch FROM log").fetchone()[0])


@pytest.fixture
async def copy(tmp_path: Path) -> Path:
    """A backup of a log of three events, made while its server was running. The server then stored two more."""
    async with served(tmp_path / "data") as log:
        await log.append([noted(n) for n in range(3)])
        await asyncio.to_thread(backup, tmp_path / "data" / "pilothouse.db", tmp_path / "copy.db")
        await log.append([noted(n) for n in range(2)])
    return tmp_path / "copy.db"


async def test_a_backup_is_one_private_file(copy: Path) -> None:
    assert sorted(file.name for file in copy.parent.iterdir()) == ["copy.db", "data"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


async def test_a_backup_beside_a_busy_writer_is_one_moment_of_the_log(tmp_path: Path) -> None:
    async with served(tmp_path / "data") as log:
        writing = True

        async def write() -> None:
            while writing:
                await log.append([noted(), noted()])

        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(write())
            for n in range(5):
                await asyncio.to_thread(backup, tmp_path / "data" / "pilothouse.db", tmp_path / f"copy-{n}.db")
            writing = False
    for n in range(5):
        with closing(sqlite3.connect(tmp_path / f"copy-{n}.db")) as connection:
            ((head,),) = connection.execute("SELECT head FROM log").fetchall()
            assert connection.execute("SELECT count(*), max(seq) FROM events").fetchall() == [(head, head or None)]
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_a_backup_needs_no_running_server(copy: Path, tmp_path: Path) -> None:
    await asyncio.to_thread(backup, tmp_path / "data" / "pilothouse.db", tmp_path / "later.db")
    await asyncio.to_thread(restore, tmp_path / "later.db", tmp_path / "new")
    async with served(tmp_path / "new") as log:
        assert (await log.position()).head == 5


async def test_a_restored_log_is_that_of_the_backup_in_a_new_epoch(copy: Path, tmp_path: Path) -> None:
    async with served(tmp_path / "data") as log:
        before = await log.position()
    await asyncio.to_thread(restore, copy, tmp_path / "data")
    async with served(tmp_path / "data") as log:
        position = await log.position()
        assert (position.floor, position.head) == (0, 3)
        assert position.epoch != before.epoch
        assert [event.seq for event in (await log.read(0, limit=9)).events] == [1, 2, 3]
        assert (await log.append([noted()]))[0].seq == 4


async def test_every_restore_of_a_backup_is_another_epoch(copy: Path, tmp_path: Path) -> None:
    epochs = set()
    for folder in ("data", "new", "new"):
        await asyncio.to_thread(restore, copy, tmp_path / folder)
        epochs.add(epoch(tmp_path / folder / "pilothouse.db"))
    assert len(epochs | {epoch(copy)}) == 4


async def test_a_restore_leaves_the_backup_as_it_was(copy: Path, tmp_path: Path) -> None:
    before = copy.read_bytes()
    await asyncio.to_thread(restore, copy, tmp_path / "data")
    assert copy.read_bytes() == before


async def test_a_backup_restores_into_a_folder_that_is_not_there_yet(copy: Path, tmp_path: Path) -> None:
    await asyncio.to_thread(restore, copy, tmp_path / "new")
    async with served(tmp_path / "new") as log:
        assert (await log.position()).head == 3


async def test_a_restore_beside_a_running_server_is_refused_and_changes_nothing(copy: Path, tmp_path: Path) -> None:
    async with served(tmp_path / "data") as log:
        before = await log.position()
        with pytest.raises(StartupError, match="in use"):
            await asyncio.to_thread(restore, copy, tmp_path / "data")
        assert await log.position() == before
        assert (await log.append([noted()]))[0].seq == 6


async def test_a_restore_takes_no_write_ahead_log_of_a_killed_server_over(copy: Path, tmp_path: Path) -> None:
    """The files as `kill -9` leaves them: events that are only in the write-ahead log."""
    data = tmp_path / "killed"
    async with served(tmp_path / "data") as log:
        await log.append([noted(n) for n in range(7)])
        data.mkdir()
        for file in (tmp_path / "data").glob("pilothouse.db*"):
            (data / file.name).write_bytes(file.read_bytes())
    assert (data / "pilothouse.db-wal").stat().st_size > 0
    await asyncio.to_thread(restore, copy, data)
    assert sorted(file.name for file in data.iterdir()) == ["lock", "pilothouse.db"]
    async with served(data) as log:
        assert (await log.position()).head == 3


async def test_a_damaged_database_is_replaced(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "pilothouse.db").write_bytes(b"\xff" * 9000)
    (tmp_path / "data" / "pilothouse.db-wal").write_bytes(b"\xff" * 9000)
    await asyncio.to_thread(restore, copy, tmp_path / "data")
    async with served(tmp_path / "data") as log:
        assert (await log.position()).head == 3


def not_a_database(path: Path) -> None:
    path.write_bytes(b"This is a diary, not a database. " * 200)


def empty(path: Path) -> None:
    path.touch()


def of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")


def of_a_newer_server(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO migrations (version, name) VALUES (9999, 'later')")


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:8192])


def overwritten(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize(
    "spoil", [not_a_database, empty, of_another_program, of_a_newer_server, cut_short, overwritten]
)
async def test_what_is_no_usable_backup_is_refused_and_the_log_stays(copy: Path, tmp_path: Path, spoil: object) -> None:
    if spoil in (not_a_database, empty, of_another_program):
        copy.unlink()
    spoil(copy)  # type: ignore[operator]
    before = (tmp_path / "data" / "pilothouse.db").read_bytes()
    with pytest.raises(BackupFailed):
        await asyncio.to_thread(restore, copy, tmp_path / "data")
    assert (tmp_path / "data" / "pilothouse.db").read_bytes() == before
    assert sorted(file.name for file in (tmp_path / "data").iterdir()) == ["lock", "pilothouse.db", "witness"]


async def test_a_backup_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="no backup"):
        await asyncio.to_thread(restore, tmp_path / "missing.db", tmp_path / "data")
    assert not (tmp_path / "data").exists()


async def test_a_backup_overwrites_no_file(copy: Path, tmp_path: Path) -> None:
    before = copy.read_bytes()
    with pytest.raises(BackupFailed, match="already"):
        await asyncio.to_thread(backup, tmp_path / "data" / "pilothouse.db", copy)
    assert copy.read_bytes() == before


async def test_a_backup_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="no database"):
        await asyncio.to_thread(backup, tmp_path / "pilothouse.db", tmp_path / "copy.db")


async def test_a_backup_into_a_folder_that_is_not_there_is_refused(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="could not be written"):
        await asyncio.to_thread(backup, tmp_path / "data" / "pilothouse.db", tmp_path / "missing" / "copy.db")
