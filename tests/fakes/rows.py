"""What another program sees in a database file, and does to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def tamper(path: Path, *statements: str) -> None:
    """Change the file `path` behind the server's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
