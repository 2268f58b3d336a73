"""All that answers in sessions, on real storage, with a clock, people and a runner of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from server.access import MemberRole, Principal, Role
from server.clock import rfc3339
from server.errors import StorageUnavailable
from server.eventlog.audit import Audit
from server.eventlog.log import EventLog, StoredEvent
from server.ids import new_id
from server.protocol.session_events import (
    SessionChangedData,
    SessionMessageData,
    SessionOpenedData,
    SessionStatusData,
)
from server.protocol.sessions import MessageView, RunView, SessionSummary
from server.sessions.broker import Broker
from server.sessions.conductor import Conductor
from server.sessions.limits import RunLimits
from server.sessions.store import Store
from server.storage.database import Database, T, Work
from server.tasks import Tasks
from tests.fakes.clock import FakeClock
from tests.fakes.log import HandledLog
from tests.fakes.runner import FakeRunner
from tests.fakes.toolbox import FakeTools

WORKSPACE = "home"
# Loop turns without a thread at work after which nothing moves any more.
QUIET_TURNS = 30


def person(name: str, role: Role = Role.OPERATOR) -> Principal:
    return Principal(id=name, role=role, user=name, workspaces=((WORKSPACE, MemberRole.MEMBER),))


class WatchedDatabase(Database):
    """`busy`: reads and writes that are under way. `dead`: nothing reaches the file any more. `refusals`: that many of
    the next writes are refused."""

    busy = 0
    dead = False
    refusals = 0

    async def write(self, work: Work[T]) -> T:
        if self.refusals:
            self.refusals -= 1
            raise StorageUnavailable("The disk is full.")
        return await self._watched(super().write, work)

    async def read(self, work: Work[T]) -> T:
        return await self._watched(super().read, work)

    async def _watched(self, way: Callable[[Work[T]], Any], work: Work[T]) -> T:
        if self.dead:
            raise asyncio.CancelledError
        self.busy += 1
        try:
            result: T = await way(work)
            return result
        finally:
            self.busy -= 1


async def opened(path: Path) -> WatchedDatabase:
    database = await WatchedDatabase.open(path)
    assert isinstance(database, WatchedDatabase)
    return database


class SessionsHouse:
    """One server's sessions. `events`: all that were published, in order. `states`: the states of channels, in order,
    None for their end. `settle` first, then look. Subclasses may have other parts."""

    store_class = Store
    broker_class = Broker
    conductor_class = Conductor

    def __init__(self, *, runner: FakeRunner | None = None, limits: RunLimits | None = None) -> None:
        self.clock = FakeClock()
        self.limits = limits or RunLimits()
        self.runner = runner or FakeRunner()
        self.toolbox = FakeTools()
        self.people = {name: person(name) for name in ("ann", "bob")}
        self.events: list[dict[str, Any]] = []
        self.states: list[tuple[str, dict[str, Any] | None]] = []
        self.state_times_s: list[float] = []
        self.seq = 0

    async def open(self, log: EventLog, path: Path) -> None:
        """Start on what `log` and the database at `path` hold."""
        self.log = log
        log.attach(self._publish)
        self.database = await opened(path)
        await self.start()

    async def start(self) -> None:
        self.tasks = Tasks("house")
        self.store = await self.store_class.open(self.log, self.database, self.clock)
        self.audit = Audit(self.log, clock=self.clock)
        self.broker = self.broker_class(self.store, self.people.get, self.audit, self.clock, 1800.0, self.tasks)
        self.conductor = self.conductor_class(
            self.store,
            self.broker,
            {"builtin": self.runner},
            self.toolbox,
            self.people.get,
            self._publish_state,
            lambda channel: self.states.append((channel, None)),
            lambda: self.seq,
            self.clock,
            self.limits,
        )
        await self.broker.start()
        await self.conductor.start()
        await self.settle()

    async def close(self) -> None:
        """End in order, as the server does."""
        closing = asyncio.gather(self.conductor.close())
        for _ in range(10):
            await self.settle()
            if closing.done():
                break
            await self.clock.advance(1.0)
        await closing
        await self.broker.close()
        await self.tasks.close()
        await self.audit.close()
        await self.store.close()

    async def kill(self) -> None:
        """End as `kill -9` does: what is in no file is gone, and nothing reaches one any more."""
        self.database.dead = True
        if isinstance(self.log, HandledLog):
            self.log.full = True
        own = asyncio.current_task()
        while doomed := [task for task in asyncio.all_tasks() if task is not own]:
            for task in doomed:
                task.cancel()
            await asyncio.sleep(0)
        self.database.dead = False
        if isinstance(self.log, HandledLog):
            self.log.full = False

    async def restart(self) -> None:
        """Be killed, and start anew on the same files."""
        await self.kill()
        await self.start()

    async def settle(self) -> None:
        """Go on until nothing moves without the clock or somebody outside."""
        quiet = 0
        while quiet < QUIET_TURNS:
            await asyncio.sleep(0)
            quiet = 0 if self.database.busy else quiet + 1

    async def advance(self, seconds: float) -> None:
        await self.settle()
        await self.clock.advance(seconds)
        await self.settle()

    # What people do. The service does the same, and asks first whether they may.

    async def open_session(self) -> str:
        now = rfc3339(self.clock.now())
        summary = SessionSummary(
            id=new_id(self.clock.now()),
            workspace=WORKSPACE,
            title="Test",
            runner="builtin",
            state="open",
            created_by="ann",
            created_at=now,
            updated_at=now,
        )
        await self.store.append(summary.id, [("session.opened", SessionOpenedData(session=summary))])
        return summary.id

    async def post(self, session: str, text: str, by: str = "ann") -> RunView | None:
        """Say `text`; return the run that answers it, None while another is under way or a person answers."""
        message = MessageView(
            id=new_id(self.clock.now()), speaker="person", by=by, text=text, at=rfc3339(self.clock.now())
        )
        async with self.store.changing(session):
            events: list[tuple[str, msgspec.Struct]] = [
                ("session.message", SessionMessageData(session=session, message=message))
            ]
            summary = self.store.get(session)
            run = None
            if not self.conductor.is_active(session) and summary.taken_by is None:
                run = self.conductor.new_run(summary, message)
                events.append(("session.status", SessionStatusData(session=session, run=run)))
            await self.store.append(session, events)
            if run is not None:
                self.conductor.launch(run)
        await self.settle()
        return run

    async def change(self, session: str, change: Any, by: str = "bob") -> None:
        async with self.store.changing(session):
            data = SessionChangedData(session=session, change=change, by=by)
            await self.store.append(session, [("session.changed", data)])

    async def say(self, text: str = "hello") -> RunView:
        """Open a session and say something in it; return the run as it is then."""
        run = await self.post(await self.open_session(), text)
        assert run is not None
        return await self.store.run(run.id)

    async def decide(self, decision: Any = "allow", by: str = "bob") -> None:
        """Decide the request that has waited longest."""
        await self.broker.decide(self.store.pending()[0].id, decision, None, self.people[by])
        await self.settle()

    # What can be seen.

    def of(self, run: str, type: str) -> list[dict[str, Any]]:
        """The data of the events of `type` that belong to `run`, of those that were published."""
        return [event["data"] for event in self.events if event["type"] == type and _run_of(event["data"]) == run]

    def statuses(self, run: str) -> list[str]:
        return [data["run"]["state"] for data in self.of(run, "session.status")]

    def texts(self, run: str) -> list[str]:
        return [data["message"]["text"] for data in self.of(run, "session.message")]

    def deltas(self, session: str) -> list[dict[str, Any] | None]:
        """The states of the session: the data of deltas, None for an end."""
        return [state for channel, state in self.states if channel == f"session:{session}"]

    def _publish(self, batch: Sequence[StoredEvent]) -> None:
        self.events += [msgspec.json.decode(event.text) for event in batch]
        self.seq = batch[-1].seq

    def _publish_state(self, channel: str, message: bytes) -> None:
        self.states.append((channel, msgspec.json.decode(message)["data"]))
        self.state_times_s.append(self.clock.monotonic())


@asynccontextmanager
async def sessions_house(
    folder: Path, *, runner: FakeRunner | None = None, limits: RunLimits | None = None
) -> AsyncIterator[SessionsHouse]:
    """A house with its events in memory and its tables in `folder`."""
    house = SessionsHouse(runner=runner, limits=limits)
    try:
        await house.open(HandledLog(clock=house.clock), folder / "pilothouse.db")
        yield house
    finally:
        try:
            await house.kill()
        finally:
            # A connection left open would keep its thread, and the process with it, alive.
            await house.database.close()


def _run_of(data: Mapping[str, Any]) -> str | None:
    for name in ("run", "message", "permission"):
        part = data.get(name)
        if isinstance(part, str):
            return part
        if isinstance(part, dict):
            found: str | None = part["id"] if name == "run" else part.get("run")
            return found
    return None
