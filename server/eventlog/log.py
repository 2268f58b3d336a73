"""The port of the event log, and the values that cross it. What stores the events is this folder's business alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from server.errors import AppError
from server.ids import new_id

MAX_EVENT_B = 256 * 1024
"""An event is a fact, not a document: it must fit many times into one page of a replay."""


class NewEvent(msgspec.Struct, frozen=True):
    """An event before it is stored. `data` is encoded once, by the log. `id` tells a new event from one that an earlier
    append with the same idempotency key stored."""

    type: str
    channel: str
    data: msgspec.Struct | Mapping[str, Any]
    id: str = msgspec.field(default_factory=new_id)


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    """A committed event. `text` is the whole message as it is sent: JSON in UTF-8. `timestamp` is RFC 3339."""

    seq: int
    prev: int
    channel: str
    type: str
    id: str
    timestamp: str
    text: bytes


class IdempotencyKey(msgspec.Struct, frozen=True):
    """Makes an append safe to repeat for 24 h: the same `scope` and `key` store nothing new. `request` is what was
    asked for, in any stable encoding; another request under the same key is an error."""

    scope: str
    key: str
    request: bytes


class Page(msgspec.Struct, frozen=True):
    """Events oldest first. `next` is the position after this page (the events of other channels passed over included):
    the `after` of the next read. `has_more`: there is more up to the bound that was asked for."""

    events: list[StoredEvent]
    next: int
    has_more: bool


class LogPosition(msgspec.Struct, frozen=True):
    """`floor`: every event with seq > floor is still there. `head`: the newest committed seq, 0 in an empty log."""

    epoch: str
    floor: int
    head: int


Sink = Callable[[Sequence[StoredEvent]], None]
"""Takes each committed batch in seq order; must not raise and must not await."""


class Gap(AppError):
    """The position lies below the floor: what followed it is gone. The client loads a snapshot."""

    code = "gap"
    status = 410


class InvalidEvent(AppError):
    """An event that cannot be stored: a channel that is none, a name that is none, data that is no JSON, too large."""

    code = "invalid_event"
    status = 500


class IdReused(AppError):
    """The same idempotency key came with another request."""

    code = "id_reused"
    status = 409


class EventLog(Protocol):
    """One order of events. `seq` is 1, 2, 3 … without holes, never used twice, not even after everything was pruned."""

    async def append(self, events: Sequence[NewEvent], *, idem: IdempotencyKey | None = None) -> list[StoredEvent]:
        """Store `events` together and return them once they are durable and were handed to the sink.

        Appends that wait at the same time share one commit; one that is invalid fails alone. A caller that is
        cancelled while it waits may find its events stored, and then the sink has them too. With `idem` seen before,
        nothing is stored and the events of the first append are returned.

        Raises:
            InvalidEvent: nothing of this append was stored.
            IdReused: `idem` was used for another request.
            StorageUnavailable: the disk is full, the database is locked: nothing of this append was stored.
        """
        ...

    async def read(
        self, after: int, *, limit: int, upto: int | None = None, channels: Collection[str] | None = None
    ) -> Page:
        """Return up to `limit` committed events with `after` < seq <= `upto` (default: the head), oldest first.

        Raises:
            Gap: `after` lies below the floor.
        """
        ...

    def attach(self, sink: Sink) -> None:
        """Name the one sink. It gets every batch committed from now on, in seq order, before the append returns."""
        ...

    async def position(self) -> LogPosition: ...

    async def heads(self) -> Mapping[str, int]:
        """The newest seq of every channel that ever had an event, pruned or not."""
        ...

    async def prune(self, upto: int) -> None:
        """Forget the events with seq <= `upto` (at most the head) and move the floor there, at once or not at all."""
        ...

    async def close(self) -> None:
        """Finish what was handed in and release the storage. Later appends raise StorageUnavailable."""
        ...
