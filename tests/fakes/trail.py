"""An audit trail in a file, and what somebody does to it who can write that."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from server.clock import Clock
from server.eventlog.audit import audit_event
from server.eventlog.log import EventLog, NewEvent
from server.eventlog.sqlite import SqliteLog
from server.eventlog.verdict import verify
from server.protocol.events import AuditAction, AuditData, AuditOutcome
from server.storage.database import Database
from tests.fakes.notes import noted
from tests.fakes.rows import rows


def recorded(
    actor: str | None = "ann",
    action: AuditAction = "sign_in",
    outcome: AuditOutcome = "ok",
    target: str | None = None,
) -> NewEvent:
    return audit_event(AuditData(actor=actor, action=action, outcome=outcome, target=target))


async def write_trail(log: EventLog, entries: int) -> None:
    """Append `entries` of the audit trail, each with an event of another channel after it: they get the odd seqs."""
    head = (await log.position()).head
    for n in range(entries):
        await log.append([recorded(target=f"{head + 2 * n + 1}"), noted()])


@asynccontextmanager
async def opened_log(path: Path, clock: Clock | None = None) -> AsyncIterator[SqliteLog]:
    """The log of a server that runs on the database `path`."""
    database = await Database.open(path)
    log = await SqliteLog.open(database, clock=clock, ring=4)
    try:
        yield log
    finally:
        await log.close()
        await database.close()


def place(path: Path, seq: int) -> str:
    """The table that holds the entry `seq`."""
    return "events" if rows(path, f"SELECT seq FROM events WHERE seq = {seq}") else "audit_archive"


def text(path: Path, seq: int) -> bytes:
    ((found,),) = rows(path, f"SELECT text FROM {place(path, seq)} WHERE seq = {seq}")
    assert isinstance(found, bytes)
    return found


def rewrite(path: Path, seq: int, new: bytes) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE {place(path, seq)} SET text = ? WHERE seq = ?", (new, seq))


def found(path: Path, *, expect: tuple[int, str] | None = None) -> tuple[int, str] | None:
    """Where the verdict sees the first fault, and which."""
    broken = verify(path, expect=expect).broken
    return None if broken is None else (broken.seq, broken.why)


def chain_of(path: Path, seq: int) -> str:
    return text(path, seq)[-66:-2].decode()
