"""One SQLite file with one writer and one reader, each a connection in a thread of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import aiosqlite
import msgspec

from server.errors import StartupError, StorageUnavailable
from server.storage.migration import Migration, migrate, migrations
from server.storage.refusal import refusal

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
"""Runs in a connection's thread, inside a transaction: it may use SQL and must not touch the event loop."""

_MAX_WAL_B = 64 * 1024 * 1024
"""A write-ahead log that grew beyond this while a backup was read is cut back at the next checkpoint."""


class StorageHealth(msgspec.Struct, frozen=True):
    """`error`: why the last write failed, None once something was written again. `free_b`: room left on its disk."""

    error: str | None
    free_b: int


class Database:
    """The database of one server. Writers queue for one thread in the order in which they ask; a reader never waits for
    them (WAL). A commit is on the disk before `write` returns (`synchronous=FULL`)."""

    def __init__(self, path: Path, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        self.path = path
        self._writer = writer
        self._reader = reader
        self._closed = False
        self._error: str | None = None

    @classmethod
    async def open(
        cls, path: Path, *, busy_timeout_s: float = 2.0, steps: Sequence[Migration] | None = None
    ) -> Database:
        """Open `path`, made when it is missing, and bring its schema up to date (`steps`: the server's own).

        `busy_timeout_s` bounds the wait for another program's lock. Close what this returns: a connection left open
        keeps its thread, and the process with it, alive.

        Raises:
            StartupError: no database of Pilothouse, one of a newer Pilothouse, or it cannot be opened.
        """
        try:
            await asyncio.to_thread(_create, path)
        except OSError as error:
            raise StartupError(
                f"The database {path} cannot be opened by uid {os.geteuid()}: {error.strerror}. Give it to that user."
            ) from error
        opened: list[aiosqlite.Connection] = []
        try:
            for prepare in (lambda connection: _prepare_writer(connection, steps), _prepare_reader):
                opened.append(await aiosqlite.connect(path, isolation_level=None, timeout=busy_timeout_s))
                await _hop(opened[-1], prepare)
        except BaseException as error:
            for connection in opened:
                await connection.close()
            if isinstance(error, sqlite3.Error):
                raise StartupError(f"The database {path} cannot be used: {refusal(error) or error}") from error
            raise
        return cls(path, *opened)

    async def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction and return its result once that is on the disk. Rolled back if `work` raises.

        A caller that is cancelled meanwhile does not stop the transaction.

        Raises:
            StorageUnavailable: the disk is full, the database locked, read-only, damaged or closed. Nothing was stored.
        """
        self._check_open()
        try:
            result, changed = await _hop(self._writer, lambda connection: _change(connection, work))
        except StorageUnavailable as error:
            self._error = error.message
            raise
        except sqlite3.Error as error:
            unavailable = refusal(error)
            if unavailable is None:
                raise
            self._error = unavailable.message
            raise unavailable from error
        # A full disk still takes a transaction that writes nothing.
        if changed:
            self._error = None
        return result

    async def read(self, work: Work[T]) -> T:
        """Run `work` on one snapshot of what was committed and return its result.

        Raises:
            StorageUnavailable: the disk failed, the database is damaged or closed.
        """
        self._check_open()
        try:
            return await _hop(self._reader, lambda connection: _transaction(connection, "BEGIN", work))
        except sqlite3.Error as error:
            unavailable = refusal(error)
            if unavailable is None:
                raise
            raise unavailable from error

    async def health(self) -> StorageHealth:
        """Return how the last write went and the space that is left.

        Raises:
            StorageUnavailable: the database is closed.
        """
        self._check_open()
        free_b = await _hop(self._reader, lambda _: shutil.disk_usage(self.path.parent).free)
        return StorageHealth(self._error, free_b)

    async def close(self) -> None:
        """Finish what is queued and end both threads. Later calls raise StorageUnavailable."""
        if self._closed:
            return
        self._closed = True
        try:
            await self._reader.close()
        finally:
            # The last connection to leave empties the write-ahead log into the file; a reader could not.
            await self._writer.close()

    def _check_open(self) -> None:
        if self._closed:
            raise StorageUnavailable("The database is closed: the server is shutting down.")


def _create(path: Path) -> None:
    # SQLite gives the -wal and -shm beside it the same mode.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


async def _hop(connection: aiosqlite.Connection, work: Work[T]) -> T:
    """Run `work` on the connection's thread.

    The only use of a private method of aiosqlite (0.22): each of its public methods is a round trip to the thread, and
    a transaction would need four. See docs/decisions/0001-one-hop-per-transaction.md.
    """
    result: T = await connection._execute(lambda: work(connection._conn))  # type: ignore[no-untyped-call]  # noqa: SLF001
    return result


def _transaction(connection: sqlite3.Connection, begin: str, work: Work[T]) -> T:
    connection.execute(begin)
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back by itself after some errors, a full disk among them.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _change(connection: sqlite3.Connection, work: Work[T]) -> tuple[T, bool]:
    """Run `work` in a transaction and return its result and whether it changed anything."""
    before = connection.total_changes
    result = _transaction(connection, "BEGIN IMMEDIATE", work)
    return result, connection.total_changes != before


def _prepare_writer(connection: sqlite3.Connection, steps: Sequence[Migration] | None) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StartupError("The data folder's file system cannot share memory (WAL). Choose one on a local disk.")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {_MAX_WAL_B}")
    migrate(connection, migrations() if steps is None else steps)


def _prepare_reader(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only = ON")
