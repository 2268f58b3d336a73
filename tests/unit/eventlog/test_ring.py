"""The newest events stay in memory, and no more of them than is allowed."""

from __future__ import annotations

import pytest

from server.eventlog.log import StoredEvent
from server.eventlog.ring import Ring


def events(first: int, last: int, size_b: int = 10) -> list[StoredEvent]:
    return [StoredEvent(seq, seq - 1, "system", "a.b", "id", "", b"x" * size_b) for seq in range(first, last + 1)]


def test_a_new_ring_reaches_nothing_up_to_its_head() -> None:
    assert Ring(10, 7).before == 7


def test_every_event_since_then_is_there() -> None:
    ring = Ring(10, 7)
    ring.extend(events(8, 20))
    page = ring.page(7, 20, limit=20, channels=None)
    assert ring.before == 7
    assert [event.seq for event in page.events] == list(range(8, 21))


@pytest.mark.parametrize("batch", [1, 3, 7, 100])
def test_it_keeps_at_least_its_size_and_at_most_twice_that(batch: int) -> None:
    ring = Ring(10, 0)
    for first in range(1, 201, batch):
        ring.extend(events(first, first + batch - 1))
        head = first + batch - 1
        assert min(10, head) <= head - ring.before <= 20
        page = ring.page(ring.before, head, limit=100, channels=None)
        assert [event.seq for event in page.events] == list(range(ring.before + 1, head + 1))


def test_large_events_push_others_out_early() -> None:
    ring = Ring(1000, 0, size_b=100)
    for seq in range(1, 50):
        ring.extend(events(seq, seq, size_b=30))
        assert (seq - ring.before) * 30 <= 100
    assert ring.before < 49


def test_an_event_larger_than_the_whole_ring_is_not_kept() -> None:
    ring = Ring(1000, 0, size_b=100)
    ring.extend(events(1, 1, size_b=101))
    assert ring.before == 1
