"""What every event log promises of what it is given, whatever it keeps its events in."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from server.eventlog.log import MAX_EVENT_B, InvalidEvent, NewEvent
from server.eventlog.retention import TidyLog
from server.ids import is_ulid
from server.tasks import Tasks
from tests.fakes.notes import fill, noted, seqs
from tests.fakes.sink import Sink


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
