"""Classic mistakes of this field, planted one at a time: a machine that does not notice one proves nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from server.clock import rfc3339
from server.eventlog import rows
from server.eventlog.envelope import prepare, seal
from server.eventlog.log import EventLog, IdempotencyKey, LogPosition, NewEvent, Page, Sink, StoredEvent
from server.realtime.connection import Connection
from server.realtime.hub import Hub
from tests.property.delivery.client import CredulousClient, ModelClient
from tests.property.delivery.gates import GatedDatabase


class Fault:
    """No fault: the server as it is. Each subclass changes the one thing that its name says."""

    keeps_epoch = False
    hub: type[Hub] = Hub
    client: type[ModelClient] = ModelClient

    def log(self, real: EventLog, database: GatedDatabase) -> EventLog:
        return real

    def connection(self, connection: Connection) -> None:
        pass

    def before_start(self, database: Path) -> None:
        pass

    async def publish(self, log: EventLog, hub: Hub, events: list[NewEvent]) -> None:
        await log.append(events)


class LogProxy:
    """A log that passes everything on; a fault overrides one method."""

    def __init__(self, real: EventLog, database: GatedDatabase) -> None:
        self.real = real
        self.database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    async def read(
        self, after: int, *, limit: int, upto: int | None = None, channels: Collection[str] | None = None
    ) -> Page:
        return await self.real.read(after, limit=limit, upto=upto, channels=channels)


class AttachLate(Fault):
    """The connection joins its channels after the log was read instead of before."""

    class hub(Hub):  # noqa: N801
        def join(self, connection: Connection, channels: Collection[str]) -> None:
            self._late = (connection, channels)
            if connection.held is None:
                super().join(connection, channels)

        async def position(self) -> LogPosition:
            super().join(*self._late)
            return await super().position()


class NoBarrier(Fault):
    """A replay reads to the end of the log, whatever is held back meanwhile."""

    class Log(LogProxy):
        async def read(
            self, after: int, *, limit: int, upto: int | None = None, channels: Collection[str] | None = None
        ) -> Page:
            return await self.real.read(after, limit=limit, channels=channels)

    def log(self, real: EventLog, database: GatedDatabase) -> EventLog:
        return self.Log(real, database)


class BarrierFromCommitted(Fault):
    """The barrier is the head of the file, not what was handed to the hub."""

    class hub(Hub):  # noqa: N801
        database: GatedDatabase

        @property
        def published(self) -> int:
            return self.database.head

        @published.setter
        def published(self, seq: int) -> None:
            pass

    class Log(LogProxy):
        async def read(
            self, after: int, *, limit: int, upto: int | None = None, channels: Collection[str] | None = None
        ) -> Page:
            names = None if channels is None else sorted(channels)
            upto = (await self.real.position()).head if upto is None else upto
            if after >= upto:
                return Page([], after, False)
            return await self.database.read(partial(rows.page, after=after, upto=upto, limit=limit, channels=names))

    def log(self, real: EventLog, database: GatedDatabase) -> EventLog:
        self.hub.database = database
        return self.Log(real, database)


class PublisherFansOut(Fault):
    """Whoever appended hands the events to the hub when its append returns."""

    class Log(LogProxy):
        def attach(self, sink: Sink) -> None:
            pass

    def log(self, real: EventLog, database: GatedDatabase) -> EventLog:
        return self.Log(real, database)

    async def publish(self, log: EventLog, hub: Hub, events: list[NewEvent]) -> None:
        hub.publish(await log.append(events))


class DirectWritePastOutbox(Fault):
    """A frame goes to a transport that has room although older ones wait in the outbox."""

    class Impatient(Connection):
        __slots__ = ()

        def send(self, frame: bytes, messages: int = 1) -> None:
            if self.open and self.transport.get_write_buffer_size() < self.limits.mark_b:
                self.transport.write(frame)
            else:
                super().send(frame, messages)

    def connection(self, connection: Connection) -> None:
        connection.__class__ = self.Impatient


class NoFloorCheck(Fault):
    """A position below the floor is taken for one at the floor."""

    class Log(LogProxy):
        async def read(
            self, after: int, *, limit: int, upto: int | None = None, channels: Collection[str] | None = None
        ) -> Page:
            floor = (await self.real.position()).floor
            return await self.real.read(max(after, floor), limit=limit, upto=upto, channels=channels)

    def log(self, real: EventLog, database: GatedDatabase) -> EventLog:
        return self.Log(real, database)


class SeqReuse(Fault):
    """The head is the greatest seq in the table, as with a plain rowid, and so starts again when all was pruned."""

    def before_start(self, database: Path) -> None:
        if database.exists():
            with closing(sqlite3.connect(database, isolation_level=None)) as connection:
                connection.execute(
                    "UPDATE log SET head = coalesce((SELECT max(seq) FROM events), 0), floor = "
                    "min(floor, coalesce((SELECT max(seq) FROM events), 0))"
                )
                connection.execute("DELETE FROM channels")


class FanOutBeforeCommit(Fault):
    """Clients are shown what is about to be committed."""

    class Log(LogProxy):
        shown = 0

        def attach(self, sink: Sink) -> None:
            self.sink = sink

        async def append(self, events: Sequence[NewEvent], *, idem: IdempotencyKey | None = None) -> list[StoredEvent]:
            heads = dict(await self.real.heads())
            self.shown = max(self.shown, (await self.real.position()).head)
            shown = []
            for event in map(prepare, events):
                self.shown += 1
                shown.append(seal(event, self.shown, heads.get(event.channel, 0), rfc3339(0), rfc3339(0).encode()))
                heads[event.channel] = self.shown
            self.sink(shown)
            return await self.real.append(events)

    def log(self, real: EventLog, database: GatedDatabase) -> EventLog:
        return self.Log(real, database)


class RingOnly(Fault):
    """A replay gives what is in memory and says nothing of what is older."""

    class Log(LogProxy):
        async def read(
            self, after: int, *, limit: int, upto: int | None = None, channels: Collection[str] | None = None
        ) -> Page:
            head = (await self.real.position()).head
            return await self.real.read(max(after, head - 5), limit=limit, upto=upto, channels=channels)

    def log(self, real: EventLog, database: GatedDatabase) -> EventLog:
        return self.Log(real, database)


class DropOnSlow(Fault):
    """A full outbox loses its oldest frame instead of its client."""

    class Lossy(Connection):
        __slots__ = ()

        def _check_outbox(self) -> None:
            while self.outbox is not None and self._overflows(self.outbox):
                self.outbox.messages -= 1
                self.outbox.bytes -= len(self.outbox.frames.popleft())

    def connection(self, connection: Connection) -> None:
        connection.__class__ = self.Lossy


class HeartbeatJumpsQueue(Fault):
    """A heartbeat is written at once, before the events that wait."""

    class Eager(Connection):
        __slots__ = ()

        def send_ordered(self, frame: bytes, messages: int = 1) -> None:
            if b'"type":"heartbeat"' in frame:
                self.transport.write(frame)
            else:
                super().send_ordered(frame, messages)

    def connection(self, connection: Connection) -> None:
        connection.__class__ = self.Eager


class StaleSocketAccepted(Fault):
    """The client still listens to a socket that it has replaced."""

    client = CredulousClient


class NoEpoch(Fault):
    """A backup is put back as it is, with the epoch that it had."""

    keeps_epoch = True
