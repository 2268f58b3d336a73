"""Inspects the containers that changed, a few at a time, and never puts an old answer over a newer event."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from server.containers.engine import ContainerFacts, ContainerNotFound, Engine, EngineError
from server.containers.registry import Registry
from server.tasks import Tasks

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Inspections at the same time: an engine with hundreds of containers shall answer others too."""

# A container that changes more often than it can be inspected is left to its events; the next recheck looks again.
_MOST_TRIES = 5


class Refresher:
    """Inspections on demand. Holds one request per container at most, so at most as many as there are containers."""

    def __init__(self, engine: Engine, registry: Registry) -> None:
        self._engine = engine
        self._registry = registry
        self._free = asyncio.Semaphore(AT_ONCE)
        self._tasks = Tasks("containers.refresher")
        self._wanted: set[str] = set()

    def want(self, id: str) -> None:
        """Have `id` inspected soon. Wanting what waits already changes nothing: the inspection has not begun yet."""
        if id not in self._wanted:
            self._wanted.add(id)
            self._tasks.spawn(id[:12], self._refresh(id, None))

    async def all(self, ids: Iterable[str], then: Callable[[ContainerFacts], None]) -> None:
        """Inspect `ids`, and tell `then` of each that was taken in: at that moment no event of it is newer. One that
        cannot be inspected leaves the others alone and stays stale."""
        async with asyncio.TaskGroup() as group:
            for key in ids:
                group.create_task(self._refresh(key, then))

    async def close(self) -> None:
        await self._tasks.close()

    async def _refresh(self, id: str, then: Callable[[ContainerFacts], None] | None) -> None:
        try:
            async with self._free:
                for _ in range(_MOST_TRIES):
                    self._wanted.discard(id)
                    if await self._inspect(id, then):
                        return
        except EngineError as error:
            # The stream itself tells of a dead engine; a container that cannot be inspected now is asked for again.
            log.info("container not inspected", extra={"container": id, "reason": error.message})
        finally:
            self._wanted.discard(id)

    async def _inspect(self, id: str, then: Callable[[ContainerFacts], None] | None) -> bool:
        """Return whether that was the last word on `id` for now."""
        revision = self._registry.revision(id)
        if revision < 0:
            return True
        try:
            facts = (await self._engine.inspect(id)).facts
        except ContainerNotFound:
            if self._registry.revision(id) == revision:
                self._registry.drop(id)
            return True
        taken = self._registry.put(facts, revision=revision)
        if taken and then is not None:
            then(facts)
        return taken
