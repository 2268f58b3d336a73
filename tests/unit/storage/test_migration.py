"""The schema's history is applied once, in order, or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.errors import StartupError
from server.storage.migration import APPLICATION_ID, Migration, migrate, migrations, version

FIRST = Migration(1, "first", f"PRAGMA application_id = {APPLICATION_ID}; CREATE TABLE a (n INTEGER);")
SECOND = Migration(2, "second", "CREATE TABLE b (n INTEGER); INSERT INTO b VALUES (2);")
BROKEN = Migration(2, "broken", "CREATE TABLE b (n INTEGER); INSERT INTO nowhere VALUES (1);")


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        yield opened


def tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_an_empty_file_gets_every_migration(connection: sqlite3.Connection) -> None:
    migrate(connection, [FIRST, SECOND])
    assert tables(connection) == {"a", "b", "migrations"}
    assert version(connection) == 2


def test_each_migration_is_recorded(connection: sqlite3.Connection) -> None:
    migrate(connection, [FIRST, SECOND])
    assert connection.execute("SELECT version, name FROM migrations").fetchall() == [(1, "first"), (2, "second")]


def test_a_migration_is_applied_once(connection: sqlite3.Connection) -> None:
    migrate(connection, [FIRST, SECOND])
    migrate(connection, [FIRST, SECOND])
    assert connection.execute("SELECT n FROM b").fetchall() == [(2,)]


def test_an_older_database_gets_what_is_new(connection: sqlite3.Connection) -> None:
    migrate(connection, [FIRST])
    connection.execute("INSERT INTO a VALUES (1)")
    migrate(connection, [FIRST, SECOND])
    assert connection.execute("SELECT n FROM a").fetchall() == [(1,)]
    assert version(connection) == 2


def test_a_migration_that_fails_leaves_nothing_behind(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, [FIRST, BROKEN])
    assert tables(connection) == {"a", "migrations"}
    assert version(connection) == 1
    assert not connection.in_transaction


def test_a_database_of_a_newer_server_is_refused(connection: sqlite3.Connection) -> None:
    migrate(connection, [FIRST, SECOND])
    with pytest.raises(StartupError, match="newer"):
        migrate(connection, [FIRST])


def test_a_database_of_another_program_is_refused(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StartupError, match="another program"):
        migrate(connection, [FIRST])


def test_migrations_are_found_by_their_number_and_other_files_passed_over(tmp_path: Path) -> None:
    for name in ("0002_b.sql", "0001_a.sql", "README.md", "0003-c.sql"):
        (tmp_path / name).write_text(f"-- {name}")
    assert migrations(tmp_path) == [Migration(1, "a", "-- 0001_a.sql"), Migration(2, "b", "-- 0002_b.sql")]


def test_the_servers_own_migrations_are_numbered_without_a_hole() -> None:
    assert [step.version for step in migrations()] == list(range(1, len(migrations()) + 1))


def test_the_servers_own_migrations_apply(connection: sqlite3.Connection) -> None:
    migrate(connection, migrations())
    assert {"log", "events", "channels", "idempotency", "audit_archive"} <= tables(connection)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
