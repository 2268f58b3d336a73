"""The log's statements. Each function runs in the database's thread, inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from heapq import merge
from itertools import chain, starmap
from operator import attrgetter

from msgspec.structs import astuple

from server.errors import StorageUnavailable
from server.eventlog.group import Append, Group, number
from server.eventlog.idempotency import KEEP_S, Answer, Claim
from server.eventlog.log import LogPosition, Page, StoredEvent
from server.eventlog.page import cut_page, last_seq
from server.protocol.channels import AUDIT

_COLUMNS = "seq, prev, channel, type, id, timestamp, text"
_ROW = "(?, ?, ?, ?, ?, ?, ?)"
_TOGETHER = 16
"""Rows of one insert. Each statement hands the interpreter over and takes it back, a third of what a row costs."""
_INSERT = f"INSERT INTO events ({_COLUMNS}) VALUES {_ROW}"  # noqa: S608 - no input in it
_INSERT_TOGETHER = _INSERT + f", {_ROW}" * (_TOGETHER - 1)
_EVERYTHING = f"SELECT {_COLUMNS} FROM events WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3"  # noqa: S608
_MAX_MERGED = 100
"""Channels in one query. SQLite takes 500 parts at most, and the time to plan them grows faster than their number."""
_MAX_FORGOTTEN = 2000
"""Idempotency keys that one transaction removes at most: appends wait for it."""

_seq = attrgetter("seq")


def load(connection: sqlite3.Connection) -> tuple[LogPosition, dict[str, int], bytes]:
    """Return the position, the heads of all channels and the newest hash of the audit trail."""
    heads = dict(connection.execute("SELECT name, head FROM channels"))
    return position(connection), heads, connection.execute("SELECT chain FROM log").fetchone()[0]


def position(connection: sqlite3.Connection) -> LogPosition:
    return LogPosition(*connection.execute("SELECT epoch, floor, head FROM log").fetchone())


def new_epoch(connection: sqlite3.Connection) -> LogPosition:
    """Begin a new epoch, so that no client trusts a seq that it knows from another history. Returns the position."""
    connection.execute("UPDATE log SET epoch = lower(hex(randomblob(6)))")
    return position(connection)


def rewrite_position(connection: sqlite3.Connection) -> None:
    """Write what is there already: it takes room on the disk like any other write."""
    connection.execute("UPDATE log SET head = head")


def store(
    connection: sqlite3.Connection,
    appends: Sequence[Append],
    *,
    position: LogPosition,
    heads: Mapping[str, int],
    chain: bytes,
    now_s: float,
    timestamp: str,
) -> Group:
    """Store `appends` after `position` and return them with their places."""

    def look_up(claim: Claim) -> Answer | None:
        row = connection.execute(
            "SELECT request, stored_at, events FROM idempotency WHERE scope = ? AND key = ?", (claim.scope, claim.key)
        ).fetchone()
        return None if row is None else Answer(*row)

    group = number(
        appends,
        head=position.head,
        heads=heads,
        chain=chain,
        look_up=look_up,
        now_s=now_s,
        timestamp=timestamp,
    )
    if group.events:
        _insert(connection, group.events)
        connection.executemany(
            "INSERT INTO channels (name, head) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET head = excluded.head",
            group.heads.items(),
        )
        moved = connection.execute(
            "UPDATE log SET head = ?, chain = ? WHERE epoch = ? AND head = ?",
            (group.events[-1].seq, group.chain, position.epoch, position.head),
        )
        if moved.rowcount != 1:
            raise StorageUnavailable("The database was changed by another program. Restart the server.")
    if group.answers:
        connection.executemany(
            "INSERT OR REPLACE INTO idempotency (scope, key, request, stored_at, events) VALUES (?, ?, ?, ?, ?)",
            [(*claim, *astuple(answer)) for claim, answer in group.answers.items()],
        )
    return group


def _insert(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    whole = len(events) - len(events) % _TOGETHER
    for at in range(0, whole, _TOGETHER):
        values = list(chain.from_iterable(map(astuple, events[at : at + _TOGETHER])))
        connection.execute(_INSERT_TOGETHER, values)
    connection.executemany(_INSERT, map(astuple, events[whole:]))


def page(connection: sqlite3.Connection, after: int, upto: int, *, limit: int, channels: Sequence[str] | None) -> Page:
    """Return the events with `after` < seq <= `upto`, only those of `channels` (each named once) unless that is None.

    Raises:
        Gap: they were pruned since the caller looked at the floor.
    """
    last_seq(position(connection), after, upto)
    bounds = (after, upto, limit + 1)
    with ExitStack() as stack:
        # A cursor left open would hold its snapshot, and the write-ahead log could not be emptied.
        def select(query: str, *parameters: object) -> Iterator[StoredEvent]:
            return starmap(StoredEvent, stack.enter_context(closing(connection.execute(query, parameters))))

        if channels is None:
            found = select(_EVERYTHING, *bounds)
        else:
            parts = [channels[at : at + _MAX_MERGED] for at in range(0, len(channels), _MAX_MERGED)]
            found = merge(*[select(_of_channels(len(part)), *bounds, *part) for part in parts], key=_seq)
        return cut_page(found, after=after, upto=upto, limit=limit)


def prune(connection: sqlite3.Connection, upto: int) -> None:
    """Remove the events up to `upto`, those of the audit, as they are, to their archive, and move the floor there."""
    connection.execute(
        "INSERT INTO audit_archive (seq, prev, type, id, timestamp, text) "
        "SELECT seq, prev, type, id, timestamp, text FROM events WHERE channel = ? AND seq <= ?",
        (AUDIT, upto),
    )
    connection.execute("DELETE FROM events WHERE seq <= ?", (upto,))
    connection.execute("UPDATE log SET floor = ?", (upto,))


def forget_answers(connection: sqlite3.Connection, now_s: float) -> bool:
    """Remove some of the idempotency keys that expired. Returns whether there may be more.

    Rows are in the order in which they were stored, so the oldest are the first; an index by age would cost each append
    more than this saves.
    """
    removed = connection.execute(
        "DELETE FROM idempotency "
        "WHERE rowid IN (SELECT rowid FROM idempotency ORDER BY rowid LIMIT ?) AND stored_at <= ?",
        (_MAX_FORGOTTEN, now_s - KEEP_S),
    )
    return removed.rowcount == _MAX_FORGOTTEN


def _of_channels(count: int) -> str:
    """The query for `count` channels. SQLite merges the parts as it goes along their index; `channel IN (...)` would
    sort every match before it could return the first."""
    part = f"SELECT {_COLUMNS} FROM events WHERE channel = ?%d AND seq > ?1 AND seq <= ?2"  # noqa: S608 - no input in it
    return " UNION ALL ".join([part % number for number in range(4, 4 + count)]) + " ORDER BY seq LIMIT ?3"
