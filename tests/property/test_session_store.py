"""What memory says of sessions, what the tables say and what follows from all events is the same, whatever is lost
between an event and its rows."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from server.errors import StorageUnavailable
from server.eventlog.log import IdempotencyKey, StoredEvent
from server.eventlog.sqlite import SqliteLog
from server.protocol.session_events import AnySessionEvent, SessionOpened, SessionStatus
from server.protocol.sessions import TERMINAL, PermissionView, RunState, RunView, SessionSummary
from server.sessions import rows
from server.sessions.store import Store
from server.sessions.summary import Standing, after, opening
from tests.fakes import session_views as views
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.sink import Sink

T = TypeVar("T")
SHARED_MEMORY = Path("/dev/shm")
IDS = ["s1", "s2", "s3"]
FULL = StorageUnavailable("The disk is full.")

sessions = st.sampled_from(IDS)
states: st.SearchStrategy[RunState] = st.sampled_from(["running", "waiting", "stopping", "completed", "failed"])


class Follows(msgspec.Struct):
    """What follows from all events since the first, without a table and without the store."""

    sessions: dict[str, SessionSummary] = {}
    runs: dict[str, RunView] = {}
    permissions: dict[str, PermissionView] = {}
    transcripts: dict[str, list[bytes]] = {}


def follow(events: list[StoredEvent]) -> Follows:
    found, standings = Follows(), dict[str, Standing]()
    for stored in events:
        kind, _, session = stored.channel.partition(":")
        if kind != "session":
            continue
        event: Any = msgspec.json.decode(stored.text, type=AnySessionEvent)
        if isinstance(event, SessionOpened):
            standings[session] = opening(event.data)
        else:
            standings[session] = after(standings[session], event.data, stored.timestamp)
        if isinstance(event, SessionStatus):
            found.runs[event.data.run.id] = event.data.run
        elif hasattr(event.data, "permission"):
            found.permissions[event.data.permission.id] = event.data.permission
        found.transcripts.setdefault(session, []).append(stored.text)
    found.sessions = {one: standing.summary for one, standing in standings.items()}
    return found


class StoreMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None)
        self.path = Path(self.folder.name) / "pilothouse.db"
        self.clock = FakeClock()
        self.events: list[StoredEvent] = []
        self.commands = 0
        self.run(self.start())

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(what)

    async def start(self) -> None:
        # Two databases on one file: that of the rows can refuse while that of the log takes the events.
        self.log_database = await HandledDatabase.open(self.path)
        database = await HandledDatabase.open(self.path)
        assert isinstance(database, HandledDatabase)
        self.database = database
        self.log = await SqliteLog.open(self.log_database, clock=self.clock, ring=2)
        self.sink = Sink(self.log)
        self.store = await Store.open(self.log, self.database, self.clock)

    async def crash(self) -> None:
        """End everything but the store, which writes nothing more."""
        self.events += self.sink.events
        await self.log.close()
        await self.database.close()
        await self.log_database.close()

    def append(self, *batches: tuple[str, list[views.Happening]]) -> None:
        async def all_at_once() -> None:
            await asyncio.gather(*[self.store.append(session, events) for session, events in batches])

        self.run(all_at_once())

    def opened(self, session: str) -> list[views.Happening]:
        return [] if self.store.find(session) else [views.opened(views.session_summary(session))]

    @rule(session=sessions, text=st.text(min_size=1, max_size=5))
    def say(self, session: str, text: str) -> None:
        self.append((session, [*self.opened(session), views.told(views.message_view(text), session)]))

    @rule(texts=st.dictionaries(sessions, st.lists(st.just("hello"), min_size=1, max_size=3), min_size=1))
    def say_in_several_at_once(self, texts: dict[str, list[str]]) -> None:
        said = {one: [views.told(views.message_view(text), one) for text in many] for one, many in texts.items()}
        self.append(*((session, [*self.opened(session), *events]) for session, events in said.items()))

    @rule(session=sessions, count=st.integers(1, 3))
    def say_twice_with_one_id(self, session: str, count: int) -> None:
        self.append((session, [*self.opened(session), views.told(views.message_view("once"), session)]))
        self.commands += 1
        idem = IdempotencyKey("ann", f"{self.commands}", b"request")
        before = self.store.get(session).messages
        for _ in range(count):
            self.run(self.store.append(session, [views.told(views.message_view("again"), session)], idem=idem))
        assert self.store.get(session).messages == before + 1

    @rule(session=sessions, state=states)
    def go_on_with_a_run(self, session: str, state: RunState) -> None:
        summary = self.store.find(session)
        if summary is None or summary.run is None or summary.run.state in TERMINAL:
            self.append((session, [*self.opened(session), views.status(views.run_view(session=session))]))
        else:
            self.append((session, [views.status(replace(summary.run, state=state))]))

    @precondition(lambda self: self.store.unfinished())
    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        run = data.draw(st.sampled_from(self.store.unfinished()))
        self.commands += 1
        permission = views.permission_view(run, views.tool_call(f"call-{self.commands}"))
        self.append((run.session, [views.called(run), views.asked(permission)]))

    @precondition(lambda self: self.store.pending())
    @rule(data=st.data(), state=st.sampled_from(["pending", "allowed", "denied", "expired"]))
    def decide(self, data: st.DataObject, state: Any) -> None:
        permission = replace(data.draw(st.sampled_from(self.store.pending())), state=state, decided_by="bob")
        self.append((permission.session, [views.decided(permission)]))

    @rule(session=sessions, change=st.sampled_from(["title", "closed", "taken", "released"]))
    def change(self, session: str, change: Any) -> None:
        self.append((session, [*self.opened(session), views.changed(session, change, title="another title")]))

    @rule(times=st.integers(1, 3))
    def refuse_the_next_rows(self, times: int) -> None:
        self.database.failures = [FULL] * times

    @rule()
    def crash_and_start(self) -> None:
        self.run(self.crash())
        self.run(self.start())

    @rule(session=sessions, text=st.text(min_size=1, max_size=5))
    def crash_before_the_rows(self, session: str, text: str) -> None:
        self.database.failures = [FULL]
        self.say(session, text)
        self.crash_and_start()

    @rule(seconds=st.integers(1, 100))
    def wait(self, seconds: int) -> None:
        self.run(self.clock.advance(seconds))

    @rule(back=st.integers(0, 6))
    def prune(self, back: int) -> None:
        """What was projected goes: the log keeps events for days, and rows wait for seconds."""
        self.database.failures = []
        self.run(self.store.transcript("s1", before=None, limit=1))
        self.run(self.log.prune(self.run(self.log.position()).head - back))

    @invariant()
    def memory_says_what_follows_from_all_events(self) -> None:
        follows = follow(self.events + self.sink.events)
        assert {one.id: one for one in self.store.all()} == follows.sessions
        assert {one.id: one for one in self.store.unfinished()} == {
            one: run for one, run in follows.runs.items() if run.state not in TERMINAL
        }
        assert {one.id: one for one in self.store.pending()} == {
            name: one for name, one in follows.permissions.items() if one.state == "pending"
        }
        for session in follows.sessions.values():
            waiting = [one for one in self.store.pending() if one.session == session.id]
            assert session.pending == len(waiting)

    @precondition(lambda self: not self.database.failures)
    @invariant()
    def the_tables_say_what_memory_says(self) -> None:
        follows = follow(self.events + self.sink.events)
        for session, texts in follows.transcripts.items():
            assert self.run(self.store.transcript(session, before=None, limit=10_000)) == (texts, None)
        self.run(self.store.transcript("s1", before=None, limit=1))
        loaded = self.run(self.database.read(rows.load))
        assert [(seq, summary) for summary, seq, *_ in reversed(loaded.sessions)] == self.store.newest_first()
        sizes = {summary.id: (events, size_b) for summary, _, events, size_b in loaded.sessions}
        assert sizes == {one: (len(texts), sum(map(len, texts))) for one, texts in follows.transcripts.items()}
        assert {one.id: one for one in loaded.runs} == {one.id: one for one in self.store.unfinished()}
        assert {one.id for one in loaded.permissions} == {one.id for one in self.store.pending()}
        for permission in follows.permissions.values():
            assert self.run(self.store.permission(permission.id)) == permission
        for run in follows.runs.values():
            assert self.run(self.store.run(run.id)) == run

    def teardown(self) -> None:
        self.run(self.crash())
        self.loop.close()
        self.folder.cleanup()


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
