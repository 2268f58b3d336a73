"""What the log was told of an engine's containers, and what it is still to be told. Pure: no clock, no I/O.

Two sources speak of the same facts: the engine's event stream, and lists compared after the stream was interrupted.
What was told before is kept per container, so that a fact that both know is told once, whichever comes first, and an
event that is replayed is not told again. (Only a container whose health turns to and fro within the few milliseconds
that an event is on its way, just when it is compared, may have that told once more than it happened.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from server.containers.engine import ContainerFacts, EngineEvent, Health
from server.containers.views import container_ref, precise_time_text
from server.eventlog.log import NewEvent
from server.protocol.channels import SYSTEM
from server.protocol.events import (
    ContainerEventData,
    ContainerExitedData,
    ContainerHealthData,
    ContainerKilledData,
    ContainerRef,
    ContainerRenamedData,
)

Phase = Literal["created", "running", "paused", "ended"]
_PHASES: dict[str, Phase] = {"created": "created", "running": "running", "paused": "paused"}


class Told(msgspec.Struct, kw_only=True):
    """What the log knows of one container. `mark_ns`: everything up to this time of the engine was told.
    `start_compared`, `name_compared`: a comparison told of its last start, of its name, before the engine's events."""

    ref: ContainerRef
    phase: Phase
    mark_ns: int
    health: Health | None = None
    oom_killed: bool = False
    start_compared: bool = False
    name_compared: bool = False


class Cause(msgspec.Struct, frozen=True):
    """The operation of ours that made something happen, and whose it was."""

    by: str
    operation: str


class Story:
    """What was told of the containers of one engine; `event` and `compare` return what has to be told now."""

    def __init__(self, engine: str, told: dict[str, Told] | None = None) -> None:
        self._engine = engine
        self.told = told if told is not None else {}
        self._tellers: dict[str, Callable[[EngineEvent, Told, Cause | None], NewEvent | None]] = {
            "create": self._created,
            "start": self._started,
            "die": self._died,
            "restart": self._restarted,
            "pause": self._paused,
            "unpause": self._paused,
            "kill": self._killed,
            "oom": self._ran_out_of_memory,
            "rename": self._renamed,
            "health": self._health,
        }

    def event(self, event: EngineEvent, cause: Cause | None = None) -> list[NewEvent]:
        """Return what the engine's `event` adds to what was told: one event or none."""
        told = self.told.get(event.id)
        if event.change == "destroy":
            return [] if told is None else [self._removed(self.told.pop(event.id), event, cause)]
        if told is None:
            told = self.told[event.id] = _before(event)
        elif event.at_ns <= told.mark_ns:
            return []
        told.mark_ns = event.at_ns
        tell = self._tellers.get(event.change)
        new = None if tell is None else tell(event, told, cause)
        return [] if new is None else [new]

    def compare(self, facts: ContainerFacts) -> list[NewEvent]:
        """Return what an inspection shows and nobody told: changes that the event stream missed."""
        told = self.told.get(facts.id)
        if told is None:
            told = Told(ref=_ref_in(facts), phase="created", mark_ns=facts.created_ns)
            self.told[facts.id] = told
            new = [self._new("created", self._data(told))]
        else:
            new = []
        if told.ref.name != facts.name:
            old_name, told.ref, told.name_compared = told.ref.name, _ref_in(facts), True
            new.append(self._new("renamed", self._data(told, kind=ContainerRenamedData, old_name=old_name)))
        new += self._compare_phase(facts, told)
        if told.phase == "running" and facts.health in ("healthy", "unhealthy") and facts.health != told.health:
            new.append(self._new("health", self._data(told, kind=ContainerHealthData, health=facts.health)))
        told.health = facts.health
        told.mark_ns = max(told.mark_ns, facts.created_ns, facts.started_ns or 0, facts.finished_ns or 0)
        return new

    def know(self, facts: ContainerFacts) -> None:
        """Take `facts` as told: they were so before the story began."""
        self.told[facts.id] = Told(
            ref=_ref_in(facts),
            phase=_PHASES.get(facts.state, "ended"),
            mark_ns=max(facts.created_ns, facts.started_ns or 0, facts.finished_ns or 0),
            health=facts.health,
            oom_killed=facts.oom_killed,
        )

    def gone(self, ids: Iterable[str]) -> list[NewEvent]:
        """Return that those of `ids` that are still told of were removed."""
        lost = [self.told.pop(key) for key in ids if key in self.told]
        return [self._new("removed", self._data(told)) for told in lost]

    def _compare_phase(self, facts: ContainerFacts, told: Told) -> list[NewEvent]:
        before, now = told.phase, _PHASES.get(facts.state, "ended")
        told.phase = now
        ran_before, runs_now = before in ("running", "paused"), now in ("running", "paused")
        new: list[NewEvent] = []
        if runs_now and not ran_before:
            new.append(self._new("started", self._data(told)))
        elif runs_now and (facts.started_ns or 0) > told.mark_ns:
            new.append(self._new("restarted", self._data(told)))
            before = "running"
        elif now == "ended" and (ran_before or (facts.finished_ns or 0) > told.mark_ns):
            code, oom = facts.exit_code, facts.oom_killed
            new.append(self._new("exited", self._data(told, kind=ContainerExitedData, exit_code=code, oom_killed=oom)))
        if now == "paused" and before != "paused":
            new.append(self._new("paused", self._data(told)))
        elif now == "running" and before == "paused":
            new.append(self._new("unpaused", self._data(told)))
        return new

    def _created(self, event: EngineEvent, told: Told, cause: Cause | None) -> NewEvent:
        told.phase = "created"
        return self._new("created", self._data(told, event, cause))

    def _started(self, event: EngineEvent, told: Told, cause: Cause | None) -> NewEvent | None:
        # Without an end in between this is the start that a comparison found before its event came.
        if told.phase in ("running", "paused"):
            told.start_compared = True
            return None
        told.phase, told.health, told.oom_killed = "running", None, False
        return self._new("started", self._data(told, event, cause))

    def _died(self, event: EngineEvent, told: Told, cause: Cause | None) -> NewEvent | None:
        if told.phase == "ended":
            return None
        told.phase, told.health, told.start_compared = "ended", None, False
        code, oom = event.exit_code, told.oom_killed
        data = self._data(told, event, cause, kind=ContainerExitedData, exit_code=code, oom_killed=oom)
        return self._new("exited", data)

    def _restarted(self, event: EngineEvent, told: Told, cause: Cause | None) -> NewEvent | None:
        return None if told.start_compared else self._new("restarted", self._data(told, event, cause))

    def _paused(self, event: EngineEvent, told: Told, cause: Cause | None) -> NewEvent | None:
        phase: Phase = "paused" if event.change == "pause" else "running"
        if told.phase == phase:
            return None
        told.phase = phase
        return self._new("paused" if phase == "paused" else "unpaused", self._data(told, event, cause))

    def _killed(self, event: EngineEvent, told: Told, cause: Cause | None) -> NewEvent:
        data = self._data(told, event, cause, kind=ContainerKilledData, signal=event.signal or "SIGKILL")
        return self._new("killed", data)

    def _ran_out_of_memory(self, event: EngineEvent, told: Told, cause: Cause | None) -> NewEvent:
        told.oom_killed = True
        return self._new("oom", self._data(told, event, cause))

    def _renamed(self, event: EngineEvent, told: Told, cause: Cause | None) -> NewEvent | None:
        # After a comparison an event that does not begin with the name that was told is a late one.
        if told.ref.name == event.name or (told.name_compared and event.old_name != told.ref.name):
            return None
        told.name_compared = False
        old_name, told.ref = told.ref.name, _ref_of(event)
        return self._new("renamed", self._data(told, event, cause, kind=ContainerRenamedData, old_name=old_name))

    def _health(self, event: EngineEvent, told: Told, cause: Cause | None) -> NewEvent | None:
        if event.health is None or event.health == told.health:
            return None
        told.health = event.health
        return self._new("health", self._data(told, event, cause, kind=ContainerHealthData, health=event.health))

    def _removed(self, told: Told, event: EngineEvent, cause: Cause | None) -> NewEvent:
        return self._new("removed", self._data(told, event, cause))

    def _data(
        self,
        told: Told,
        event: EngineEvent | None = None,
        cause: Cause | None = None,
        kind: type[ContainerEventData] = ContainerEventData,
        **more: Any,
    ) -> ContainerEventData:
        return kind(
            engine=self._engine,
            container=told.ref,
            observed="resync" if event is None else "event",
            at=None if event is None else precise_time_text(event.at_ns),
            by=cause.by if cause else None,
            operation=cause.operation if cause else None,
            **more,
        )

    def _new(self, what: str, data: ContainerEventData) -> NewEvent:
        return NewEvent(f"container.{what}", SYSTEM, data)


def _before(event: EngineEvent) -> Told:
    """What must have been so before `event` of a container that nobody told of."""
    phases: dict[str, Phase] = {"create": "created", "die": "running", "pause": "running", "unpause": "paused"}
    ref = container_ref(event.id, event.old_name or event.name, event.image, event.labels)
    return Told(ref=ref, phase=phases.get(event.change, "ended"), mark_ns=0)


def _ref_of(event: EngineEvent) -> ContainerRef:
    return container_ref(event.id, event.name, event.image, event.labels)


def _ref_in(facts: ContainerFacts) -> ContainerRef:
    return container_ref(facts.id, facts.name, facts.image, facts.labels)
