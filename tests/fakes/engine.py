"""A container engine in memory, seen through the port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from server.containers.engine import (
    ContainerConflict,
    ContainerFacts,
    ContainerNotFound,
    EngineEvent,
    EngineIdentity,
    EngineUnreachable,
    Inspection,
    InvalidOption,
    State,
    container_reference,
)
from server.containers.translation import signal_name
from server.protocol.client import ActionOptions
from server.protocol.views import Action, LogLine
from tests.fakes.clock import FakeClock
from tests.fakes.containers import FakeContainers


class FakeEngine(FakeContainers):
    """An `Engine`.

    `failures`: what the next calls of a method raise, by its name. `gate`: holds the calls of a method back. `calls`:
    the methods called, in order, and the actions asked for. `open_streams`: streams that were not left yet.
    """

    def __init__(self, clock: FakeClock | None = None) -> None:
        super().__init__(clock)
        self.identity = EngineIdentity("fake-1", "99.0")
        self.output: dict[str, list[LogLine]] = {}
        self.failures: dict[str, list[Exception]] = {}
        self.calls: list[str] = []
        self.open_streams = 0
        self.closed = False
        self._gates: dict[str, asyncio.Event] = {}
        self._up = True

    def up(self) -> None:
        self._up = True

    def down(self) -> None:
        """Stop answering, as a daemon does that ends: its streams end, and it forgets its events."""
        self._up = False
        self.history.clear()
        self.cut()

    def cut(self) -> None:
        """End the event streams and nothing else, as a proxy with an idle limit does."""
        for stream in self.streams:
            stream.put_nowait(None)

    def gate(self, method: str) -> asyncio.Event:
        """Make calls of `method` wait until the event that this returns is set."""
        return self._gates.setdefault(method, asyncio.Event())

    @property
    def address(self) -> str:
        return "fake"

    async def identify(self) -> EngineIdentity:
        await self._answer("identify")
        return self.identity

    async def ping(self) -> None:
        await self._answer("ping")

    async def containers(self) -> list[ContainerFacts]:
        found = list(self.facts.values())
        await self._answer("containers")
        return [
            msgspec.structs.replace(
                facts, inspected=False, started_ns=None, finished_ns=None, restart_count=0, oom_killed=False
            )
            for facts in found
        ]

    async def inspect(self, container: str) -> Inspection:
        container_reference(container)
        facts = self.facts.get(container)
        await self._answer("inspect")
        return Inspection(
            facts=facts or self._find(container),
            command=["sleep", "1000"],
            entrypoint=[],
            working_dir="",
            user="",
            hostname="",
            restart_policy="no",
            networks={},
            mounts=[],
            health_log=[],
        )

    @asynccontextmanager
    async def events(self, since_ns: int | None = None) -> AsyncIterator[AsyncIterator[EngineEvent]]:
        await self._answer("events")
        stream: asyncio.Queue[EngineEvent | None] = asyncio.Queue()
        if since_ns is not None:
            for event in self.history:
                if event.at_ns >= since_ns:
                    stream.put_nowait(event)
        self.streams.add(stream)
        self.open_streams += 1
        try:
            yield _drain(stream)
        finally:
            self.streams.discard(stream)
            self.open_streams -= 1

    async def act(self, container: str, action: Action, options: ActionOptions, *, grace_s: int) -> bool:
        container_reference(container)
        self.calls.append(action)
        await self._answer("act")
        facts = self._find(container)
        return self._act(facts.id, facts.state, action, options)

    @asynccontextmanager
    async def logs(
        self, container: str, *, tail: int | None, since_ns: int | None, follow: bool
    ) -> AsyncIterator[AsyncIterator[list[LogLine]]]:
        container_reference(container)
        await self._answer("logs")
        lines = self.output.get(self._find(container).id, [])
        self.open_streams += 1
        try:
            yield _lines(lines if tail is None else lines[len(lines) - min(tail, len(lines)) :], follow=follow)
        finally:
            self.open_streams -= 1

    async def close(self) -> None:
        self.closed = True

    async def _answer(self, method: str) -> None:
        self.calls.append(method)
        await asyncio.sleep(0)
        gate = self._gates.get(method)
        if gate is not None:
            await gate.wait()
        if not self._up:
            raise EngineUnreachable("Nobody answers: the engine is not running.")
        if self.failures.get(method):
            raise self.failures[method].pop(0)

    def _find(self, reference: str) -> ContainerFacts:
        for facts in self.facts.values():
            if reference in (facts.id, facts.name) or facts.id.startswith(reference):
                return facts
        raise ContainerNotFound("There is no such container any more.")

    def _act(self, id: str, state: State, action: Action, options: ActionOptions) -> bool:
        running = state in ("running", "paused")
        if (action == "start" and running) or (action == "stop" and not running):
            return False
        if action in ("kill", "pause") and not running:
            raise ContainerConflict("The container is not running.")
        if action == "pause" and state == "paused":
            raise ContainerConflict("The container is paused already.")
        if action == "unpause" and state != "paused":
            raise ContainerConflict("The container is not paused.")
        if action == "remove" and running and not options.force:
            raise ContainerConflict("The container is running. Stop it first, or remove it with force.")
        self._do(id, action, options, running=running)
        return True

    def _do(self, id: str, action: Action, options: ActionOptions, *, running: bool) -> None:
        match action:
            case "start":
                self.start(id)
            case "stop":
                self.stop(id)
            case "restart":
                if running:
                    self.stop(id)
                self.start(id)
                self.tell(id, "restart")
            case "pause" | "unpause":
                self.pause(id, paused=action == "pause")
            case "kill":
                signal = options.signal or "SIGKILL"
                if signal.endswith("FOO"):
                    raise InvalidOption(f"The engine knows no signal {signal}.")
                self.kill(id, signal_name(signal))
            case "remove":
                if running:
                    self.kill(id)
                self.destroy(id)


async def _drain(stream: asyncio.Queue[EngineEvent | None]) -> AsyncIterator[EngineEvent]:
    while (event := await stream.get()) is not None:
        yield event


async def _lines(lines: list[LogLine], *, follow: bool) -> AsyncIterator[list[LogLine]]:
    if lines:
        yield lines
    if follow:
        await asyncio.Event().wait()
