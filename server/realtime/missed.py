"""How much a client has missed: measured before anything is promised, kept where it fits one message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from server.eventlog.log import EventLog, StoredEvent
from server.eventlog.log import Gap as BelowFloor
from server.realtime.connection import Connection
from server.realtime.limits import Limits

Unreachable = Literal["expired", "ahead", "too_many"]
"""Why a position cannot be resumed from: pruned, not reached yet, or too far back."""


@dataclass(slots=True)
class Span:
    """Events of `channels` in (after, barrier], measured. `texts` holds them all when they fit one page, else None:
    then they are read again page by page, for what waits for a slow acknowledgement must not hold megabytes."""

    channels: list[str]
    after: int
    barrier: int
    texts: list[bytes] | None
    unreachable: Unreachable | None = None


async def measure(
    log: EventLog, limits: Limits, connection: Connection, channels: list[str], after: int, barrier: int
) -> Span:
    """Count what `connection` missed. It is held meanwhile, so it ends if it loses a right to what is kept here."""
    if after > barrier:
        return Span(channels, after, barrier, None, "ahead")
    texts: list[bytes] | None = []
    count = size = 0
    position, more = after, after < barrier
    while more:
        try:
            page = await log.read(position, limit=limits.page_events, upto=barrier, channels=channels)
        except BelowFloor:
            return Span(channels, after, barrier, None, "expired")
        count += len(page.events)
        size += sum(len(event.text) for event in page.events)
        if count > limits.replay_events or size > limits.replay_b:
            return Span(channels, after, barrier, None, "too_many")
        if texts is not None and count <= limits.single_page_events and size <= limits.page_b:
            texts += map(connection.shown, page.events)
        else:
            texts = None
        position, more = page.next, page.has_more
    return Span(channels, after, barrier, texts)


def within_bytes(events: list[StoredEvent], most_b: int) -> list[StoredEvent]:
    """As many of `events` as one page may carry, at least one: a page must fit an outbox."""
    size = 0
    for index, event in enumerate(events):
        size += len(event.text)
        if size > most_b and index > 0:
            return events[:index]
    return events
