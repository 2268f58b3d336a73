"""What was told, found again after a restart: the last saved state and the events that the log got after it."""

from __future__ import annotations

import sqlite3

import msgspec

from server.containers.story import Told
from server.containers.translation import nanoseconds
from server.eventlog.log import EventLog, Gap
from server.protocol import events
from server.protocol.channels import SYSTEM
from server.storage.database import Database

_PAGE = 500
# The time of an event is kept to microseconds: the mark must not lie before the engine's own nanoseconds.
_ROUNDED_NS = 999

DOWN = ""
"""Stands for the version of an engine that is down."""


class Memory(msgspec.Struct, kw_only=True):
    """What was told of one engine.

    `identity` tells whether it is still the same one; `up_version` is its version if it was told to be up, DOWN if it
    was told to be down; `last_ns` is the engine's time of the newest event that was told; `asked_ends` is that of the
    registry.
    """

    identity: str | None = None
    up_version: str | None = None
    last_ns: int = 0
    told: dict[str, Told] = {}
    asked_ends: dict[str, int] = {}


_decoder = msgspec.json.Decoder(Memory)
_event_decoder = msgspec.json.Decoder(events.AnyEvent)


def encode(memory: Memory) -> str:
    return msgspec.json.encode(memory).decode()


async def save(database: Database, engine: str, state: str, *, seq: int) -> None:
    """Store an encoded memory, which holds what the events up to `seq` told.

    Raises:
        StorageUnavailable: it could not be stored.
    """

    def work(connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT INTO engines (name, seq, state) VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, state = excluded.state",
            (engine, seq, state),
        )

    await database.write(work)


async def load(database: Database, log: EventLog, engine: str) -> tuple[Memory | None, int]:
    """Return what was told of `engine` up to the log's head, and that head. None if nothing is known of it, or if it
    would take events that are gone from the log.

    Raises:
        StorageUnavailable: it cannot be read.
    """

    def work(connection: sqlite3.Connection) -> tuple[int, str] | None:
        found: tuple[int, str] | None = connection.execute(
            "SELECT seq, state FROM engines WHERE name = ?", (engine,)
        ).fetchone()
        return found

    head = (await log.position()).head
    row = await database.read(work)
    if row is None or row[0] > head:
        return None, head
    seq = row[0]
    try:
        memory = _decoder.decode(row[1])
        while seq < head:
            page = await log.read(seq, limit=_PAGE, upto=head, channels={SYSTEM})
            for stored in page.events:
                if stored.type.startswith(("container.", "engine.")):
                    follow(memory, _event_decoder.decode(stored.text), engine)
            seq = page.next
    except (Gap, msgspec.ValidationError):
        # Gone, or written by another version: better to begin anew than to tell what is not so.
        return None, head
    return memory, head


def follow(memory: Memory, event: events.AnyEvent, engine: str) -> None:
    """Bring `memory` to what it was after `event` was told."""
    data = event.data
    if isinstance(data, events.EngineUpData | events.EngineDownData):
        if data.engine == engine:
            memory.up_version = data.version if isinstance(data, events.EngineUpData) else DOWN
        return
    if not isinstance(data, events.ContainerEventData) or data.engine != engine:
        return
    at_ns = nanoseconds(data.at or event.timestamp) or 0
    if data.at is not None:
        at_ns += _ROUNDED_NS
        memory.last_ns = max(memory.last_ns, at_ns)
    if isinstance(event, events.ContainerRemoved):
        memory.told.pop(data.container.id, None)
        return
    told = memory.told.setdefault(data.container.id, Told(ref=data.container, phase="created", mark_ns=0))
    told.ref, told.mark_ns = data.container, max(told.mark_ns, at_ns)
    match event:
        case events.ContainerStarted() | events.ContainerRestarted():
            told.phase, told.health, told.oom_killed = "running", None, False
        case events.ContainerExited():
            told.phase, told.health = "ended", None
        case events.ContainerPaused():
            told.phase = "paused"
        case events.ContainerUnpaused():
            told.phase = "running"
        case events.ContainerOom():
            told.oom_killed = True
        case events.ContainerHealth(data=health):
            told.health = health.health
        case _:
            pass
