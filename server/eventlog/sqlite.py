"""The event log in SQLite: one writer, group commit, the newest events in memory."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from functools import partial
from pathlib import Path

from server.clock import Clock, SystemClock, rfc3339
from server.errors import StorageUnavailable
from server.eventlog import archive, rows, witness
from server.eventlog.group import Append, Group, new_append
from server.eventlog.log import IdempotencyKey, IdReused, LogPosition, NewEvent, Page, Sink, StoredEvent
from server.eventlog.outlet import Outlet
from server.eventlog.page import MAX_PAGE_B, last_seq
from server.eventlog.ring import Ring
from server.storage.database import Database
from server.tasks import Tasks

log = logging.getLogger(__name__)

MAX_WAITING = 1024
"""Appends that wait for their commit. One more waits for room, and nothing of it is in memory but what it was given."""

MAX_GROUP_EVENTS = 1024
MAX_GROUP_B = 4 * 1024 * 1024
"""A group ends before the append that would exceed one of these; one larger append is a group of its own."""

READ_ROWS = 500
"""Rows of one trip to the reader's thread: half a millisecond in which it holds the interpreter."""

_CLOSED = "The event log is closed: the server is shutting down."


_Ticket = tuple[Append, asyncio.Future[list[StoredEvent]]]
"""An append on its way through a commit, and what its caller waits for."""


class SqliteLog:
    """An `EventLog` in the database of `server.storage`."""

    def __init__(
        self,
        database: Database,
        position: LogPosition,
        heads: dict[str, int],
        chain: bytes,
        *,
        clock: Clock,
        ring: int,
        note: Path | None,
    ) -> None:
        """Use `open` instead."""
        self._database = database
        self._position = position
        self._heads = heads
        self._chain = chain
        self._clock = clock
        self._note = note
        self._ring = Ring(ring, position.head)
        self._outlet = Outlet()
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Ticket] = deque()
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._closed = False
        self._tasks = Tasks("eventlog")
        self._writer = self._tasks.spawn("writer", self._write())

    @classmethod
    async def open(
        cls, database: Database, *, clock: Clock | None = None, ring: int = 1000, note: Path | None = None
    ) -> SqliteLog:
        """Return the log of `database`, which its opener closes after the log.

        `ring`: the newest events kept in memory. `note`: the file that remembers how far the log had come; when it
        contradicts the database, the file was put back to an older state and the log begins a new epoch.
        """
        position, heads, chain = await database.read(rows.load)
        if note is not None and await asyncio.to_thread(witness.contradicts, note, position):
            log.warning("the database is older than it was: a new epoch begins", extra={"head": position.head})
            position = await database.write(rows.new_epoch)
        return cls(database, position, heads, chain, clock=clock or SystemClock(), ring=ring, note=note)

    async def append(self, events: Sequence[NewEvent], *, idem: IdempotencyKey | None = None) -> list[StoredEvent]:
        while len(self._waiting) >= MAX_WAITING:
            self._room.clear()
            await self._room.wait()
        append = new_append(events, idem)
        if self._closed:
            raise StorageUnavailable(_CLOSED)
        done: asyncio.Future[list[StoredEvent]] = self._loop.create_future()
        self._waiting.append((append, done))
        self._arrived.set()
        return await done

    async def read(
        self, after: int, *, limit: int, upto: int | None = None, channels: Collection[str] | None = None
    ) -> Page:
        upto = last_seq(self._position, after, upto)
        names = None if channels is None else sorted(set(channels))
        if after >= upto or names == []:
            return Page([], max(after, upto), False)
        events: list[StoredEvent] = []
        size_b = 0
        while True:
            want = min(READ_ROWS, limit - len(events))
            if after >= self._ring.before:
                page = self._ring.page(after, upto, limit=want, channels=names)
            else:
                work = partial(rows.page, after=after, upto=upto, limit=want, channels=names)
                page = await self._database.read(work)
            events += page.events
            size_b += sum([len(event.text) for event in page.events])
            if not page.has_more or len(events) == limit or size_b > MAX_PAGE_B // 2:
                return Page(events, page.next, page.has_more)
            after = page.next

    def attach(self, sink: Sink) -> None:
        self._outlet.attach(sink)

    async def position(self) -> LogPosition:
        return self._position

    async def heads(self) -> Mapping[str, int]:
        return dict(self._heads)

    async def prune(self, upto: int) -> None:
        old = self._position
        upto = min(upto, old.head)
        if upto <= old.floor:
            return
        # First here, so that a caller that is cancelled leaves no floor behind that is lower than the file's.
        self._move_floor(upto)
        try:
            await self._database.write(partial(rows.prune, upto=upto))
        except Exception:
            if self._position.floor == upto:
                self._move_floor(old.floor)
            raise

    async def tidy(self) -> None:
        """Forget the idempotency keys that expired, note how far the log has come, and try a storage that refused."""
        if self._note is not None:
            await asyncio.to_thread(witness.note, self._note, self._position)
        if (await self._database.health()).error is not None:
            await self._database.write(rows.rewrite_position)
        while await self._database.write(partial(rows.forget_answers, now_s=self._clock.now())):
            pass

    async def forget_audit(self, before: str) -> bool:
        return await self._database.write(partial(archive.forget, before=before))

    async def close(self) -> None:
        self._closed = True
        self._arrived.set()
        await asyncio.wait([self._writer])
        await self._tasks.close()
        if self._note is not None:
            await asyncio.to_thread(witness.note, self._note, self._position)

    def _move_floor(self, floor: int) -> None:
        self._position = LogPosition(self._position.epoch, floor, self._position.head)

    async def _write(self) -> None:
        """Commit what waits, group by group, until the log is closed and nothing waits any more."""
        group: list[_Ticket] = []
        try:
            while self._waiting or not self._closed:
                group = self._next_group()
                if group:
                    await self._commit(group)
                elif not self._closed:
                    self._arrived.clear()
                    await self._arrived.wait()
        finally:
            # Only when this task is cancelled is anything left: nobody may wait for ever.
            self._closed = True
            _refuse([*group, *self._waiting], StorageUnavailable(_CLOSED))
            self._waiting.clear()
            self._room.set()

    def _next_group(self) -> list[_Ticket]:
        """Take the oldest appends that fit one commit. Who was cancelled while waiting is passed over."""
        group: list[_Ticket] = []
        events = size_b = 0
        while self._waiting:
            append, done = self._waiting[0]
            events += len(append.events)
            size_b += append.size_b
            if group and (events > MAX_GROUP_EVENTS or size_b > MAX_GROUP_B):
                break
            self._waiting.popleft()
            if not done.cancelled():
                group.append((append, done))
        self._room.set()
        return group

    async def _commit(self, tickets: list[_Ticket]) -> None:
        now_s = self._clock.now()
        work = partial(
            rows.store,
            appends=[append for append, _ in tickets],
            position=self._position,
            heads=self._heads,
            chain=self._chain,
            now_s=now_s,
            timestamp=rfc3339(now_s),
        )
        try:
            group = await self._database.write(work)
        except StorageUnavailable as error:
            _refuse(tickets, error)
            return
        except Exception as error:
            log.exception("a group of events could not be stored")
            _refuse(tickets, error)
            return
        self._publish(group)
        for (_, done), outcome in zip(tickets, group.outcomes, strict=True):
            if done.done():
                continue
            if isinstance(outcome, IdReused):
                done.set_exception(outcome)
            else:
                done.set_result(outcome)

    def _publish(self, group: Group) -> None:
        """Move the head to what is on the disk now, and show it."""
        if not group.events:
            return
        self._position = LogPosition(self._position.epoch, self._position.floor, group.events[-1].seq)
        self._heads.update(group.heads)
        self._chain = group.chain
        self._ring.extend(group.events)
        self._outlet.show(group.events)


def _refuse(tickets: Collection[_Ticket], error: Exception) -> None:
    for _, done in tickets:
        if not done.done():
            # A copy each: one exception raised in many tasks would gather the tracebacks of all.
            done.set_exception(copy(error))
