"""What the doors ask of the containers, and the parts behind it put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from server.access import Permission, Principal, require
from server.clock import Clock, SystemClock
from server.containers.actions import Actions
from server.containers.broadcaster import Broadcaster
from server.containers.chronicle import Chronicle
from server.containers.engine import Engine
from server.containers.labels import KnownLabels
from server.containers.narrowing import Narrowing
from server.containers.operations import Operations
from server.containers.own import own_container_id
from server.containers.registry import Registry
from server.containers.views import container_detail
from server.containers.visibility import Visibility
from server.containers.watcher import Watcher
from server.errors import InvalidRequest, TooBusy
from server.eventlog.audit import Audit
from server.eventlog.log import EventLog, StoredEvent
from server.protocol.channels import CONTAINERS
from server.protocol.views import ContainerDetail, EngineView, LogLine
from server.storage.database import Database

ENGINE = "local"

MOST_LOG_STREAMS = 200
"""Log streams at the same time; each holds a connection to the engine."""

MOST_TAIL = 10_000


class ContainerService:
    """The containers of one engine: watched, listed and acted on from `start` to `close`. It closes `engine` too.

    `publish` gets whole encoded `containers` messages; `published` tells the newest seq handed to any client.
    `read_only`: no action is accepted; `engine` is to be one that sends none either.

    Whatever is asked for says `by` whom. For a principal with labels only the containers that carry them are there:
    another one is ContainerNotFound, in the same words as one that is not there at all.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        log: EventLog,
        database: Database,
        audit: Audit,
        publish: Callable[[bytes], None],
        published: Callable[[], int],
        interval_s: float,
        clock: Clock | None = None,
        read_only: bool = False,
    ) -> None:
        clock = clock or SystemClock()
        self._engine = engine
        self._registry = Registry(engine=ENGINE, clock=clock, published=published)
        self._labels = KnownLabels(database, clock)
        self._visibility = Visibility(self._labels, self._registry)
        self._narrowing = Narrowing(self._visibility)
        self._broadcaster = Broadcaster(registry=self._registry, publish=publish, interval_s=interval_s, clock=clock)
        self._registry.on_change(self._broadcaster.notify)
        self.actions = Actions(
            engine=engine,
            registry=self._registry,
            operations=Operations(log=log, database=database),
            labels=self._labels,
            visibility=self._visibility,
            audit=audit,
            clock=clock,
            read_only=read_only,
            refresh=self._refresh,
        )
        self._chronicle = Chronicle(
            engine=ENGINE, log=log, database=database, registry=self._registry, labels=self._labels, clock=clock
        )
        self._watcher = Watcher(
            engine=engine,
            registry=self._registry,
            chronicle=self._chronicle,
            clock=clock,
            cause=self.actions.cause,
            seen=self.actions.seen,
        )
        self._log_streams = 0

    @property
    def engine(self) -> EngineView:
        """The engine's state and since when it is in it."""
        return self._registry.engine_view

    @property
    def broadcast_age_s(self) -> float | None:
        """Seconds since the list was last sent, None before the first time."""
        return self._broadcaster.age_s

    @property
    def events_waiting(self) -> int:
        """Events of the engine that wait for the storage."""
        return self._chronicle.waiting

    async def start(self) -> None:
        """Take up what was told and what was left open, and begin to follow the engine, whether it answers or not.

        Raises:
            StorageUnavailable: log or database cannot be read.
        """
        self._registry.set_own_id(await asyncio.to_thread(own_container_id))
        await self._labels.load()
        await self._chronicle.start()
        await self.actions.start()
        self._watcher.start()
        self._broadcaster.start()

    async def close(self) -> None:
        """End everything, then let go of the engine. To be done before log and database are closed."""
        await self._broadcaster.close()
        await self.actions.close()
        await self._watcher.close()
        await self._chronicle.close()
        await self._engine.close()

    def _refresh(self, id: str) -> None:
        self._watcher.refresh(id)

    def list_bytes(self, *, by: Principal) -> bytes:
        """Return the list, a `ContainersData` as JSON: the same object until it changes, at most a second old.

        Raises:
            Forbidden: `by` may not look.
        """
        require(by, Permission.VIEW)
        return self._narrowing.data(by, self._registry.data_bytes())

    def message(self) -> bytes:
        """Return the whole list as a `containers` message."""
        return self._broadcaster.message()

    def narrow(self, by: Principal, channel: str, message: bytes) -> bytes:
        """Return what `by` may see of a state `message` of `channel`, whole and encoded as well."""
        return self._narrowing.message(by, message) if channel == CONTAINERS else message

    def event_filter(self, by: Principal) -> Callable[[StoredEvent], bool] | None:
        """Return what says whether `by` may see an event now, live or replayed; None if `by` may see all of them. Only
        those of containers and of operations on them are ever hidden."""
        return self._visibility.event_filter(by)

    async def detail(self, container: str, *, by: Principal) -> ContainerDetail:
        """Return everything that is shown of one container, asked of the engine now.

        Raises:
            Forbidden: `by` may not look.
            InvalidContainer, ContainerNotFound, AmbiguousContainer: there is no such one container.
            EngineError: the engine does not tell.
        """
        require(by, Permission.VIEW)
        inspection = await self._engine.inspect(self._registry.find(container, by.labels).id)
        return container_detail(self._registry.view(inspection.facts), inspection)

    async def environment(self, container: str, *, by: Principal) -> tuple[str, ...]:
        """Return the names of a container's environment variables, never their values.

        Raises:
            Forbidden, InvalidContainer, ContainerNotFound, AmbiguousContainer, EngineError: as `detail`.
        """
        require(by, Permission.VIEW)
        return (await self._engine.inspect(self._registry.find(container, by.labels).id)).environment

    @asynccontextmanager
    async def logs(
        self, container: str, *, tail: int | None, since_ns: int | None, follow: bool, by: Principal
    ) -> AsyncIterator[AsyncIterator[list[LogLine]]]:
        """Lines of output, oldest first, in small lists; with `follow` until the container or the engine ends. The
        engine's stream is closed when the context is left.

        Raises:
            Forbidden: `by` may not look.
            InvalidContainer, ContainerNotFound, AmbiguousContainer: there is no such one container.
            InvalidRequest, TooBusy, EngineError: it cannot be read so, or not now.
        """
        require(by, Permission.VIEW)
        if tail is not None and not 0 <= tail <= MOST_TAIL:
            raise InvalidRequest(f"tail is a number from 0 to {MOST_TAIL}.")
        if self._log_streams >= MOST_LOG_STREAMS:
            raise TooBusy(f"{MOST_LOG_STREAMS} log streams are open. Close one of them.")
        found = self._registry.find(container, by.labels)
        self._log_streams += 1
        try:
            async with self._engine.logs(found.id, tail=tail, since_ns=since_ns, follow=follow) as lines:
                yield lines
        finally:
            self._log_streams -= 1
