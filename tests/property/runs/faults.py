"""Classic mistakes of this field, planted one at a time: a machine that does not notice one proves nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import msgspec

from server.errors import StorageUnavailable
from server.eventlog.log import EventLog, IdempotencyKey, NewEvent, StoredEvent
from server.ids import new_id
from server.protocol.sessions import MessageView, RunView
from server.sessions.broker import Broker
from server.sessions.conductor import Conductor
from server.sessions.store import Appended, Store
from tests.property.runs.world import World


class RequestsOutliveTheirRuns(World):
    """Nothing takes back what a run asked for when it ends."""

    class broker_class(Broker):  # noqa: N801
        async def cancel_run(self, run_id: str, reason: str) -> None:
            pass


class MessagesAreForgotten(World):
    """What people write while a run is under way is answered by none."""

    class store_class(Store):  # noqa: N801
        async def unanswered(self, session: str) -> list[MessageView]:
            return []


class MessagesAreAnsweredAgain(World):
    """Each run leaves all that people ever said to the next."""

    class store_class(Store):  # noqa: N801
        async def unanswered(self, session: str) -> list[MessageView]:
            people = [message for message in await self.said(session, limit=500) if message.speaker == "person"]
            return people if await super().unanswered(session) else []


class RunsAreForgotten(World):
    """Nobody looks for the runs of an earlier life of the server."""

    class conductor_class(Conductor):  # noqa: N801
        async def start(self) -> None:
            pass


class RunsBeginAnew(World):
    """A start takes every run for one that has not begun."""

    class store_class(Store):  # noqa: N801
        def unfinished(self) -> list[RunView]:
            return [msgspec.structs.replace(run, state="queued") for run in super().unfinished()]


class NothingIsLocked(World):
    """What is decided about a session is decided by several at once."""

    class store_class(Store):  # noqa: N801
        def changing(self, session: str) -> AbstractAsyncContextManager[None]:
            return _open_door()


@asynccontextmanager
async def _open_door() -> AsyncIterator[None]:
    yield


class AnEndIsRefusedAndStored(World):
    """The storage says that it has no room for the end of a run, and stores it, every time."""

    def wrap(self, log: EventLog) -> EventLog:
        return _Liar(log)


class _Liar:
    def __init__(self, real: EventLog) -> None:
        self._real = real
        self._lied: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def append(self, events: Sequence[NewEvent], *, idem: IdempotencyKey | None = None) -> list[StoredEvent]:
        if idem is None or idem.scope != ":run-end":
            return await self._real.append(events, idem=idem)
        stored = await self._real.append(events)
        if idem.key not in self._lied:
            self._lied.add(idem.key)
            raise StorageUnavailable("The disk is full.")
        return stored


class AStopOnlyAsks(World):
    """A stop does not wait until its run has ended."""

    class conductor_class(Conductor):  # noqa: N801
        async def stop(self, run_id: str, by_id: str) -> RunView:
            view = await self._store.run(run_id)
            run = self._runs.get(view.session)
            if run is not None:
                run.stop(by_id)
            return view


class AnswersAreWrittenLater(World):
    """A message is called said before it is stored."""

    class store_class(Store):  # noqa: N801
        async def append(self, session: str, events: Sequence[tuple[str, msgspec.Struct]], **more: Any) -> Appended:
            if [name for name, _ in events] == ["session.message"] and events[0][1].message.run:  # type: ignore[attr-defined]
                self._tasks.spawn(new_id(), self._append_later(session, events))
                return Appended([], repeated=False)
            return await super().append(session, events, **more)

        async def _append_later(self, session: str, events: Sequence[tuple[str, msgspec.Struct]]) -> None:
            await self._clock.sleep(1)
            await super().append(session, events)


FAULTS: list[type[World]] = [
    RequestsOutliveTheirRuns,
    MessagesAreForgotten,
    MessagesAreAnsweredAgain,
    RunsAreForgotten,
    RunsBeginAnew,
    NothingIsLocked,
    AnEndIsRefusedAndStored,
    AStopOnlyAsks,
    AnswersAreWrittenLater,
]
