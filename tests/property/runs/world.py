"""One server's sessions on real storage, with everything that can happen to them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from server.errors import AppError, StorageUnavailable
from server.eventlog.log import EventLog
from server.eventlog.sqlite import SqliteLog
from server.protocol.sessions import TERMINAL
from server.sessions.limits import RunLimits
from server.sessions.runner import ToolCall
from tests.fakes.runner import FakeRunner, Step, breaks, says, streams
from tests.fakes.sessions import SessionsHouse, opened
from tests.property.runs.truth import Session, Violation, sessions_in

LIMITS = RunLimits(runs=2, run_s=1e6)


class World(SessionsHouse):
    """`words` are counted, so that each message is one of its own. `said`: what runners were told is said."""

    def __init__(self) -> None:
        super().__init__(runner=FakeRunner(by_hand=True), limits=LIMITS)
        self.words = 0
        self.said: list[str] = []
        self.turns = self.runner.turns
        self.sessions: list[str] = []

    def wrap(self, log: EventLog) -> EventLog:
        return log

    async def begin(self, folder: Path) -> None:
        self.path = folder / "pilothouse.db"
        await self.boot()
        self.sessions = [await self.open_session() for _ in range(2)]

    async def boot(self) -> None:
        """Start on the file."""
        self.runner = FakeRunner(by_hand=True)
        self.runner.turns = self.turns
        self.database = await opened(self.path)
        self.log = self.wrap(await SqliteLog.open(self.database, clock=self.clock))
        # What was committed in the moment of a crash was shown to nobody: clients find it when they resume.
        stored = [msgspec.json.decode(event.text) for event in (await self.log.read(0, limit=100_000)).events]
        self._check_shown(stored)
        self.events = stored
        self.log.attach(self._publish)
        await self.start()

    async def crash(self) -> None:
        await self.kill()
        await self.database.close()

    async def word(self) -> str:
        # Ids of one millisecond are in no order.
        await self.clock.advance(0.001)
        self.words += 1
        return f"w{self.words}"

    # What happens.

    async def speak(self, session: int, by: str) -> None:
        with suppress(StorageUnavailable):
            await self.post(self.sessions[session], await self.word(), by)

    def under_way(self, which: int) -> str | None:
        runs = sorted(self.runner.under_way)
        return runs[which % len(runs)] if runs else None

    async def step(self, which: int, kind: str) -> None:
        """Have one of the runners that are at work do something."""
        run = self.under_way(which)
        if run is not None:
            self.runner.hand(run, await self._step(kind))
            await self.settle()

    async def _step(self, kind: str) -> Step | None:
        word = await self.word()
        call = ToolCall(id=word, tool="Bash" if kind.startswith("ask") else "restart", arguments={})
        steps: dict[str, Step | None] = {
            "say": self._says(word),
            "stream": streams(word),
            "ask": self.runner.asks(call, keeps=False),
            "ask and keep": self.runner.asks(call),
            "call": self.runner.calls(call),
            "break": breaks(RuntimeError("a bug of the runner")),
            "finish": None,
        }
        return steps[kind]

    def _says(self, word: str) -> Step:
        say = says(word)

        async def step(turn: Any, host: Any) -> None:
            await say(turn, host)
            self.said.append(word)

        return step

    async def answer(self, which: int, decision: str) -> None:
        pending = self.store.pending()
        if pending:
            with suppress(AppError):
                asked = pending[which % len(pending)].id
                await self.broker.decide(asked, decision, None, self.people["bob"])  # type: ignore[arg-type]
            await self.settle()

    async def halt(self, which: int) -> None:
        """Stop a run; it has ended when this returns."""
        unfinished = self.store.unfinished()
        if unfinished:
            run = unfinished[which % len(unfinished)]
            if (await self.conductor.stop(run.id, "bob")).state not in TERMINAL:
                raise Violation("a stop returns before its run has ended")

    async def hand_over(self, session: int, change: str) -> None:
        found = self.sessions[session]
        if (self.store.get(found).taken_by is None) == (change == "taken"):
            with suppress(StorageUnavailable):
                await self.change(found, change)

    async def at_once(self, *doings: Coroutine[Any, Any, None], crash_after: int | None = None) -> None:
        """Do all of it at the same time; be killed after some turns of the loop, if `crash_after` says so."""
        together = asyncio.gather(*doings)
        if crash_after is not None:
            for _ in range(crash_after):
                await asyncio.sleep(0)
            await self.crash()
            await asyncio.gather(together, return_exceptions=True)
            await self.check_durable()
            await self.boot()
            return
        for _ in range(20):
            await self.settle()
            if together.done():
                break
            await self.clock.advance(10)
        await together

    # What must hold.

    async def durable(self) -> list[dict[str, Any]]:
        database = await opened(self.path)
        log = await SqliteLog.open(database)
        try:
            page = await log.read(0, limit=100_000)
            return [msgspec.json.decode(event.text) for event in page.events]
        finally:
            await log.close()
            await database.close()

    async def check_durable(self) -> dict[str, Session]:
        events = await self.durable()
        self._check_shown(events)
        sessions = dict(sessions_in(events))
        answers = {answer for session in sessions.values() for answer in session.answers}
        if not answers.issuperset(self.said):
            raise Violation("a runner was told that a message is said, and a crash took it back")
        return sessions

    def _check_shown(self, stored: list[dict[str, Any]]) -> None:
        ids = {event["id"] for event in stored}
        if not all(event["id"] in ids for event in self.events):
            raise Violation("an event was shown that a crash took back")

    def check_now(self) -> None:
        for session in sessions_in(self.events).values():
            session.check_pending()

    async def come_to_rest(self) -> None:
        self.database.refusals = 0
        for _ in range(40):
            await self.settle()
            for run in self.runner.under_way:
                self.runner.hand(run, None)
            for view in self.store.pending():
                await self.broker.decide(view.id, "deny", None, self.people["bob"])
            await self.settle()
            if not self.store.unfinished():
                break
            await self.clock.advance(15)
        await self.settle()
        self.check_now()
        for session in (await self.check_durable()).values():
            session.check_pending()
            session.check_complete(self.turns)
