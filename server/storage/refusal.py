"""What SQLite's refusals mean to a person."""

from __future__ import annotations

import sqlite3

from server.errors import StorageUnavailable

# By primary result code (sqlite.org/rescode.html). Any other error is a fault in a statement of ours.
_SENTENCES = {
    sqlite3.SQLITE_BUSY: "The database is locked by another program. End what else has it open.",
    sqlite3.SQLITE_LOCKED: "The database is locked by another program. End what else has it open.",
    sqlite3.SQLITE_FULL: "The disk is full. Free some space on the disk of the data folder.",
    sqlite3.SQLITE_READONLY: "The database cannot be written. Make the data folder and its files writable again.",
    sqlite3.SQLITE_PERM: "The database may not be opened. Give its file to the user that runs this server.",
    sqlite3.SQLITE_IOERR: "The disk failed to read or write the database. Check the disk and its free space.",
    sqlite3.SQLITE_CANTOPEN: "The database cannot be opened. Check that the data folder is there and writable.",
    sqlite3.SQLITE_CORRUPT: "The database is damaged. Stop the server and restore a backup.",
    sqlite3.SQLITE_NOTADB: "The database file is not one of SQLite. Stop the server and restore a backup.",
}


def refusal(error: sqlite3.Error) -> StorageUnavailable | None:
    """Return what to tell the caller when `error` is the storage's refusal, None when it is a bug of ours."""
    # Extended codes carry the primary one in their low byte. An error that sqlite3 raised by itself has none.
    code = getattr(error, "sqlite_errorcode", None)
    sentence = None if code is None else _SENTENCES.get(code & 0xFF)
    return None if sentence is None else StorageUnavailable(sentence)
