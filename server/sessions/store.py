"""Sessions, runs, permissions and policies as they are: the log is the truth, memory and tables follow it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TypeVar

import msgspec

from server.clock import Clock, rfc3339
from server.errors import AppError
from server.eventlog.log import EventLog, IdempotencyKey, NewEvent, StoredEvent
from server.protocol.event import Event
from server.protocol.session_events import WorkspacePolicyData, WorkspaceSessionData
from server.protocol.sessions import PolicyView
from server.sessions import rows
from server.sessions.journal import Journal
from server.sessions.locks import Locks
from server.sessions.marks import Marks
from server.sessions.memory import Happening, Memory
from server.sessions.reads import Reads
from server.sessions.whole import whole
from server.storage.database import Database
from server.tasks import Tasks

E = TypeVar("E", bound=Event)

_PAGE = 500


class Appended(msgspec.Struct, frozen=True):
    """The events of an append, those on other channels included; those of the first one when this was `repeated`."""

    events: list[StoredEvent]
    repeated: bool

    def find(self, kind: type[E]) -> E | None:
        """The first event of this kind, None without one."""
        tag = kind.__struct_config__.tag
        return next((msgspec.json.decode(one.text, type=kind) for one in self.events if one.type == tag), None)

    def first(self, kind: type[E]) -> E:
        """The first event of this kind, of which there is one: `appended.first(SessionMessage).data.message`."""
        found = self.find(kind)
        if found is None:
            raise LookupError(kind.__name__)
        return found


class Store(Reads, Marks):
    """Whoever decides something by what is read, and appends it, does both
    while holding `changing`: two decisions at once would otherwise both rest on what was there before."""

    def __init__(self, log: EventLog, database: Database, clock: Clock, memory: Memory, journal: Journal) -> None:
        """Use `open` instead."""
        Reads.__init__(self, database, memory, journal)
        Marks.__init__(self, database, clock)
        self._log = log
        self._deciding = Locks()
        self._appending = Locks()
        self._tasks = Tasks("sessions.store")

    @classmethod
    async def open(cls, log: EventLog, database: Database, clock: Clock) -> Store:
        """Return the store of `database`, brought up to `log`.

        Raises:
            StorageUnavailable: log or tables cannot be read or written.
        """
        position = await log.position()
        at = max(await database.read(rows.projected), position.floor)
        while at < position.head:
            page = await log.read(at, limit=_PAGE, upto=position.head)
            at = page.next
            await database.write(partial(rows.project, events=page.events, complete_to=at))
        memory = Memory(await database.read(rows.load))
        return cls(log, database, clock, memory, Journal(database, position.head))

    async def close(self) -> None:
        """Write what has no rows yet. To be done before log and database are closed, and after whoever appends."""
        await self._tasks.close()
        await self._journal.try_flush()

    def changing(self, session: str) -> AbstractAsyncContextManager[None]:
        """Hold what is decided about `session`. Not reentrant."""
        return self._deciding.holding(session)

    async def append(
        self,
        session: str,
        events: Sequence[Happening],
        *,
        idem: IdempotencyKey | None = None,
        also: Sequence[NewEvent] = (),
    ) -> Appended:
        """Store `events` (type and data, at least one) of `session`, what they change of it in short, and `also`, all
        or nothing; what is read here shows them when this returns. With `idem` seen before, nothing is stored. A caller
        that is cancelled is so after that.

        Raises:
            SessionNotFound: there is no such session, and the events open none.
            SessionFull, TooManySessions, TooManyPermissions: there is no room. What ends a run or decides always has.
            IdReused, InvalidEvent, StorageUnavailable: as the log says.
        """
        return await whole(self._tasks, "append", self._append(session, events, idem, also))

    async def set_policy(self, workspace: str, policy: PolicyView, also: Sequence[NewEvent] = ()) -> None:
        """Make `policy` that of `workspace`, and store `also` with it.

        Raises:
            StorageUnavailable: nothing was stored.
        """
        await whole(self._tasks, "policy", self._set_policy(workspace, policy, also))

    async def _append(
        self, session: str, events: Sequence[Happening], idem: IdempotencyKey | None, also: Sequence[NewEvent]
    ) -> Appended:
        # Of one session one after another: each rests on what the one before left.
        async with self._appending.holding(session):
            standing, shows = self._memory.foresee(session, events, rfc3339(self._clock.now()))
            new = [NewEvent(name, f"session:{session}", data) for name, data in events]
            if shows is not None:
                short = WorkspaceSessionData(event=shows, session=standing.summary)
                new.append(NewEvent("workspace.session", f"workspace:{standing.summary.workspace}", short))
            append, stored = await self._store([*new, *also], idem)
            if stored[0].id != new[0].id:
                self._journal.nothing(append)
                return Appended(stored, repeated=True)
            size_b = sum(len(event.text) for event in stored[: len(events)])
            at = None if shows is None else stored[len(new) - 1].seq
            self._memory.apply(session, events, standing, at, size_b)
            dropped = self._memory.surplus()
            self._memory.drop(dropped)
            self._journal.take(append, stored, dropped=dropped)
        await self._journal.try_flush()
        return Appended(stored, repeated=False)

    async def _set_policy(self, workspace: str, policy: PolicyView, also: Sequence[NewEvent]) -> None:
        channel = f"workspace:{workspace}"
        async with self._appending.holding(channel):
            data = WorkspacePolicyData(workspace=workspace, policy=policy)
            name, stored = await self._store([NewEvent("workspace.policy", channel, data), *also], None)
            self._memory.policies[workspace] = policy
            self._journal.take(name, stored)
        await self._journal.try_flush()

    async def _store(self, events: list[NewEvent], idem: IdempotencyKey | None) -> tuple[int, list[StoredEvent]]:
        name = self._journal.begin()
        try:
            return name, await self._log.append(events, idem=idem)
        except AppError:
            self._journal.nothing(name)
            raise
        except BaseException:
            self._journal.lost(name)
            raise
