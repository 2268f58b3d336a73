"""What every event log promises, whatever it keeps its events in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from server.errors import StorageUnavailable
from server.eventlog.idempotency import KEEP_S
from server.eventlog.log import (
    MAX_EVENT_B,
    Gap,
    IdempotencyKey,
    IdReused,
    InvalidEvent,
    NewEvent,
    Page,
)
from server.eventlog.memory import MemoryLog
from server.eventlog.page import MAX_PAGE_B
from server.eventlog.retention import TidyLog
from server.eventlog.sqlite import SqliteLog
from server.ids import is_ulid
from server.storage.database import Database
from server.tasks import Tasks
from tests.fakes.clock import FakeClock
from tests.fakes.sink import Sink


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


# A ring of 4 keeps at most 8 events, so that reads of a dozen come from memory, from the file and from both.
@pytest.fixture(params=["memory", "sqlite", "sqlite with a ring of 4"])
async def log(request: pytest.FixtureRequest, clock: FakeClock, tmp_path: Path) -> AsyncIterator[TidyLog]:
    if request.param == "memory":
        yield MemoryLog(clock=clock)
        return
    database = await Database.open(tmp_path / "pilothouse.db")
    opened = await SqliteLog.open(database, clock=clock, ring=1000 if request.param == "sqlite" else 4)
    yield opened
    await opened.close()
    await database.close()


@pytest.fixture
def sink(log: TidyLog) -> Sink:
    return Sink(log)


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    owned = Tasks("test")
    yield owned
    await owned.close()


def noted(channel: str = "system", **data: Any) -> NewEvent:
    return NewEvent("test.noted", channel, data)


async def fill(log: TidyLog, channels: Sequence[str]) -> None:
    """Append one event to each of `channels`, in this order."""
    for channel in channels:
        await log.append([noted(channel)])


def seqs(page: Page) -> list[int]:
    return [event.seq for event in page.events]


# --- append


async def test_seq_counts_from_one_and_prev_names_the_event_before_in_the_same_channel(log: TidyLog) -> None:
    await fill(log, ["system", "workspace:7", "system", "workspace:7", "system"])
    page = await log.read(0, limit=10)
    assert [(event.channel, event.seq, event.prev) for event in page.events] == [
        ("system", 1, 0),
        ("workspace:7", 2, 0),
        ("system", 3, 1),
        ("workspace:7", 4, 2),
        ("system", 5, 3),
    ]


async def test_the_text_is_the_whole_message_as_it_is_sent(log: TidyLog) -> None:
    event = NewEvent("container.started", "system", {"name": '컨테이너 "a"', "n": [1, None, True]})
    (stored,) = await log.append([event])
    assert json.loads(stored.text) == {
        "type": "container.started",
        "id": event.id,
        "channel": "system",
        "seq": 1,
        "prev": 0,
        "timestamp": "2026-11-20T09:00:00.000Z",
        "data": {"name": '컨테이너 "a"', "n": [1, None, True]},
    }


async def test_the_text_keeps_the_order_of_the_envelope(log: TidyLog) -> None:
    (stored,) = await log.append([noted(a=1)])
    assert list(json.loads(stored.text)) == ["type", "id", "channel", "seq", "prev", "timestamp", "data"]


async def test_what_is_read_is_what_append_returned(log: TidyLog) -> None:
    stored = await log.append([noted(n=n) for n in range(12)])
    assert (await log.read(0, limit=20)).events == stored


async def test_an_event_without_an_id_gets_a_ulid(log: TidyLog) -> None:
    (stored,) = await log.append([noted()])
    assert is_ulid(stored.id)


async def test_an_id_of_the_callers_own_is_kept_and_quoted(log: TidyLog) -> None:
    (stored,) = await log.append([NewEvent("test.noted", "system", {}, id='a"b')])
    assert json.loads(stored.text)["id"] == stored.id == 'a"b'


async def test_events_of_one_append_follow_each_other_and_reach_the_sink_together(log: TidyLog, sink: Sink) -> None:
    await log.append([noted(n=n) for n in range(3)])
    assert [[event.seq for event in batch] for batch in sink.batches] == [[1, 2, 3]]


async def test_an_append_of_nothing_stores_nothing(log: TidyLog, sink: Sink) -> None:
    assert await log.append([]) == []
    assert (await log.position()).head == 0
    assert sink.batches == []


async def test_appends_at_the_same_time_share_the_numbers_without_hole_or_double(log: TidyLog, sink: Sink) -> None:
    results = await asyncio.gather(*[log.append([noted(n=n), noted("audit", n=n)]) for n in range(50)])
    assert sorted(event.seq for stored in results for event in stored) == list(range(1, 101))
    assert all(second.seq == first.seq + 1 for first, second in results)
    assert sink.seqs == list(range(1, 101))


async def test_two_writers_each_find_their_own_events_in_their_own_order(log: TidyLog, sink: Sink) -> None:
    async def write(channel: str) -> list[int]:
        return [(await log.append([noted(channel, n=n)]))[0].seq for n in range(30)]

    for channel, mine in zip(("system", "audit"), await asyncio.gather(write("system"), write("audit")), strict=True):
        shown = [event for event in sink.events if event.channel == channel]
        assert [event.seq for event in shown] == mine
        assert [json.loads(event.text)["data"]["n"] for event in shown] == list(range(30))
    assert sink.seqs == list(range(1, 61))


ENDLESS: dict[str, Any] = {}
ENDLESS["n"] = ENDLESS

INVALID = {
    "no such channel": NewEvent("test.noted", "nowhere", {}),
    "a state channel": NewEvent("test.noted", "metrics", {}),
    "a channel that needs quoting": NewEvent("test.noted", 'session:a"', {}),
    "an empty type": NewEvent("", "system", {}),
    "a type without a dot": NewEvent("error", "system", {}),
    "a type in capitals": NewEvent("Test.Noted", "system", {}),
    "a type that is too long": NewEvent("a." + "b" * 63, "system", {}),
    "data that is no JSON": NewEvent("test.noted", "system", {"n": object()}),
    "half a character": NewEvent("test.noted", "system", {"n": "\ud800"}),
    "data that contains itself": NewEvent("test.noted", "system", ENDLESS),
    "data that is a list": NewEvent("test.noted", "system", [1]),  # type: ignore[arg-type]
    "too large": NewEvent("test.noted", "system", {"n": "x" * MAX_EVENT_B}),
    "an id that is half a character": NewEvent("test.noted", "system", {}, id="\ud800"),
}


@pytest.mark.parametrize("event", INVALID.values(), ids=INVALID.keys())
async def test_an_invalid_event_fails_alone(log: TidyLog, sink: Sink, event: NewEvent) -> None:
    before, refused, after = await asyncio.gather(
        log.append([noted()]), log.append([event]), log.append([noted()]), return_exceptions=True
    )
    assert isinstance(refused, InvalidEvent)
    assert not isinstance(before, BaseException)
    assert not isinstance(after, BaseException)
    assert [before[0].seq, after[0].seq] == [1, 2] == sink.seqs


async def test_an_append_with_one_invalid_event_stores_none_of_it(log: TidyLog) -> None:
    with pytest.raises(InvalidEvent):
        await log.append([noted(), noted("nowhere"), noted()])
    assert (await log.position()).head == 0


async def test_the_largest_event_that_is_taken_stays_within_the_limit(log: TidyLog) -> None:
    (stored,) = await log.append([noted(text="x" * (MAX_EVENT_B - 300))])
    assert MAX_EVENT_B - 300 < len(stored.text) <= MAX_EVENT_B


async def test_the_sink_has_the_events_before_append_returns(log: TidyLog, sink: Sink) -> None:
    async def write(n: int) -> bool:
        (stored,) = await log.append([noted(n=n)])
        return stored in sink.events

    assert all(await asyncio.gather(*[write(n) for n in range(20)]))


async def test_a_sink_that_raises_breaks_neither_the_append_nor_the_log(
    log: TidyLog, sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    sink.broken = True
    await fill(log, ["system", "system"])
    assert sink.seqs == [1, 2]
    assert (await log.position()).head == 2
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


async def test_there_is_one_sink(log: TidyLog, sink: Sink) -> None:
    with pytest.raises(RuntimeError):
        Sink(log)


async def test_what_a_cancelled_append_stored_is_shown_too(log: TidyLog, sink: Sink, tasks: Tasks) -> None:
    appends = [tasks.spawn(f"append-{n}", log.append([noted(n=n)])) for n in range(10)]
    await asyncio.sleep(0)
    for append in appends[::2]:
        append.cancel()
    await asyncio.wait(appends)
    await log.append([noted()])
    head = (await log.position()).head
    assert sink.seqs == seqs(await log.read(0, limit=100)) == list(range(1, head + 1))


# --- read


async def test_an_empty_log_has_an_empty_page(log: TidyLog) -> None:
    assert await log.read(0, limit=10) == Page([], 0, False)


async def test_read_returns_what_follows_a_position(log: TidyLog) -> None:
    await fill(log, ["system"] * 12)
    page = await log.read(9, limit=10)
    assert (seqs(page), page.next, page.has_more) == ([10, 11, 12], 12, False)


@pytest.mark.parametrize("after", range(12))
async def test_a_page_holds_up_to_the_limit_and_says_whether_there_is_more(log: TidyLog, after: int) -> None:
    await fill(log, ["system"] * 12)
    page = await log.read(after, limit=3)
    expected = list(range(after + 1, min(after + 3, 12) + 1))
    assert (seqs(page), page.next, page.has_more) == (expected, expected[-1], after < 9)


async def test_read_goes_no_further_than_it_is_told(log: TidyLog) -> None:
    await fill(log, ["system"] * 12)
    page = await log.read(2, limit=10, upto=5)
    assert (seqs(page), page.next, page.has_more) == ([3, 4, 5], 5, False)


async def test_a_bound_above_the_head_is_the_head(log: TidyLog) -> None:
    await fill(log, ["system"] * 3)
    page = await log.read(1, limit=10, upto=99)
    assert (seqs(page), page.next, page.has_more) == ([2, 3], 3, False)


@pytest.mark.parametrize("after", [12, 13, 1000])
async def test_nothing_follows_a_position_at_the_head_or_ahead_of_it(log: TidyLog, after: int) -> None:
    await fill(log, ["system"] * 12)
    assert await log.read(after, limit=10) == Page([], after, False)


async def test_a_bound_below_the_position_leaves_the_position_where_it_is(log: TidyLog) -> None:
    await fill(log, ["system"] * 12)
    assert await log.read(5, limit=10, upto=3) == Page([], 5, False)


async def test_a_page_of_chosen_channels_passes_over_the_others(log: TidyLog) -> None:
    await fill(
        log, ["system", "audit", "session:a", "audit", "system", "audit", "session:a", "audit", "audit", "audit"]
    )
    page = await log.read(0, limit=10, channels=["session:a", "system"])
    assert (seqs(page), page.next, page.has_more) == ([1, 3, 5, 7], 10, False)


async def test_a_full_page_of_chosen_channels_ends_at_its_last_event(log: TidyLog) -> None:
    await fill(
        log, ["system", "audit", "session:a", "audit", "system", "audit", "session:a", "audit", "audit", "audit"]
    )
    page = await log.read(0, limit=3, channels=["session:a", "system"])
    assert (seqs(page), page.next, page.has_more) == ([1, 3, 5], 5, True)
    last = await log.read(page.next, limit=1, channels=["session:a", "system"])
    assert (seqs(last), last.next, last.has_more) == ([7], 10, False)


async def test_a_page_of_chosen_channels_keeps_to_the_bound(log: TidyLog) -> None:
    await fill(log, ["system", "audit"] * 6)
    page = await log.read(2, limit=10, upto=8, channels=["system"])
    assert (seqs(page), page.next, page.has_more) == ([3, 5, 7], 8, False)


@pytest.mark.parametrize("channels", [[], ["session:nobody"]])
async def test_a_page_of_channels_without_events_is_empty_and_at_the_head(log: TidyLog, channels: list[str]) -> None:
    await fill(log, ["system"] * 12)
    assert await log.read(0, limit=10, channels=channels) == Page([], 12, False)


async def test_a_channel_named_twice_is_read_once(log: TidyLog) -> None:
    await fill(log, ["system", "audit"] * 6)
    assert seqs(await log.read(0, limit=10, channels=["system", "system"])) == [1, 3, 5, 7, 9, 11]


async def test_pages_one_after_the_other_are_the_whole_log(log: TidyLog) -> None:
    await fill(log, ["system", "audit", "system"] * 7)
    found, after, more = [], 0, True
    while more:
        page = await log.read(after, limit=2, channels=["system"])
        found += seqs(page)
        after, more = page.next, page.has_more
    assert found == [seq for seq in range(1, 22) if seq % 3 != 2]


async def test_a_page_ends_early_when_its_texts_are_large(log: TidyLog) -> None:
    for _ in range(24):
        await log.append([noted(text="x" * (MAX_EVENT_B - 300))])
    page = await log.read(0, limit=24)
    assert sum(len(event.text) for event in page.events) <= MAX_PAGE_B
    assert page.has_more
    rest = await log.read(page.next, limit=24)
    assert seqs(page) + seqs(rest) == list(range(1, 25))


# --- position, prune


async def test_a_new_log_is_empty_and_has_an_epoch(log: TidyLog) -> None:
    position = await log.position()
    assert (position.floor, position.head) == (0, 0)
    assert position.epoch


async def test_heads_are_the_newest_seq_of_each_channel(log: TidyLog) -> None:
    await fill(log, ["system", "audit", "system", "session:a"])
    assert dict(await log.heads()) == {"system": 3, "audit": 2, "session:a": 4}


async def test_below_the_floor_is_a_gap(log: TidyLog) -> None:
    await fill(log, ["system"] * 12)
    await log.prune(5)
    with pytest.raises(Gap):
        await log.read(4, limit=10)


async def test_a_negative_position_is_a_gap(log: TidyLog) -> None:
    with pytest.raises(Gap):
        await log.read(-1, limit=10)


async def test_everything_above_the_floor_is_still_there(log: TidyLog) -> None:
    await fill(log, ["system"] * 12)
    await log.prune(5)
    assert seqs(await log.read(5, limit=20)) == list(range(6, 13))
    assert (await log.position()).floor == 5


async def test_a_prune_goes_no_further_than_the_head(log: TidyLog) -> None:
    await fill(log, ["system"] * 3)
    await log.prune(1000)
    position = await log.position()
    assert (position.floor, position.head) == (3, 3)


@pytest.mark.parametrize("upto", [-1, 0, 3, 5])
async def test_the_floor_never_goes_down(log: TidyLog, upto: int) -> None:
    await fill(log, ["system"] * 12)
    await log.prune(5)
    await log.prune(upto)
    assert (await log.position()).floor == 5


async def test_no_seq_is_used_twice_after_everything_was_pruned(log: TidyLog) -> None:
    await fill(log, ["system", "audit", "system"])
    await log.prune(3)
    (stored,) = await log.append([noted("audit")])
    assert (stored.seq, stored.prev) == (4, 2)


async def test_heads_outlive_their_events(log: TidyLog) -> None:
    await fill(log, ["system", "audit", "system"])
    await log.prune(3)
    assert dict(await log.heads()) == {"system": 3, "audit": 2}


# --- idempotency

ONCE = IdempotencyKey("ann", "01J", b"restart web")


async def test_a_repeated_append_returns_the_first_events_and_stores_nothing(log: TidyLog, sink: Sink) -> None:
    first = await log.append([noted(n=1), noted("audit", n=1)], idem=ONCE)
    again = await log.append([noted(n=1), noted("audit", n=1)], idem=ONCE)
    assert again == first
    assert sink.seqs == [1, 2]


async def test_the_same_key_twice_at_the_same_time_has_one_effect(log: TidyLog, sink: Sink) -> None:
    results = await asyncio.gather(*[log.append([noted(n=n)], idem=ONCE) for n in range(5)])
    assert all(result == results[0] for result in results)
    assert sink.seqs == [1]


async def test_the_same_key_with_another_request_is_an_error(log: TidyLog, sink: Sink) -> None:
    await log.append([noted()], idem=ONCE)
    with pytest.raises(IdReused):
        await log.append([noted()], idem=IdempotencyKey("ann", "01J", b"remove web"))
    assert sink.seqs == [1]


async def test_another_request_under_a_key_fails_alone_when_they_come_together(log: TidyLog, sink: Sink) -> None:
    first, second, third = await asyncio.gather(
        log.append([noted()], idem=ONCE),
        log.append([noted()], idem=IdempotencyKey("ann", "01J", b"remove web")),
        log.append([noted()]),
        return_exceptions=True,
    )
    assert isinstance(second, IdReused)
    assert not isinstance(first, BaseException)
    assert not isinstance(third, BaseException)
    assert sink.seqs == [1, 2]


async def test_a_key_belongs_to_its_scope(log: TidyLog, sink: Sink) -> None:
    await log.append([noted()], idem=ONCE)
    await log.append([noted()], idem=IdempotencyKey("ben", "01J", b"remove web"))
    assert sink.seqs == [1, 2]


async def test_an_append_is_repeatable_after_its_events_were_pruned(log: TidyLog, sink: Sink) -> None:
    first = await log.append([noted(n=1)], idem=ONCE)
    await log.prune(1)
    assert await log.append([noted(n=1)], idem=ONCE) == first
    assert sink.seqs == [1]


async def test_an_invalid_append_leaves_its_key_free(log: TidyLog) -> None:
    with pytest.raises(InvalidEvent):
        await log.append([noted("nowhere")], idem=ONCE)
    (stored,) = await log.append([noted()], idem=ONCE)
    assert stored.seq == 1


async def test_a_key_is_held_for_a_day(log: TidyLog, sink: Sink, clock: FakeClock) -> None:
    await log.append([noted()], idem=ONCE)
    await clock.advance(KEEP_S - 1)
    await log.tidy()
    await log.append([noted()], idem=ONCE)
    assert sink.seqs == [1]


@pytest.mark.parametrize("tidied", [True, False])
async def test_a_key_is_free_again_after_a_day(log: TidyLog, sink: Sink, clock: FakeClock, tidied: bool) -> None:
    await log.append([noted()], idem=ONCE)
    await clock.advance(KEEP_S)
    if tidied:
        await log.tidy()
    await log.append([noted()], idem=IdempotencyKey("ann", "01J", b"remove web"))
    assert sink.seqs == [1, 2]


# --- close


async def test_what_was_handed_in_before_close_is_finished(log: TidyLog, sink: Sink, tasks: Tasks) -> None:
    appends = [tasks.spawn(f"append-{n}", log.append([noted(n=n)])) for n in range(20)]
    await asyncio.sleep(0)
    await log.close()
    assert sorted(append.result()[0].seq for append in appends) == list(range(1, 21)) == sink.seqs


async def test_a_closed_log_takes_no_more(log: TidyLog) -> None:
    await log.close()
    with pytest.raises(StorageUnavailable):
        await log.append([noted()])


async def test_a_log_can_be_closed_twice(log: TidyLog) -> None:
    await log.close()
    await log.close()
