"""The story of one engine from its beginning: what is told of the engine itself, and of what was there before. Pure."""

from __future__ import annotations

from server.containers.engine import ContainerFacts, EngineEvent, EngineIdentity
from server.containers.recall import DOWN, Memory
from server.containers.story import Cause, Story
from server.eventlog.log import NewEvent
from server.protocol.channels import SYSTEM
from server.protocol.events import EngineDownData, EngineUpData


class Narrative:
    """What was told of one engine and its containers; each method returns what has to be told now.

    It begins with `memory`, or without one with a prologue: until `settle` the containers that are found are known and
    not told, since that they are there did not just happen.
    """

    def __init__(self, engine: str, memory: Memory | None = None) -> None:
        self._engine = engine
        self._prologue = memory is None
        self._memory = memory or Memory()
        self._story = Story(engine, self._memory.told)

    @property
    def last_ns(self) -> int:
        """The engine's time of the newest event that was told, 0 if none was."""
        return self._memory.last_ns

    def ids(self) -> set[str]:
        """The containers that were told of, or known, and not told to be removed."""
        return set(self._story.told)

    def memory(self, asked_ends: dict[str, int]) -> Memory:
        """Return what `Narrative` can be made from again."""
        self._memory.told, self._memory.asked_ends = self._story.told, asked_ends
        return self._memory

    def event(self, event: EngineEvent, cause: Cause | None) -> list[NewEvent]:
        self._memory.last_ns = max(self._memory.last_ns, event.at_ns)
        return self._story.event(event, cause)

    def up(self, identity: EngineIdentity) -> list[NewEvent]:
        if self._memory.identity not in (None, identity.id):
            # Another engine at the same address: its containers did not just appear, nor were the old ones removed.
            self._memory = Memory(last_ns=self._memory.last_ns)
            self._story = Story(self._engine, self._memory.told)
            self._prologue = True
        self._memory.identity = identity.id
        if self._memory.up_version == identity.version:
            return []
        self._memory.up_version = identity.version
        return [NewEvent("engine.up", SYSTEM, EngineUpData(self._engine, identity.version))]

    def down(self, message: str) -> list[NewEvent]:
        if self._memory.up_version == DOWN:
            return []
        self._memory.up_version = DOWN
        return [NewEvent("engine.down", SYSTEM, EngineDownData(self._engine, message))]

    def listed(self, listed: list[ContainerFacts]) -> list[NewEvent]:
        for facts in listed:
            # One that is told of already was heard of by an event since the stream was opened.
            if self._prologue and facts.id not in self._story.told:
                self._story.know(facts)
        return []

    def gone(self, ids: set[str]) -> list[NewEvent]:
        return self._story.gone(ids)

    def compare(self, facts: ContainerFacts) -> list[NewEvent]:
        if not self._prologue:
            return self._story.compare(facts)
        self._story.know(facts)
        return []

    def settle(self) -> list[NewEvent]:
        self._prologue = False
        return []
