"""The containers of a fake engine, watched by the parts that the service puts together, under a clock that stands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from server.access import LOCAL, Principal
from server.containers.actions import Actions
from server.containers.chronicle import Chronicle
from server.containers.operations import Operations
from server.containers.registry import Registry
from server.containers.watcher import SETTLE_S, Watcher
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
    """What the log told, as the messages themselves."""

    def __init__(self, log: EventLog) -> None:
        self.events: list[dict[str, Any]] = []
        self._arrived = asyncio.Event()
        log.attach(self._take)

    def _take(self, batch: Sequence[StoredEvent]) -> None:
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

    def __init__(self, engine: FakeEngine, log: EventLog, database: Database, clock: FakeClock) -> None:
        self.engine = engine
        self.registry = Registry(engine="local", clock=clock, published=lambda: 0)
        operations = Operations(log=log, database=database)
        self.actions = Actions(engine=engine, registry=self.registry, operations=operations, clock=clock)
        self.chronicle = Chronicle(engine="local", log=log, database=database, registry=self.registry, clock=clock)
        self.watcher = Watcher(
            engine=engine,
            registry=self.registry,
            chronicle=self.chronicle,
            clock=clock,
            cause=self.actions.cause,
            seen=self.actions.seen,
        )
        self._clock = clock

    async def start(self) -> None:
        await self.chronicle.start()
        await self.actions.start()
        self.watcher.start()
        await self.settle()

    async def close(self) -> None:
        await self.actions.close()
        await self.watcher.close()
        await self.chronicle.close()

    async def settle(self) -> None:
        """Let the engine's list be read and compared."""
        await self._clock.advance(SETTLE_S)
        await self.turns()

    async def turns(self, count: int = 5) -> None:
        """Let everything that needs no time run."""
        for _ in range(count):
            await self._clock.advance(0)

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
        return await self.actions.wait(operation.id, 30)


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


Watch = Callable[[], Awaitable[Watched]]


@pytest.fixture
async def watch(
    engine: FakeEngine, log: HandledLog, database: HandledDatabase, clock: FakeClock
) -> AsyncIterator[Watch]:
    """Start Pilothouse's watching, as often as a test restarts it."""
    started: list[Watched] = []

    async def start() -> Watched:
        watched = Watched(engine, log, database, clock)
        started.append(watched)
        await watched.start()
        return watched

    yield start
    for watched in started:
        await watched.close()
