"""Where a page of the log begins and ends. No I/O: every implementation of the log uses it."""

from __future__ import annotations

from collections.abc import Iterable

from server.eventlog.log import Gap, LogPosition, Page, StoredEvent

MAX_PAGE_B = 4 * 1024 * 1024
"""A page ends early when its texts would exceed this, whatever its limit; it always holds one event."""


def last_seq(position: LogPosition, after: int, upto: int | None) -> int:
    """Return the seq up to which a read after `after` may go.

    Raises:
        Gap: `after` lies below the floor.
    """
    if after < position.floor:
        raise Gap(f"The events that followed {after} are gone, up to {position.floor}. Load a snapshot.")
    return position.head if upto is None else min(upto, position.head)


def cut_page(found: Iterable[StoredEvent], *, after: int, upto: int, limit: int) -> Page:
    """Return the page that `found` begins with: the events after `after`, either all up to `upto` or more than the page
    can hold."""
    events: list[StoredEvent] = []
    size_b = 0
    for event in found:
        size_b += len(event.text)
        if len(events) == limit or (size_b > MAX_PAGE_B and events):
            return Page(events, events[-1].seq if events else after, True)
        events.append(event)
    return Page(events, max(after, upto), False)
