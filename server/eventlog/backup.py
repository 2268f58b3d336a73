"""Copies of the database, and the way back from one."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from server.errors import AppError, StartupError
from server.eventlog import rows
from server.storage.folder import DataFolder
from server.storage.migration import migrations, version


class BackupFailed(AppError):
    """A backup could not be made or restored; nothing was changed."""

    code = "backup_failed"


def backup(database: Path, to: Path) -> None:
    """Copy `database`, which a server may be writing at the same time, to the new file `to`.

    The copy is one moment of the log, complete, in one file.

    Raises:
        BackupFailed: there is no database, it cannot be read, or `to` is there already or cannot be written.
    """
    if not database.is_file():
        raise BackupFailed(f"There is no database at {database}.")
    if to.exists():
        raise BackupFailed(f"{to} is there already. Name a new file.")
    with _new_file(to) as new:
        _copy(database, new)


def restore(source: Path, data: Path) -> None:
    """Put the backup `source` in the place of the database in the folder `data`, as a new epoch of the log.

    What the folder held before is gone.

    Raises:
        StartupError: a server uses the folder, or it cannot be written.
        BackupFailed: `source` is damaged, no database of Pilothouse, or one of a newer Pilothouse.
    """
    if not source.is_file():
        raise BackupFailed(f"There is no backup at {source}.")
    folder = DataFolder(data)
    try:
        with _new_file(folder.database) as new:
            _copy(source, new)
            _begin_epoch(new, source)
            _settle(folder.database)
    finally:
        folder.close()


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """Give a name beside `path` to write to, and when that has gone well put the file in the place of `path`."""
    new = path.with_name(path.name + ".new")
    try:
        new.unlink(missing_ok=True)
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        yield new
        _sync(new)
        os.replace(new, path)
        _sync(path.parent)
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"{path} could not be written: {error}.") from error
    finally:
        new.unlink(missing_ok=True)


def _copy(source: Path, to: Path) -> None:
    """Copy the database `source` into the empty file `to`, as of one moment."""
    try:
        with _opened(source, "mode=ro") as from_, _opened(to, "mode=rw") as into:
            # In one step: a reader stops no writer (WAL), and a copy in many would begin again at each write.
            from_.backup(into)
            # One file, without a write-ahead log beside it.
            into.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        raise BackupFailed(f"{source} could not be copied to {to}: {error}.") from error


def _begin_epoch(copy: Path, source: Path) -> None:
    try:
        with _opened(copy, "mode=rw") as connection:
            done = version(connection)
            (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if done == 0 or verdict != "ok":
                raise BackupFailed(f"{source} is no usable backup: {'empty' if done == 0 else verdict}.")
            if done > migrations()[-1].version:
                raise BackupFailed(f"{source} was made by a newer Pilothouse. Restore it with that version.")
            rows.new_epoch(connection)
    except (sqlite3.DatabaseError, StartupError) as error:
        raise BackupFailed(f"{source} is no backup of Pilothouse: {error}.") from error


def _settle(database: Path) -> None:
    """Bring what is in the write-ahead log of `database` into its file, so that one rename replaces both.

    A log left behind would be taken for that of the new file and ruin it.
    """
    if database.exists():
        # A file too damaged for this is a good reason to restore.
        with contextlib.suppress(sqlite3.DatabaseError), _opened(database, "mode=rw") as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


@contextlib.contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    uri = f"{path.absolute().as_uri()}?{mode}"
    with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        yield connection


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
