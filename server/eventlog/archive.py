"""The entries of the audit trail that were pruned from the log. Runs in the database's thread, inside a transaction."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from server.eventlog.chain import split

STEP = 2000
"""Entries that one transaction forgets at most: appends wait for it."""


def forget(connection: sqlite3.Connection, before: str) -> bool:
    """Remove the oldest entries, those with a timestamp below `before` (RFC 3339) up to the first that is younger, and
    keep the hash of the last one as the base from which the rest is verified. Returns whether there may be more.

    An entry whose hash cannot be read is no base: it stays until one after it is removed.
    """
    (unchained,) = connection.execute("SELECT unchained FROM audit_base").fetchone()
    last, base, read = 0, None, 0
    oldest = "SELECT seq, timestamp, text FROM audit_archive ORDER BY seq LIMIT ?"
    with closing(connection.execute(oldest, (STEP,))) as entries:
        for seq, timestamp, text in entries:
            if timestamp >= before:
                break
            read += 1
            found = split(text)
            if seq <= unchained:
                last = seq
            elif found is not None:
                last, base = seq, found[1]
    if last == 0:
        return False
    connection.execute("DELETE FROM audit_archive WHERE seq <= ?", (last,))
    if base is not None:
        connection.execute("UPDATE audit_base SET seq = ?, chain = ?", (last, base))
    return read == STEP
