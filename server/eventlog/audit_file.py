"""The audit trail in a database file, read from outside: beside a running server, or without one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import starmap
from pathlib import Path
from typing import BinaryIO

import msgspec

from server.errors import StartupError, StorageUnavailable
from server.eventlog.log import StoredEvent
from server.protocol.channels import AUDIT
from server.storage.migration import migrations, version
from server.storage.refusal import refusal

_CHAINED = 4
"""The migration that began the chain."""

# Both parts are read along their own order: nothing is sorted, and one row at a time is in memory.
_ENTRIES = """
SELECT seq, prev, ?1, type, id, timestamp, CAST(text AS BLOB) FROM audit_archive
UNION ALL
SELECT seq, prev, channel, type, id, timestamp, CAST(text AS BLOB) FROM events WHERE channel = ?1
ORDER BY seq
"""


class Ends(msgspec.Struct, frozen=True):
    """Where the chain begins and ends, as the log noted it. `unchained`: entries up to here are older than the chain.
    `base`: the last entry that retention removed, or `unchained`. `head`: the newest. Both with their hashes."""

    unchained: int
    base: int
    base_chain: bytes
    head: int
    head_chain: bytes


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Give one moment of the database `path`, to be read only. Meanwhile the write-ahead log of a running server grows.

    Raises:
        StorageUnavailable: there is no such file, or it cannot be read.
        StartupError: it is no database of Pilothouse, or not one of this version.
    """
    if not path.is_file():
        raise StorageUnavailable(f"There is no database at {path}.")
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            # A column that somebody filled with nonsense is a finding and must not end the search.
            connection.text_factory = lambda raw: raw.decode(errors="replace")
            connection.execute("BEGIN")
            _check_version(path, version(connection))
            yield connection
    except sqlite3.Error as error:
        raise refusal(error) or StorageUnavailable(f"{path} cannot be read: {error}.") from error


def _check_version(path: Path, found: int) -> None:
    if found < _CHAINED:
        raise StartupError(f"{path} was written by an older Pilothouse. Start this one on it once, then try again.")
    if found > migrations()[-1].version:
        raise StartupError(f"{path} was written by a newer Pilothouse. Use that version.")


def ends(connection: sqlite3.Connection) -> Ends:
    unchained, base, base_chain = connection.execute("SELECT unchained, seq, chain FROM audit_base").fetchone()
    (head_chain,) = connection.execute("SELECT chain FROM log").fetchone()
    head = connection.execute("SELECT head FROM channels WHERE name = ?", (AUDIT,)).fetchone()
    return Ends(unchained, base, base_chain, 0 if head is None else head[0], head_chain)


def entries(connection: sqlite3.Connection) -> Iterator[StoredEvent]:
    """Return every entry that is kept, oldest first."""
    with closing(connection.execute(_ENTRIES, (AUDIT,))) as rows:
        yield from starmap(StoredEvent, rows)


def export(path: Path, out: BinaryIO) -> int:
    """Write every entry of the trail in `path` to `out`, oldest first, a line of JSON each, as it was sent and hashed.

    Returns how many. They are not verified: `verify` does that. The moment that is written is held until the end, and
    with it what a running server writes meanwhile: `out` should be quick.

    Raises:
        StorageUnavailable, StartupError: `path` cannot be used; see `opened`.
        OSError: `out` takes no more.
    """
    count = 0
    with opened(path) as connection:
        for entry in entries(connection):
            out.write(entry.text + b"\n")
            count += 1
    return count
