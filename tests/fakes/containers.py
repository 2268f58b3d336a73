"""Containers in memory that change and tell of it as Docker's do."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import msgspec

from server.containers.engine import Change, ContainerFacts, EngineEvent
from tests.fakes.clock import FakeClock

IMAGE = "pilothouse/busybox:test"
_ENDING = {"SIGKILL": 137, "SIGTERM": 143}


class FakeContainers:
    """The containers of one engine. A test changes them with `create`, `start`, `die` …, as the command line would.

    `facts`: what an inspection shows. `silent`: changes happen and no event tells of them. `remembers`: how many events
    can be asked for again.
    """

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.facts: dict[str, ContainerFacts] = {}
        self.silent = False
        self.remembers = 256
        self.history: list[EngineEvent] = []
        self.streams: set[asyncio.Queue[EngineEvent | None]] = set()
        self._ticks = itertools.count(1)
        self._ids = itertools.count(1)

    def create(self, name: str, **facts: Any) -> str:
        """Make a container and return its id."""
        new = f"{next(self._ids):04x}".ljust(64, "f")
        made: dict[str, Any] = {"image": IMAGE, "labels": {}, "ports": [], "inspected": True} | facts
        self.facts[new] = ContainerFacts(id=new, name=name, state="created", created_ns=self.now_ns(), **made)
        self.tell(new, "create")
        return new

    def run(self, name: str, **facts: Any) -> str:
        """Make a container, start it and return its id."""
        new = self.create(name, **facts)
        self.start(new)
        return new

    def start(self, id: str) -> None:
        self.change(id, state="running", started_ns=self.now_ns(), exit_code=None, oom_killed=False)
        self.tell(id, "start")

    def die(self, id: str, exit_code: int = 0) -> None:
        self.change(id, state="exited", finished_ns=self.now_ns(), exit_code=exit_code, health=None)
        self.tell(id, "die", exit_code=exit_code)

    def kill(self, id: str, signal: str = "SIGKILL") -> None:
        self.tell(id, "kill", signal=signal)
        if signal in _ENDING:
            self.die(id, _ENDING[signal])

    def stop(self, id: str) -> None:
        self.kill(id, "SIGTERM")
        self.tell(id, "stop")

    def pause(self, id: str, *, paused: bool = True) -> None:
        self.change(id, state="paused" if paused else "running")
        self.tell(id, "pause" if paused else "unpause")

    def rename(self, id: str, name: str) -> None:
        old_name = self.facts[id].name
        self.change(id, name=name)
        self.tell(id, "rename", old_name=old_name)

    def health(self, id: str, health: Any) -> None:
        self.change(id, health=health)
        self.tell(id, "health", health=health)

    def destroy(self, id: str) -> None:
        self.tell(id, "destroy")
        del self.facts[id]

    def change(self, id: str, **changes: Any) -> None:
        """Change what an inspection shows, without an event."""
        self.facts[id] = msgspec.structs.replace(self.facts[id], **changes)

    def tell(self, id: str, change: Change, **more: Any) -> EngineEvent:
        """Send an event about a container."""
        facts = self.facts[id]
        event = EngineEvent(
            change=change, id=id, name=facts.name, image=facts.image, labels=facts.labels, at_ns=self.now_ns(), **more
        )
        if not self.silent:
            self.history = [*self.history, event][-self.remembers :]
            for stream in self.streams:
                stream.put_nowait(event)
        return event

    def now_ns(self) -> int:
        """The engine's time."""
        # Never twice the same: an engine's nanoseconds are not either.
        return int(self.clock.now() * 1000) * 10**6 + next(self._ticks)
