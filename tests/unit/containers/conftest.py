"""The containers of a fake engine, watched by the parts that the service puts together, under a clock that stands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from server.access import LOCAL, Principal
from server.containers.actions import Actions
from server.containers.chronicle import Chronicle
from server.containers.labels import KnownLabels
from server.containers.operations import Operations
from server.containers.registry import Registry
from server.containers.visibility import Visibility
from server.containers.watcher import SETTLE_S, Watcher
from server.eventlog.audit import Audit
from server.eventlog.log import EventLog, StoredEvent
from server.ids import new_id
from server.protocol.client import ActionOptions
from server.protocol.views import Action, ContainerView, OperationView
from server.storage.database import Database
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.engine import FakeEngine
from tests.fakes.log import HandledLog


class Told:
    """What the log told, as the messages themselves. `batches`: the types of those that were stored together."""

    def __init__(self, log: EventLog) -> None:
        self.events: list[dict[str, Any]] = []
        self.stored: list[StoredEvent] = []
        self.batches: list[list[str]] = []
        self._arrived = asyncio.Event()
        log.attach(self._take)

    def _take(self, batch: Sequence[StoredEvent]) -> None:
        self.stored += batch
        self.batches.append([event.type for event in batch])
        self.events += [json.loads(event.text) for event in batch]
        self._arrived.set()

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def of(self, type: str) -> list[dict[str, Any]]:
        """The data of every event of this type."""
        return [event["data"] for event in self.events if event["type"] == type]

    async def until(self, type: str, count: int = 1) -> dict[str, Any]:
        """Return the data of the `count`-th event of this type as soon as it is told."""
        while len(self.of(type)) < count:
            self._arrived.clear()
            await self._arrived.wait()
        return self.of(type)[count - 1]


class Watched:
    """Everything between a fake engine and a log, from one start of Pilothouse to its end."""

    def __init__(
        self, engine: FakeEngine, log: EventLog, database: Database, clock: FakeClock, *, read_only: bool = False
    ) -> None:
        self.engine = engine
        self.registry = Registry(engine="local", clock=clock, published=lambda: 0)
        self.labels = KnownLabels(database, clock)
        self.visibility = Visibility(self.labels, self.registry)
        self.audit = Audit(log, clock=clock)
        self.actions = Actions(
            engine=engine,
            registry=self.registry,
            operations=Operations(log=log, database=database),
            labels=self.labels,
            visibility=self.visibility,
            audit=self.audit,
            clock=clock,
            read_only=read_only,
        )
        self.chronicle = Chronicle(
            engine="local", log=log, database=database, registry=self.registry, labels=self.labels, clock=clock
        )
        self.watcher = Watcher(
            engine=engine,
            registry=self.registry,
            chronicle=self.chronicle,
            clock=clock,
            cause=self.actions.cause,
            seen=self.actions.seen,
        )
        self._clock = clock
        self._database = database

    async def start(self) -> None:
        await self.labels.load()
        await self.chronicle.start()
        await self.actions.start()
        self.watcher.start()
        await self.settle()

    async def close(self) -> None:
        await self.actions.close()
        await self.watcher.close()
        await self.chronicle.close()
        await self.audit.close()

    async def settle(self) -> None:
        """Let the engine's list be read and compared."""
        await self._clock.advance(SETTLE_S)
        await self.turns()

    async def turns(self, count: int = 5) -> None:
        """Let everything that needs no time run, the database's own thread included."""
        for _ in range(count):
            await self._clock.advance(0)
            # Past the hand on it: what this waits for are the writes that are under way.
            await Database.write(self._database, lambda _: None)

    def view(self, name: str) -> ContainerView:
        """The container of this name as the list shows it."""
        return next(view for view in self.registry.data().containers if view.name == name)

    @property
    def names(self) -> list[str]:
        return [view.name for view in self.registry.data().containers]

    async def ask(
        self,
        container: str,
        action: Action,
        options: ActionOptions | None = None,
        *,
        by: Principal = LOCAL,
        command: str | None = None,
    ) -> OperationView:
        """Ask for an action."""
        return await self.actions.perform(
            container, action, options or ActionOptions(), by=by, command_id=command or new_id()
        )

    async def acting(self) -> None:
        """Return when the engine was asked to act."""
        while "act" not in self.engine.calls:
            await asyncio.sleep(0)

    async def outcome(self, operation: OperationView) -> OperationView:
        """Return the operation when it has ended."""
        return await self.actions.wait(operation.id, 30, by=LOCAL)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def engine(clock: FakeClock) -> FakeEngine:
    return FakeEngine(clock)


@pytest.fixture
def log(clock: FakeClock) -> HandledLog:
    return HandledLog(clock=clock)


@pytest.fixture
def told(log: HandledLog) -> Told:
    return Told(log)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[HandledDatabase]:
    database = await HandledDatabase.open(tmp_path / "pilothouse.db")
    assert isinstance(database, HandledDatabase)
    yield database
    await database.close()


class Watch(Protocol):
    """Starts Pilothouse's watching, as often as a test restarts it."""

    async def __call__(self, *, read_only: bool = False) -> Watched: ...


@pytest.fixture
async def watch(
    engine: FakeEngine, log: HandledLog, database: HandledDatabase, clock: FakeClock
) -> AsyncIterator[Watch]:
    started: list[Watched] = []

    async def start(*, read_only: bool = False) -> Watched:
        watched = Watched(engine, log, database, clock, read_only=read_only)
        started.append(watched)
        await watched.start()
        return watched

    yield start
    for watched in started:
        await watched.close()
