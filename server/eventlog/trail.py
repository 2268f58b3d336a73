"""The audit trail as people page through it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from itertools import chain

import msgspec

from server.eventlog.audit import TYPE
from server.eventlog.page import MAX_PAGE_B
from server.protocol.channels import AUDIT
from server.protocol.events import AuditData
from server.protocol.identity import AuditEntry, AuditPage
from server.storage.database import Database

log = logging.getLogger(__name__)

MAX_ENTRIES = 500
"""Entries of one page, whatever its limit."""
READ_ROWS = 500
"""Rows of one trip to the reader's thread: other readers get their turn in between."""
MAX_ROWS = 2000
"""Rows that one call looks at: a filter that nothing passes must not read a year's trail at once."""

_NEWEST = "SELECT seq, text FROM events WHERE channel = ?1 AND type = ?2 AND seq < ?3 ORDER BY seq DESC LIMIT ?4"
_ARCHIVED = "SELECT seq, text FROM audit_archive WHERE type = ?2 AND seq < ?3 ORDER BY seq DESC LIMIT ?4"
_END = 2**63 - 1


class _Entry(msgspec.Struct):
    timestamp: str
    data: AuditData
    # Entries from before there was a chain have none.
    chain: str = ""


_decode = msgspec.json.Decoder(_Entry).decode


class Filter(msgspec.Struct, frozen=True):
    """What an entry has to be; None: anything."""

    actor: str | None = None
    action: str | None = None
    outcome: str | None = None

    def passes(self, data: AuditData) -> bool:
        return (
            self.actor in (None, data.actor)
            and self.action in (None, data.action)
            and self.outcome in (None, data.outcome)
        )


class _Found(msgspec.Struct):
    """`next`: where to go on, None at the end of the trail. `size_b`: of the entries' texts, `rows`: looked at."""

    entries: list[AuditEntry]
    next: int | None
    size_b: int = 0
    rows: int = 0


class AuditTrail:
    """The entries of the channel `audit` in `database`, those that were pruned from the log included."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        *,
        before: int | None = None,
        limit: int,
        actor: str | None = None,
        action: str | None = None,
        outcome: str | None = None,
    ) -> AuditPage:
        """Return up to `limit` entries with seq < `before` (default: all) that pass the filter, newest first.

        A page may hold fewer, even none, and still have a `next`: no call looks at more than `MAX_ROWS` entries. One
        that cannot be read any more is left out and logged; the verdict on the trail names it.

        Raises:
            StorageUnavailable: the database cannot be read.
        """
        limit = max(1, min(limit, MAX_ENTRIES))
        wanted = Filter(actor, action, outcome)
        found = _Found([], _END if before is None else min(before, _END))
        while found.next is not None and found.rows < MAX_ROWS and len(found.entries) < limit:
            want = limit - len(found.entries)
            more = await self._database.read(partial(_read, before=found.next, limit=want, wanted=wanted))
            found.entries += more.entries
            found.next = more.next
            found.size_b += more.size_b
            found.rows += more.rows
            if found.size_b > MAX_PAGE_B:
                break
        return AuditPage(entries=found.entries, next=found.next)


def _read(connection: sqlite3.Connection, *, before: int, limit: int, wanted: Filter) -> _Found:
    """Look at up to `READ_ROWS` entries below `before`."""
    # Without a filter no more than the page and one to know that there is more.
    most = READ_ROWS if wanted != Filter() else min(READ_ROWS, limit + 1)
    found = _Found([], None)
    for seq, text in _rows(connection, before, most):
        if len(found.entries) == limit or found.size_b > MAX_PAGE_B:
            return found
        found.rows += 1
        found.next = seq
        entry = _entry(seq, text)
        if entry is not None and wanted.passes(entry.data):
            found.entries.append(entry)
            found.size_b += len(text)
    if found.rows < most:
        found.next = None
    return found


def _rows(connection: sqlite3.Connection, before: int, most: int) -> Iterator[tuple[int, bytes]]:
    """The newest `most` rows below `before`: what is archived is older than all that is not."""
    with ExitStack() as stack:
        bounds = (AUDIT, TYPE, before, most)
        # The archive's query does not name the channel; SQLite wants every numbered parameter up to the highest.
        cursors = [stack.enter_context(closing(connection.execute(query, bounds))) for query in (_NEWEST, _ARCHIVED)]
        for count, row in enumerate(chain(*cursors)):
            if count == most:
                return
            yield row


def _entry(seq: int, text: bytes) -> AuditEntry | None:
    try:
        entry = _decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.warning("an entry of the audit trail cannot be read", extra={"seq": seq, "reason": str(error)})
        return None
    return AuditEntry(seq=seq, timestamp=entry.timestamp, data=entry.data, chain=entry.chain)
