"""The containers as they are now: what the engine's events and inspections add up to."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Literal

from server.clock import Clock, rfc3339
from server.containers.engine import (
    ContainerFacts,
    ContainerNotFound,
    EngineError,
    EngineEvent,
    container_reference,
)
from server.containers.entry import INSPECT_AFTER, Entry, first_facts
from server.containers.labels import carries
from server.containers.own import is_same
from server.containers.views import container_view, list_order, summary
from server.protocol.codec import encode
from server.protocol.views import ContainersData, ContainerView, EngineView

# "Up 5 seconds" is true for a second.
FRESH_S = 1.0


class AmbiguousContainer(EngineError):
    """Several containers begin like this."""

    code = "ambiguous_container"
    status = 409


class Registry:
    """The current list of one engine, in memory; kept as it was while the engine is down.

    `published` tells the newest seq that was handed to any client; it is asked before the list is read.
    """

    def __init__(
        self,
        *,
        engine: str,
        clock: Clock,
        published: Callable[[], int],
    ) -> None:
        self.engine = engine
        self._clock = clock
        self._published = published
        self._on_change: Callable[[], None] = lambda: None
        self._own_id: str | None = None
        self._asked: dict[str, int] = {}
        self._entries: dict[str, Entry] = {}
        self._view = EngineView(engine, "connecting", rfc3339(clock.now()), None, None, None)
        self._frozen_s: float | None = None
        self._cached: tuple[float, bytes] | None = None

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def engine_view(self) -> EngineView:
        return self._view

    def on_change(self, call: Callable[[], None]) -> None:
        """Have `call` called after every change of what is shown."""
        self._on_change = call

    def ids(self) -> set[str]:
        return set(self._entries)

    def facts(self, id: str) -> ContainerFacts | None:
        entry = self._entries.get(id)
        return None if entry is None else entry.facts

    def is_self(self, id: str) -> bool:
        """Whether `id` is the container that Pilothouse runs in."""
        return is_same(self._own_id, id)

    def revision(self, id: str) -> int:
        """A number that grows with every event of `id`; to be noted before an inspection."""
        entry = self._entries.get(id)
        return -1 if entry is None else entry.revision

    def stale(self) -> set[str]:
        """The containers of which an inspection would tell more."""
        return {entry.facts.id for entry in self._entries.values() if entry.stale}

    def set_own_id(self, own_id: str | None) -> None:
        self._own_id = own_id

    def asked_ends(self) -> dict[str, int]:
        """Which containers ended because somebody asked for it, and the engine's time of that; what a restart of
        Pilothouse would forget."""
        return {entry.facts.id: entry.at_ns for entry in self._entries.values() if entry.ending == "asked"}

    def remember_asked_ends(self, asked: dict[str, int]) -> None:
        """Take back what `asked_ends` returned, before the first list."""
        self._asked = dict(asked)

    def set_engine(
        self,
        state: Literal["up", "down"],
        *,
        version: str | None = None,
        code: str | None = None,
        message: str | None = None,
    ) -> None:
        """Note that the engine is up, or down because of the error with this code. While it is down, durations in the
        list stand still."""
        old = self._view
        since = old.since if state == old.state else rfc3339(self._clock.now())
        self._view = EngineView(self.engine, state, since, version or old.version, code, message)
        if self._view == old:
            return
        if state == "up":
            self._frozen_s = None
        elif self._frozen_s is None:
            self._frozen_s = self._clock.now()
        self._changed()

    def apply(self, event: EngineEvent) -> bool:
        """Take in what `event` tells and return whether an inspection would tell more. An event that is older than what
        is known already (a replay) changes nothing."""
        if event.change == "destroy":
            self.drop(event.id)
            return False
        entry = self._entries.get(event.id)
        before = None if entry is None else (entry.facts, entry.ending)
        if entry is None:
            entry = self._add(first_facts(event))
        if not entry.apply(event):
            return False
        if before != (entry.facts, entry.ending):
            self._changed()
        return event.change in INSPECT_AFTER

    def put_listed(self, facts: ContainerFacts) -> None:
        """Take in an entry of the engine's list, unless more is known of that container already."""
        if facts.id not in self._entries:
            self._add(facts)
            self._changed()

    def put(self, facts: ContainerFacts, *, revision: int) -> bool:
        """Take in an inspection begun at `revision`; return false, and change nothing, if an event came meanwhile."""
        entry = self._entries.get(facts.id)
        if entry is None or entry.revision != revision:
            return False
        changed = facts != entry.facts
        entry.replace(facts)
        if changed:
            self._changed()
        return True

    def drop(self, id: str) -> None:
        """Forget a container that the engine no longer has."""
        if self._entries.pop(id, None) is not None:
            self._changed()

    def clear(self) -> None:
        """Forget every container: another engine answers now."""
        self._entries.clear()
        self._changed()

    def find(self, reference: str, labels: Collection[str] = ()) -> ContainerFacts:
        """Return the container with this id, this name or, if only one has it, this start of an id; of those alone that
        carry `labels`, selectors as a principal has them: the others are not there.

        Raises:
            InvalidContainer: no reference at all.
            ContainerNotFound, AmbiguousContainer: none or several match.
        """
        entry = self._entries.get(container_reference(reference))
        if entry is not None and carries(entry.facts.labels, labels):
            return entry.facts
        seen = [other.facts for other in self._entries.values() if carries(other.facts.labels, labels)]
        for facts in seen:
            if facts.name == reference:
                return facts
        found = [facts for facts in seen if facts.id.startswith(reference)]
        if len(found) > 1:
            names = ", ".join(sorted(facts.name for facts in found)[:5])
            raise AmbiguousContainer(f"{reference} is the start of several containers' ids ({names}): give more of it.")
        if not found:
            raise ContainerNotFound(f"There is no container {reference}.")
        return found[0]

    def view(self, facts: ContainerFacts) -> ContainerView:
        """Return `facts` as the list would show them now."""
        entry = self._entries.get(facts.id)
        return container_view(
            facts,
            engine=self.engine,
            ending=entry.ending if entry else None,
            is_self=self.is_self(facts.id),
            now_s=self._now_s(),
        )

    def data(self) -> ContainersData:
        """Return the list as it is now."""
        as_of_seq = self._published()
        now_s = self._now_s()
        views = [
            container_view(e.facts, engine=self.engine, ending=e.ending, is_self=self.is_self(e.facts.id), now_s=now_s)
            for e in self._entries.values()
        ]
        views.sort(key=list_order)
        return ContainersData(as_of_seq, rfc3339(self._clock.now()), [self._view], views, summary(views))

    def data_bytes(self) -> bytes:
        """Return the list as JSON, at most FRESH_S old and never older than the last change."""
        now = self._clock.monotonic()
        if self._cached is None or now - self._cached[0] >= FRESH_S:
            self._cached = (now, encode(self.data()))
        return self._cached[1]

    def _add(self, facts: ContainerFacts) -> Entry:
        entry = self._entries[facts.id] = Entry(facts, asked_end_ns=self._asked.pop(facts.id, 0))
        return entry

    def _now_s(self) -> float:
        return self._clock.now() if self._frozen_s is None else self._frozen_s

    def _changed(self) -> None:
        self._cached = None
        self._on_change()
