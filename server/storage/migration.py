"""The schema's history: numbered files of SQL, each applied once, in order, in a transaction of its own."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from server.errors import StartupError

APPLICATION_ID = 0x506C7468
"""Stamped into the file's header by the first migration."""

_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    sql: str


def migrations(folder: Traversable | None = None) -> list[Migration]:
    """Return the migrations of `folder` (default: those of this server) in order."""
    found = []
    for file in (folder or resources.files("server.storage") / "migrations").iterdir():
        match = _FILE_NAME.fullmatch(file.name)
        if match is not None:
            found.append(Migration(int(match[1]), match[2], file.read_text("utf-8")))
    return sorted(found, key=lambda migration: migration.version)


def migrate(connection: sqlite3.Connection, steps: Sequence[Migration]) -> None:
    """Bring the database up to the last of `steps`.

    Raises:
        StartupError: it is no database of Pilothouse, or one of a newer Pilothouse.
    """
    newest = steps[-1].version
    done = version(connection)
    if done > newest:
        raise StartupError(
            f"The database was written by a newer Pilothouse (schema {done}, this one knows {newest}). "
            "Start that version, or restore a backup made before the upgrade."
        )
    for step in steps:
        if step.version > done:
            _apply(connection, step)


def version(connection: sqlite3.Connection) -> int:
    """Return the number of the last migration, 0 for an empty file.

    Raises:
        StartupError: it is no database of Pilothouse.
    """
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application_id == 0 and tables == 0:
        return 0
    if application_id != APPLICATION_ID:
        raise StartupError("The database file belongs to another program. Choose another data folder.")
    (newest,) = connection.execute("SELECT max(version) FROM migrations").fetchone()
    return int(newest)


def _apply(connection: sqlite3.Connection, step: Migration) -> None:
    try:
        # executescript commits what is open before it begins, so the transaction has to be inside the script.
        connection.executescript(
            f"""
            BEGIN IMMEDIATE;
            CREATE TABLE IF NOT EXISTS migrations (
                version INTEGER PRIMARY KEY,
                name TEXT NOT NULL,
                applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
            ) STRICT;
            {step.sql}
            INSERT INTO migrations (version, name) VALUES ({step.version}, '{step.name}');
            COMMIT;
            """  # noqa: S608 - number and name were matched against digits and letters
        )
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
