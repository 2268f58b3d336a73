"""The table of operations: a projection of the events `operation.*`, and where each was asked from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from server.protocol.events import OperationData

MOST_KEPT = 100_000
"""Rows of the table; the events are kept as long as the log keeps events."""

_PROJECTION = "operations"

Found = tuple[str, str | None]
"""An `OperationData` as JSON, and the address."""


class Row(NamedTuple):
    """An operation as the event `seq` told it; `address` where it is known at once."""

    id: str
    seq: int
    data: OperationData
    address: str | None = None


def projected(connection: sqlite3.Connection) -> int:
    """Return the seq up to which every event has its row."""
    row = connection.execute("SELECT seq FROM projections WHERE name = ?", (_PROJECTION,)).fetchone()
    return row[0] if row else 0


def project(connection: sqlite3.Connection, rows: Iterable[Row], complete_to: int) -> None:
    """Write `rows` unless newer ones are there; every event up to `complete_to` has its row then (0: not known)."""
    for key, seq, data, address in rows:
        newer = connection.execute("SELECT 1 FROM operations WHERE id = ? AND seq >= ?", (key, seq)).fetchone()
        if newer is None:
            connection.execute(
                "INSERT OR REPLACE INTO operations (id, seq, state, by, command, data, address)"
                " VALUES (?, ?, ?, ?, ?, ?, coalesce(?, (SELECT address FROM operations WHERE id = ?)))",
                (
                    key,
                    seq,
                    data.operation.state,
                    data.operation.by,
                    data.command or key,
                    msgspec.json.encode(data).decode(),
                    address,
                    key,
                ),
            )
    connection.execute(
        "INSERT INTO projections (name, seq) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq)",
        (_PROJECTION, complete_to),
    )


def put_addresses(connection: sqlite3.Connection, addresses: Iterable[tuple[str, str]]) -> None:
    """Note from where operations were asked for: pairs of an operation's id and an address."""
    pairs = [(address, operation) for operation, address in addresses]
    connection.executemany("UPDATE operations SET address = ? WHERE id = ?", pairs)


def trim(connection: sqlite3.Connection) -> None:
    connection.execute(
        "DELETE FROM operations WHERE id <= (SELECT id FROM operations ORDER BY id DESC LIMIT 1 OFFSET ?)", (MOST_KEPT,)
    )


def unfinished(connection: sqlite3.Connection) -> list[Found]:
    """Return the operations that have not ended, in the order of the log."""
    query = "SELECT data, address FROM operations WHERE state IN ('requested', 'running') ORDER BY seq"
    return connection.execute(query).fetchall()


def one(connection: sqlite3.Connection, where: str, values: tuple[str, ...]) -> Found | None:
    found: Found | None = connection.execute(
        f"SELECT data, address FROM operations WHERE {where}",  # noqa: S608 - our own words
        values,
    ).fetchone()
    return found
