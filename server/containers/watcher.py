"""Follows one engine: opens its event stream, lists its containers, and starts over whenever either breaks."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import AsyncIterator, Callable
from functools import partial

from server.clock import Clock
from server.containers.chronicle import Chronicle
from server.containers.engine import (
    ContainerFacts,
    Engine,
    EngineError,
    EngineEvent,
    EngineIdentity,
    EngineTimeout,
    EngineUnreachable,
)
from server.containers.refresher import Refresher
from server.containers.registry import Registry
from server.containers.story import Cause
from server.tasks import Tasks

log = logging.getLogger(__name__)

PING_EVERY_S = 2.0
"""A silent stream looks like a quiet one; this is what tells them apart."""

RECHECK_EVERY_S = 60.0
"""The engine drops events of a listener that was too slow for it, without a word; comparing lists finds that out."""

SETTLE_S = 0.1
"""How long the events that an engine remembers may take to arrive when the stream was opened."""

_RECHECK_BEATS = round(RECHECK_EVERY_S / PING_EVERY_S)

# A daemon that is back shall be seen within a second or two; one that dies after each start shall not fill the log.
_FIRST_RETRY_S, _LAST_RETRY_S = 0.25, 1.5
_UNSTEADY_RETRY_S = 15.0
_STEADY_S = 5.0


class StreamEnded(EngineUnreachable):
    """The engine closed its event stream, as it does when it stops."""


class Watcher:
    """Keeps `registry` true to one engine and gives `chronicle` every change, until it is closed.

    `cause` names the operation of ours behind an event; `seen` is called with each event once the log has it.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        registry: Registry,
        chronicle: Chronicle,
        clock: Clock,
        cause: Callable[[EngineEvent], Cause | None] = lambda _: None,
        seen: Callable[[EngineEvent], None] = lambda _: None,
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._chronicle = chronicle
        self._clock = clock
        self._cause = cause
        self._seen = seen
        self._refresher = Refresher(engine, registry)
        self._identity: str | None = None
        self._up_since_s: float | None = None
        self._compare_now = asyncio.Event()
        self._compare_all = False
        self._tasks = Tasks("containers.watcher")
        chronicle.on_lost(self._compare_everything)

    @property
    def live(self) -> bool:
        """Whether events of the engine are being received."""
        return self._up_since_s is not None

    def start(self) -> None:
        self._tasks.spawn("watch", self._watch())

    async def close(self) -> None:
        await self._tasks.close()
        await self._refresher.close()

    def refresh(self, id: str) -> None:
        """Have a container inspected soon."""
        self._refresher.want(id)

    def _compare_everything(self) -> None:
        """Compare everything with what was told, soon: some of it was lost."""
        view = self._registry.engine_view
        if view.state == "down":
            self._chronicle.engine_down(view.message or "")
        self._compare_all = True
        self._compare_now.set()

    async def _watch(self) -> None:
        failures = 0
        while True:
            error = await self._attempt()
            up_since_s, self._up_since_s = self._up_since_s, None
            if up_since_s is not None and self._clock.monotonic() - up_since_s >= _STEADY_S:
                failures = 0
            failures += 1
            if up_since_s is not None and failures == 1 and not isinstance(error, EngineTimeout):
                # Perhaps a proxy cut an idle stream: look once more before saying that the engine is down.
                continue
            self._down(error)
            most_s = _LAST_RETRY_S if up_since_s is None else _UNSTEADY_RETRY_S
            wait_s = min(most_s, _FIRST_RETRY_S * 2 ** min(failures, 10))
            await self._clock.sleep(random.uniform(wait_s / 2, wait_s))

    async def _attempt(self) -> EngineError:
        """Follow the engine until something breaks, and return what it was."""
        try:
            await self._follow()
        except EngineError as error:
            return error
        except Exception as error:
            engine_error = _engine_error(error)
            if engine_error is not None:
                return engine_error
            # A list that stands still without a word is the worst that can happen here: start over whatever it was.
            log.exception("the engine cannot be followed")
            return EngineError("Pilothouse made a mistake while it followed the engine; its log has the details.")
        return EngineError("The engine closed its event stream.")

    async def _follow(self) -> None:
        identity = await self._engine.identify()
        async with self._engine.events(self._chronicle.last_ns) as events, asyncio.TaskGroup() as group:
            group.create_task(self._read(events))
            group.create_task(self._beat())
            group.create_task(self._keep_true(identity))

    async def _read(self, events: AsyncIterator[EngineEvent]) -> None:
        async for event in events:
            if self._registry.apply(event):
                self._refresher.want(event.id)
            self._chronicle.observe(event, self._cause(event), partial(self._seen, event))
        raise StreamEnded("The engine closed its event stream: it is stopping.")

    async def _beat(self) -> None:
        for beat in itertools.count(1):
            await self._clock.sleep(PING_EVERY_S)
            await self._engine.ping()
            if beat % _RECHECK_BEATS == 0:
                self._compare_now.set()

    async def _keep_true(self, identity: EngineIdentity) -> None:
        if self._identity not in (None, identity.id):
            self._registry.clear()
        self._identity = identity.id
        known, listed = await self._list()
        self._up_since_s = self._clock.monotonic()
        self._registry.set_engine("up", version=identity.version)
        self._chronicle.engine_up(identity)
        await self._compare(known, listed, everything=True)
        while True:
            await self._compare_now.wait()
            self._compare_now.clear()
            everything, self._compare_all = self._compare_all, False
            await self._compare(*await self._list(), everything=everything)

    async def _list(self) -> tuple[set[str], list[ContainerFacts]]:
        """Return the containers that were known before the engine was asked, and those that it lists."""
        known = self._registry.ids() | self._chronicle.ids()
        return known, await self._engine.containers()

    async def _compare(self, known: set[str], listed: list[ContainerFacts], *, everything: bool) -> None:
        doubtful = {facts.id for facts in listed if everything or self._differs(facts)} | self._registry.stale()
        for facts in listed:
            self._registry.put_listed(facts)
        lost = known - {facts.id for facts in listed}
        for gone in lost:
            self._registry.drop(gone)
        self._chronicle.listed(listed)
        if everything:
            # The stream begins with what the engine remembers. It comes first, since it tells when things happened.
            await self._clock.sleep(SETTLE_S)
        self._chronicle.gone(lost)
        await self._refresher.all(doubtful, self._chronicle.compare)
        if everything:
            self._chronicle.settle()

    def _differs(self, listed: ContainerFacts) -> bool:
        known = self._registry.facts(listed.id)
        if listed.state == "created":
            # A start that failed is neither an event nor in the list.
            return True
        return known is None or (known.state, known.name, known.health) != (listed.state, listed.name, listed.health)

    def _down(self, error: EngineError) -> None:
        if self._registry.engine_view.state != "down":
            log.warning("the engine is down", extra={"reason": error.message})
            self._chronicle.engine_down(error.message)
        self._registry.set_engine("down", code=error.code, message=error.message)


def _engine_error(error: BaseException) -> EngineError | None:
    """Return the one EngineError in `error`; None if something else is in it too."""
    if isinstance(error, BaseExceptionGroup):
        found = [_engine_error(inner) for inner in error.exceptions]
        return None if None in found else found[0]
    return error if isinstance(error, EngineError) else None
