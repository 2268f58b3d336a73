"""The newest events, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from server.eventlog.log import Page, StoredEvent
from server.eventlog.page import cut_page

MAX_RING_B = 16 * 1024 * 1024
"""A thousand of the largest events would be a quarter of a gigabyte."""


class Ring:
    """Keeps at least the newest `size` events, at most twice as many, and fewer when they exceed `size_b` together."""

    def __init__(self, size: int, head: int, *, size_b: int = MAX_RING_B) -> None:
        """`head`: the seq after which it starts to keep them."""
        self._size = size
        self._size_b = size_b
        self._events: list[StoredEvent] = []
        self._bytes = 0
        self._before = head

    @property
    def before(self) -> int:
        """Every event with a seq above this is here."""
        return self._before

    def extend(self, events: Sequence[StoredEvent]) -> None:
        """Add the events that follow the newest one here. The oldest go in one cut, when enough have gathered."""
        self._events.extend(events)
        self._bytes += sum([len(event.text) for event in events])
        if len(self._events) > 2 * self._size:
            self._cut(len(self._events) - self._size)
        while self._bytes > self._size_b:
            self._cut((len(self._events) + 1) // 2)

    def page(self, after: int, upto: int, *, limit: int, channels: Collection[str] | None) -> Page:
        """Return the page after `after`, which is `before` or later, up to `upto`."""
        first, end = after - self._before, upto - self._before
        if channels is None:
            found = self._events[first : min(end, first + limit + 1)]
        else:
            found = [event for event in self._events[first:end] if event.channel in channels]
        return cut_page(found, after=after, upto=upto, limit=limit)

    def _cut(self, count: int) -> None:
        self._bytes -= sum([len(event.text) for event in self._events[:count]])
        del self._events[:count]
        self._before += count
