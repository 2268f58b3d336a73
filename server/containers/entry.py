"""One container in the registry, and what an event changes about it before an inspection tells the rest."""

from __future__ import annotations

import msgspec

from server.containers.condition import Ending
from server.containers.engine import ContainerFacts, EngineEvent, State

# A signal that ends most programs, and an end soon after it: the end was asked for. After its own stops the engine says
# `stop` besides.
_ENDING_SIGNALS = frozenset({"SIGTERM", "SIGKILL", "SIGINT", "SIGQUIT"})
_SOON_NS = 30 * 10**9

_STATE_AFTER: dict[str, State] = {
    "create": "created",
    "start": "running",
    "die": "exited",
    "pause": "paused",
    "unpause": "running",
}
INSPECT_AFTER = frozenset({"create", "start", "die", "update"})
"""The events that leave something open: times, ports, restart counts, whether a policy will start it again."""


class Entry:
    """One container. `revision` grows with every event, so that an inspection begun before one is known to be old;
    `at_ns` is the engine's time of the newest event; `stale`: events left something open since the last inspection."""

    __slots__ = ("_asked_ns", "at_ns", "ending", "facts", "revision", "stale")

    def __init__(self, facts: ContainerFacts, *, asked_end_ns: int = 0) -> None:
        self.facts = facts
        self.revision = 0
        self.at_ns = asked_end_ns
        self.ending: Ending | None = "asked" if asked_end_ns else None
        self.stale = not facts.inspected
        self._asked_ns = 0

    def apply(self, event: EngineEvent) -> bool:
        """Take in `event`; return false if it is no newer than the last one."""
        if event.at_ns <= self.at_ns:
            return False
        self.at_ns = event.at_ns
        self.revision += 1
        self.stale |= event.change in INSPECT_AFTER
        self._note_ending(event)
        self.facts = _facts_after(self.facts, event)
        return True

    def replace(self, facts: ContainerFacts) -> None:
        """Take in an inspection. An end behind the newest event was seen by nobody."""
        if facts.finished_ns is not None and facts.finished_ns > self.at_ns:
            self.ending = None
        self.facts = facts
        self.stale = False

    def _note_ending(self, event: EngineEvent) -> None:
        if event.change == "kill" and event.signal in _ENDING_SIGNALS | {self.facts.stop_signal}:
            self._asked_ns = event.at_ns
        elif event.change == "start":
            self.ending, self._asked_ns = None, 0
        elif event.change == "die":
            self.ending = "asked" if event.at_ns - self._asked_ns < _SOON_NS else "unasked"
        elif event.change == "stop":
            self.ending = "asked"


def first_facts(event: EngineEvent) -> ContainerFacts:
    """Return what `event` alone tells of a container that was not known."""
    return ContainerFacts(
        id=event.id,
        name=event.name,
        image=event.image,
        state="created",
        created_ns=event.at_ns,
        labels=event.labels,
        ports=[],
        inspected=False,
    )


def _facts_after(facts: ContainerFacts, event: EngineEvent) -> ContainerFacts:
    changed: dict[str, object] = {"name": event.name}
    if event.change in _STATE_AFTER:
        changed["state"] = _STATE_AFTER[event.change]
    if event.change == "start":
        # A container with a health check begins its checks anew.
        health = None if facts.health is None else "starting"
        changed |= {"started_ns": event.at_ns, "exit_code": None, "oom_killed": False, "health": health, "error": None}
    elif event.change == "die":
        changed |= {"finished_ns": event.at_ns, "exit_code": event.exit_code, "health": None}
    elif event.change == "health":
        changed["health"] = event.health
    elif event.change == "oom":
        changed["oom_killed"] = True
    return msgspec.structs.replace(facts, **changed)
