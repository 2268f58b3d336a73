"""Writes what happens to an engine and its containers into the log: in order, each fact once, even if storage fails."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from server.clock import Clock
from server.containers import recall
from server.containers.engine import ContainerFacts, EngineEvent, EngineIdentity
from server.containers.labels import KnownLabels
from server.containers.narrative import Narrative
from server.containers.registry import Registry
from server.containers.story import Cause
from server.errors import StorageUnavailable
from server.eventlog.log import EventLog, InvalidEvent, NewEvent
from server.storage.database import Database
from server.tasks import Tasks

log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""What may wait for the storage. Beyond it the engine's events are let go, and a comparison tells what they did."""

_MOST_AT_ONCE = 256
_FIRST_RETRY_S, _LAST_RETRY_S = 0.5, 10.0
# How much of the story a crash may make us read again from the log; the memory is a few hundred bytes a container.
_SAVE_EVERY_S = 10.0
_CLOSE_S = 2.0

_Tell = Callable[[], list[NewEvent]]


class Chronicle:
    """The one writer of `container.*` and `engine.*` events of one engine.

    Nothing here waits for the storage: what is to be told is put in line, and one task tells it. When the line
    overflows it is let go; once the storage works again a resync has to find out what was lost. The labels of a
    container are noted in `labels` when it is first heard of, and saved before the first event about it.
    """

    def __init__(
        self,
        *,
        engine: str,
        log: EventLog,
        database: Database,
        registry: Registry,
        labels: KnownLabels,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._log = log
        self._database = database
        self._registry = registry
        self._labels = labels
        self._clock = clock
        self._on_lost: Callable[[], None] = lambda: None
        self._narrative = Narrative(engine)
        self._line: deque[tuple[_Tell, Callable[[], None] | None]] = deque()
        self._waiting = asyncio.Event()
        self._lost = False
        self._telling = asyncio.Lock()
        self._saving = asyncio.Lock()
        self._seen_ns = 0
        self._seq = 0
        self._unsaved = False
        self._tasks = Tasks("containers.chronicle")

    @property
    def last_ns(self) -> int | None:
        """The engine's time of the newest event that was seen; None if none ever was."""
        return max(self._seen_ns, self._narrative.last_ns) or None

    @property
    def waiting(self) -> int:
        """How much waits to be told."""
        return len(self._line)

    def on_lost(self, call: Callable[[], None]) -> None:
        """Have `call` called when events were let go and the storage works again."""
        self._on_lost = call

    def ids(self) -> set[str]:
        """The containers that the log was told of and that were not told to be removed."""
        return self._narrative.ids()

    async def start(self) -> None:
        """Take up the story where it ended and begin to write.

        Raises:
            StorageUnavailable: what was told cannot be read.
        """
        memory, self._seq = await recall.load(self._database, self._log, self._engine)
        if memory is not None:
            self._narrative = Narrative(self._engine, memory)
            self._registry.remember_asked_ends(memory.asked_ends)
        self._tasks.spawn("tell", self._tell())
        self._tasks.spawn("save", self._save_now_and_then())

    async def close(self) -> None:
        """Write what waits, if the storage lets us in time, and end."""
        if not len(self._tasks):
            return
        last = asyncio.Event()
        self._put(list, last.set)
        try:
            async with asyncio.timeout(_CLOSE_S):
                await last.wait()
                await self._save()
        except (TimeoutError, StorageUnavailable):
            log.warning("what happened last will be told after the next start")
        await self._tasks.close()

    def observe(self, event: EngineEvent, cause: Cause | None, told: Callable[[], None] | None = None) -> None:
        """Tell of an event of the engine, and call `told` when the log has it."""
        self._seen_ns = max(self._seen_ns, event.at_ns)
        self._labels.note(event.id, event.labels)
        self._put(lambda: self._narrative.event(event, cause), told)

    def engine_up(self, identity: EngineIdentity) -> None:
        self._put(lambda: self._narrative.up(identity))

    def engine_down(self, message: str) -> None:
        self._put(lambda: self._narrative.down(message))

    def listed(self, listed: list[ContainerFacts]) -> None:
        """Take note of the engine's list: where the story begins, all of it was there before."""
        for facts in listed:
            self._labels.note(facts.id, facts.labels)
        self._put(lambda: self._narrative.listed(listed))

    def gone(self, ids: set[str]) -> None:
        """Tell of those of `ids` that nobody told to be removed: they were known before a list that lacks them."""
        self._put(lambda: self._narrative.gone(ids))

    def compare(self, facts: ContainerFacts) -> None:
        """Tell of what an inspection shows and nobody told. No event of that container may be newer than `facts`."""
        self._put(lambda: self._narrative.compare(facts))

    def settle(self) -> None:
        """Every container was compared: the story has begun."""
        # Where the story begins is nowhere in the log: a crash must not make it begin again.
        self._put(lambda: self._narrative.settle(), self._save_soon)

    def _put(self, tell: _Tell, told: Callable[[], None] | None = None) -> None:
        if self._lost:
            return
        if len(self._line) >= MOST_WAITING:
            log.error("the log takes no events; what happens to containers will be found out by comparing")
            self._line.clear()
            self._lost = True
            self._waiting.set()
            return
        self._line.append((tell, told))
        self._waiting.set()

    async def _tell(self) -> None:
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            while self._line or self._lost:
                async with self._telling:
                    await self._tell_some()

    async def _tell_some(self) -> None:
        new: list[NewEvent] = []
        done: list[Callable[[], None]] = []
        while self._line and len(new) < _MOST_AT_ONCE:
            tell, told = self._line.popleft()
            try:
                new += tell()
            except Exception:
                # One event that is not understood must not silence all that follow.
                log.exception("not told")
            if told is not None:
                done.append(told)
        if new:
            await self._store(new)
        for told in done:
            told()
        if self._lost and not self._line:
            self._lost = False
            self._on_lost()

    async def _store(self, new: list[NewEvent]) -> None:
        wait_s = _FIRST_RETRY_S
        while True:
            try:
                await self._labels.save()
                self._seq = (await self._log.append(new))[-1].seq
            except StorageUnavailable as error:
                log.warning("events of the engine wait for the storage", extra={"reason": error.message})
                await self._clock.sleep(wait_s)
                wait_s = min(wait_s * 2, _LAST_RETRY_S)
            except InvalidEvent as error:
                if len(new) == 1:
                    log.error("event of the engine not stored", extra={"type": new[0].type, "reason": error.message})
                    return
                for one in new:
                    await self._store([one])
                return
            else:
                self._unsaved = True
                return

    async def _save_now_and_then(self) -> None:
        while True:
            await self._clock.sleep(_SAVE_EVERY_S)
            await self._try_to_save()

    def _save_soon(self) -> None:
        self._unsaved = True
        self._tasks.spawn("save once", self._try_to_save())

    async def _try_to_save(self) -> None:
        try:
            await self._save()
        except StorageUnavailable as error:
            log.warning("what was told is not saved", extra={"reason": error.message})

    async def _save(self) -> None:
        """Save what was told, if there is anything new, and return when that is on the disk."""
        async with self._saving:
            if not self._unsaved:
                return
            # Under this lock nothing is half told: the log holds exactly what the narrative takes as told.
            async with self._telling:
                state, seq = recall.encode(self._narrative.memory(self._registry.asked_ends())), self._seq
                self._unsaved = False
            try:
                await self._labels.save()
                await recall.save(self._database, self._engine, state, seq=seq)
            except StorageUnavailable:
                self._unsaved = True
                raise
