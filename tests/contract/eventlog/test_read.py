"""What every event log promises of what is read from it."""

from __future__ import annotations

import pytest

from server.eventlog.log import MAX_EVENT_B, Page
from server.eventlog.page import MAX_PAGE_B
from server.eventlog.retention import TidyLog
from tests.fakes.notes import fill, noted, seqs


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
