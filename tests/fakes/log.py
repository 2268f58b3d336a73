"""The log in memory with a hand on its appends."""

from __future__ import annotations

from collections.abc import Sequence

from server.errors import StorageUnavailable
from server.eventlog.log import IdempotencyKey, InvalidEvent, NewEvent, StoredEvent
from server.eventlog.memory import MemoryLog


class HandledLog(MemoryLog):
    """A `MemoryLog` that a test can make refuse.

    `full`: no append is stored. `refuses`: appends with an event of one of these types are not. `invalid`: events of
    these types cannot be stored at all.
    """

    full = False
    refuses: frozenset[str] = frozenset()
    invalid: frozenset[str] = frozenset()

    async def append(self, events: Sequence[NewEvent], *, idem: IdempotencyKey | None = None) -> list[StoredEvent]:
        if self.full or any(event.type in self.refuses for event in events):
            raise StorageUnavailable("The disk is full.")
        if any(event.type in self.invalid for event in events):
            raise InvalidEvent("The event is too large.")
        return await super().append(events, idem=idem)
