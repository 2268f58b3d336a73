"""The event log in memory: for tests, and for whoever wants no history beyond the life of the process."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence

from server.clock import Clock, SystemClock, rfc3339
from server.errors import StorageUnavailable
from server.eventlog.chain import GENESIS
from server.eventlog.group import new_append, number
from server.eventlog.idempotency import Answer, is_expired
from server.eventlog.log import IdempotencyKey, IdReused, LogPosition, NewEvent, Page, Sink, StoredEvent
from server.eventlog.outlet import Outlet
from server.eventlog.page import cut_page, last_seq


class MemoryLog:
    """An `EventLog` whose appends never wait: each is a group of its own. Bounded by whoever prunes it."""

    def __init__(self, *, clock: Clock | None = None, epoch: str | None = None) -> None:
        self._clock = clock or SystemClock()
        self._events: list[StoredEvent] = []
        self._heads: dict[str, int] = {}
        self._chain = GENESIS
        self._answers: dict[tuple[str, str], Answer] = {}
        self._position = LogPosition(epoch or secrets.token_hex(6), 0, 0)
        self._outlet = Outlet()
        self._closed = False

    async def append(self, events: Sequence[NewEvent], *, idem: IdempotencyKey | None = None) -> list[StoredEvent]:
        append = new_append(events, idem)
        if self._closed:
            raise StorageUnavailable("The event log is closed: the server is shutting down.")
        position, now_s = self._position, self._clock.now()
        group = number(
            [append],
            head=position.head,
            heads=self._heads,
            chain=self._chain,
            look_up=lambda claim: self._answers.get((claim.scope, claim.key)),
            now_s=now_s,
            timestamp=rfc3339(now_s),
        )
        self._answers.update(group.answers)
        self._heads.update(group.heads)
        self._chain = group.chain
        if group.events:
            self._events.extend(group.events)
            self._position = LogPosition(position.epoch, position.floor, group.events[-1].seq)
            self._outlet.show(group.events)
        outcome = group.outcomes[0]
        if isinstance(outcome, IdReused):
            raise outcome
        return outcome

    async def read(
        self, after: int, *, limit: int, upto: int | None = None, channels: Collection[str] | None = None
    ) -> Page:
        upto = last_seq(self._position, after, upto)
        floor = self._position.floor
        found = self._events[after - floor : max(upto, after) - floor]
        if channels is not None:
            found = [event for event in found if event.channel in channels]
        return cut_page(found, after=after, upto=upto, limit=limit)

    def attach(self, sink: Sink) -> None:
        self._outlet.attach(sink)

    async def position(self) -> LogPosition:
        return self._position

    async def heads(self) -> Mapping[str, int]:
        return dict(self._heads)

    async def prune(self, upto: int) -> None:
        old = self._position
        upto = min(upto, old.head)
        if upto > old.floor:
            del self._events[: upto - old.floor]
            self._position = LogPosition(old.epoch, upto, old.head)

    async def tidy(self) -> None:
        """Forget the idempotency keys that expired."""
        now_s = self._clock.now()
        self._answers = {key: known for key, known in self._answers.items() if not is_expired(known, now_s)}

    async def forget_audit(self, before: str) -> bool:
        """Nothing: what is pruned here is gone, the audit trail with it."""
        return False

    async def close(self) -> None:
        self._closed = True
