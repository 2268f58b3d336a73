"""One writer, one reader, one file."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from server.errors import NotFound, StartupError, StorageUnavailable
from server.storage.database import Database
from server.storage.migration import Migration
from server.storage.refusal import refusal

STEPS = [Migration(1, "notes", "PRAGMA application_id = 0x506c7468; CREATE TABLE notes (n INTEGER PRIMARY KEY);")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pilothouse.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(path, busy_timeout_s=0.05, steps=STEPS)
    yield opened
    await opened.close()


def add(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO notes DEFAULT VALUES")


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM notes").fetchone()[0])


def connection_threads() -> list[threading.Thread]:
    """The threads that there are, but for this one and those that asyncio keeps for files."""
    return [thread for thread in threading.enumerate() if not thread.name.startswith(("MainThread", "asyncio"))]


def ended(threads: list[threading.Thread]) -> bool:
    for thread in threads:
        thread.join(timeout=10)
    return not any(thread.is_alive() for thread in threads)


async def test_what_was_written_is_read_and_seen_by_others(database: Database, path: Path) -> None:
    await database.write(add)
    assert await database.read(count) == 1
    with closing(sqlite3.connect(path)) as other:
        assert count(other) == 1


async def test_a_write_returns_what_its_work_returned(database: Database) -> None:
    def add_and_count(connection: sqlite3.Connection) -> int:
        add(connection)
        return count(connection)

    assert await database.write(add_and_count) == 1


async def test_a_write_whose_work_fails_is_rolled_back_and_raises_the_same(database: Database) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        add(connection)
        raise NotFound("no such thing")

    with pytest.raises(NotFound, match="no such thing"):
        await database.write(fail)
    assert await database.read(count) == 0


async def test_a_fault_in_a_statement_is_no_fault_of_the_storage(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await database.write(lambda connection: connection.execute("INSERT INTO nowhere VALUES (1)"))
    assert (await database.health()).error is None


async def test_the_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StorageUnavailable):
        await database.read(add)


async def test_a_read_sees_one_moment_however_many_statements_it_has(database: Database) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def look_twice(connection: sqlite3.Connection) -> tuple[int, int]:
        before = count(connection)
        inside.set()
        go_on.wait()
        return before, count(connection)

    async def write_meanwhile() -> None:
        await asyncio.to_thread(inside.wait)
        await database.write(add)
        go_on.set()

    seen, _ = await asyncio.gather(database.read(look_twice), write_meanwhile())
    assert seen == (0, 0)


async def test_a_cancelled_write_is_finished(database: Database) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slowly(connection: sqlite3.Connection) -> None:
        inside.set()
        go_on.wait()
        add(connection)

    async def cancel(write: asyncio.Task[None]) -> None:
        await asyncio.to_thread(inside.wait)
        write.cancel()
        go_on.set()

    async with asyncio.TaskGroup() as group:
        await cancel(group.create_task(database.write(slowly)))
    await database.write(lambda _: None)
    assert await database.read(count) == 1


async def test_a_commit_is_on_the_disk_before_a_write_returns(database: Database) -> None:
    """2 is FULL: the write-ahead log is flushed at each commit."""
    assert await database.write(lambda connection: connection.execute("PRAGMA synchronous").fetchone()) == (2,)
    assert await database.read(lambda connection: connection.execute("PRAGMA journal_mode").fetchone()) == ("wal",)


async def test_foreign_keys_are_enforced(database: Database) -> None:
    assert await database.write(lambda connection: connection.execute("PRAGMA foreign_keys").fetchone()) == (1,)


async def test_a_lock_held_by_another_program_is_temporary_and_shows_in_health(database: Database, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="locked") as refused:
            await database.write(add)
        assert refused.value.temporary
        assert "locked" in str((await database.health()).error)
        other.execute("ROLLBACK")
    await database.write(add)
    assert (await database.health()).error is None


async def test_a_transaction_that_writes_nothing_does_not_end_a_bad_health(database: Database, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            await database.write(add)
        other.execute("ROLLBACK")
    await database.write(lambda connection: connection.execute("DELETE FROM notes"))
    assert (await database.health()).error is not None


async def test_a_reader_is_not_stopped_by_a_lock_of_another_writer(database: Database, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await database.read(count) == 0


async def test_health_tells_the_free_space(database: Database) -> None:
    assert (await database.health()).free_b > 0


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (sqlite3.SQLITE_BUSY, "locked"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "locked"),
        (sqlite3.SQLITE_FULL, "full"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "writable"),
        (sqlite3.SQLITE_IOERR_FSYNC, "disk"),
        (sqlite3.SQLITE_CANTOPEN, "folder"),
        (sqlite3.SQLITE_CORRUPT, "damaged"),
        (sqlite3.SQLITE_NOTADB, "backup"),
    ],
)
def test_each_refusal_of_the_storage_tells_what_to_do(code: int, word: str) -> None:
    error = sqlite3.OperationalError("whatever SQLite says")
    error.sqlite_errorcode = code
    assert word in str(refusal(error))


def test_an_error_of_another_kind_is_no_refusal() -> None:
    error = sqlite3.IntegrityError("UNIQUE constraint failed")
    error.sqlite_errorcode = sqlite3.SQLITE_CONSTRAINT_UNIQUE
    assert refusal(error) is None
    assert refusal(sqlite3.ProgrammingError("without a code")) is None


async def test_a_damaged_page_is_told_to_whoever_reads_it(path: Path) -> None:
    """The second half of the file is overwritten while nobody has it open; the schema is in the first."""
    database = await Database.open(path, steps=STEPS)
    await database.write(
        lambda connection: connection.executemany("INSERT INTO notes VALUES (?)", [(n,) for n in range(9000)])
    )
    await database.close()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2].ljust(len(content), b"\xff"))
    database = await Database.open(path, steps=STEPS)
    try:
        with pytest.raises(StorageUnavailable, match="damaged"):
            await database.read(lambda connection: connection.execute("SELECT sum(n) FROM notes").fetchone())
    finally:
        await database.close()


# --- open and close


async def test_the_files_are_for_their_owner_only(database: Database, path: Path) -> None:
    await database.write(add)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"pilothouse.db": 0o600, "pilothouse.db-wal": 0o600, "pilothouse.db-shm": 0o600}


async def test_closing_leaves_one_file_and_no_thread(path: Path) -> None:
    database = await Database.open(path, steps=STEPS)
    await database.write(add)
    threads = connection_threads()
    await database.close()
    assert [file.name for file in path.parent.iterdir()] == ["pilothouse.db"]
    assert len(threads) >= 2
    assert ended(threads)


async def test_a_closed_database_refuses(database: Database) -> None:
    await database.close()
    with pytest.raises(StorageUnavailable):
        await database.write(add)
    with pytest.raises(StorageUnavailable):
        await database.read(count)
    with pytest.raises(StorageUnavailable):
        await database.health()


async def test_a_database_can_be_closed_twice(database: Database) -> None:
    await database.close()
    await database.close()


async def test_what_was_queued_before_close_is_written(path: Path) -> None:
    database = await Database.open(path, steps=STEPS)
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(database.write(add))
        await asyncio.sleep(0)
        await database.close()
    with closing(sqlite3.connect(path)) as other:
        assert count(other) == 20


async def test_a_file_of_another_kind_is_refused(path: Path) -> None:
    path.write_bytes(b"This is a diary, not a database. " * 200)
    with pytest.raises(StartupError, match="not one of SQLite"):
        await Database.open(path, steps=STEPS)


async def test_a_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StartupError, match="another program"):
        await Database.open(path, steps=STEPS)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]


async def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="missing"):
        await Database.open(tmp_path / "missing" / "pilothouse.db", steps=STEPS)


async def test_a_refused_database_leaves_no_thread(path: Path) -> None:
    path.write_bytes(b"This is a diary, not a database. " * 200)
    with pytest.raises(StartupError):
        await Database.open(path, steps=STEPS)
    assert ended(connection_threads())
