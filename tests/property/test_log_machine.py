"""The log in SQLite does what a list in memory would do, whatever happens in whatever order."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from server.errors import AppError, StorageUnavailable
from server.eventlog.idempotency import KEEP_S
from server.eventlog.log import Gap, IdempotencyKey, IdReused, InvalidEvent, NewEvent, StoredEvent
from server.eventlog.sqlite import SqliteLog
from server.eventlog.verdict import verify
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.sink import Sink

T = TypeVar("T")
SHARED_MEMORY = Path("/dev/shm")
CHANNELS = ["system", "audit", "session:a"]


class Wanted(msgspec.Struct, frozen=True):
    """One append that the machine is about to make."""

    channels: list[str]
    key: str | None
    request: bytes


class Kept(msgspec.Struct, frozen=True):
    """An event as the model remembers it."""

    seq: int
    prev: int
    channel: str
    id: str


wanted = st.builds(
    Wanted,
    st.lists(st.sampled_from([*CHANNELS, *CHANNELS, "nowhere"]), max_size=3),
    st.sampled_from([None, None, "k1", "k2"]),
    st.sampled_from([b"start", b"start", b"stop"]),
)


class Model:
    """What a log is, in thirty lines and without a bound."""

    def __init__(self) -> None:
        self.events: list[Kept] = []
        self.heads: dict[str, int] = {}
        self.floor = 0
        self.answers: dict[str, tuple[bytes, float, list[Kept]]] = {}

    @property
    def head(self) -> int:
        return len(self.events)

    def append(self, events: list[NewEvent], wanted: Wanted, now_s: float) -> list[Kept] | type[AppError]:
        if wanted.key in self.answers:
            request, at, stored = self.answers[wanted.key]
            if at > now_s - KEEP_S:
                return stored if request == wanted.request else IdReused
        stored = []
        for event in events:
            kept = Kept(self.head + 1, self.heads.get(event.channel, 0), event.channel, event.id)
            self.events.append(kept)
            self.heads[event.channel] = kept.seq
            stored.append(kept)
        if wanted.key is not None:
            self.answers[wanted.key] = (wanted.request, now_s, stored)
        return stored

    def read(
        self, after: int, limit: int, upto: int | None, channels: list[str] | None
    ) -> tuple[list[Kept], int, bool] | type[Gap]:
        if after < self.floor:
            return Gap
        end = self.head if upto is None else max(0, min(upto, self.head))
        found = [event for event in self.events[after:end] if channels is None or event.channel in channels]
        if len(found) > limit:
            return found[:limit], found[limit - 1].seq, True
        return found, max(after, end), False


def kept(events: list[StoredEvent]) -> list[Kept]:
    return [Kept(event.seq, event.prev, event.channel, event.id) for event in events]


class LogMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None)
        self.path = Path(self.folder.name) / "pilothouse.db"
        self.clock = FakeClock()
        self.model = Model()
        self.shown: list[Kept] = []
        self.run(self.open())

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(what)

    async def open(self) -> None:
        database = await HandledDatabase.open(self.path)
        assert isinstance(database, HandledDatabase)
        self.database = database
        self.log = await SqliteLog.open(database, clock=self.clock, ring=2, note=self.path.with_name("witness"))
        self.sink = Sink(self.log)

    async def close(self) -> None:
        self.shown += kept(self.sink.events)
        await self.log.close()
        await self.database.close()

    async def append(self, group: list[Wanted], *, refused: bool) -> None:
        """Make all the appends of `group` at once, so that they share a commit, and compare what each of them got."""
        batches = [[NewEvent("test.noted", channel, {}) for channel in one.channels] for one in group]
        if refused:
            self.database.failures = [StorageUnavailable("full")]
        appends = [
            self.log.append(events, idem=None if one.key is None else IdempotencyKey("ann", one.key, one.request))
            for events, one in zip(batches, group, strict=True)
        ]
        results = await asyncio.gather(*appends, return_exceptions=True)
        self.database.failures.clear()
        for events, one, result in zip(batches, group, results, strict=True):
            expected: list[Kept] | type[AppError]
            if "nowhere" in one.channels:
                expected = InvalidEvent
            elif refused:
                expected = StorageUnavailable
            else:
                expected = self.model.append(events, one, self.clock.now())
            assert (type(result) if isinstance(result, BaseException) else kept(result)) == expected

    @rule(group=st.lists(wanted, min_size=1, max_size=5))
    def append_together(self, group: list[Wanted]) -> None:
        self.run(self.append(group, refused=False))

    @rule(group=st.lists(wanted, min_size=1, max_size=5))
    def append_while_the_disk_is_full(self, group: list[Wanted]) -> None:
        self.run(self.append(group, refused=True))

    @rule(back=st.integers(-2, 8))
    def prune(self, back: int) -> None:
        upto = self.model.head - back
        self.run(self.log.prune(upto))
        self.model.floor = max(self.model.floor, min(upto, self.model.head))

    @rule(back=st.integers(0, 8))
    def prune_while_the_disk_is_full(self, back: int) -> None:
        if self.model.head - back > self.model.floor:
            self.database.failures = [StorageUnavailable("full")]
            result = self.run(_outcome(self.log.prune(self.model.head - back)))
            assert isinstance(result, StorageUnavailable)

    @rule()
    def reopen(self) -> None:
        self.run(self.close())
        self.run(self.open())

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.run(self.clock.advance(hours * 3600))

    @rule()
    def tidy(self) -> None:
        self.run(self.log.tidy())

    @rule(
        back=st.integers(-2, 9),
        limit=st.integers(1, 4),
        upto=st.none() | st.integers(-3, 6),
        channels=st.none() | st.lists(st.sampled_from(CHANNELS), max_size=3, unique=True),
    )
    def read(self, back: int, limit: int, upto: int | None, channels: list[str] | None) -> None:
        after = self.model.head - back
        bound = None if upto is None else after + upto
        result = self.run(_outcome(self.log.read(after, limit=limit, upto=bound, channels=channels)))
        expected = self.model.read(after, limit, bound, channels)
        if isinstance(result, AppError):
            assert type(result) is expected
        else:
            assert (kept(result.events), result.next, result.has_more) == expected

    @invariant()
    def position_and_heads_are_those_of_the_model(self) -> None:
        position = self.run(self.log.position())
        assert (position.floor, position.head) == (self.model.floor, self.model.head)
        assert self.run(self.log.heads()) == self.model.heads

    @invariant()
    def the_sink_was_shown_every_event_once_and_in_order(self) -> None:
        assert self.shown + kept(self.sink.events) == self.model.events

    def teardown(self) -> None:
        self.run(self.close())
        assert verify(self.path).ok
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        self.folder.cleanup()


async def _outcome(what: Coroutine[Any, Any, T]) -> T | AppError:
    try:
        return await what
    except AppError as error:
        return error


TestLogMachine = LogMachine.TestCase
TestLogMachine.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
