"""Where every event log begins and ends: position, prune, close."""

from __future__ import annotations

import asyncio

import pytest

from server.errors import StorageUnavailable
from server.eventlog.log import Gap
from server.eventlog.retention import TidyLog
from server.tasks import Tasks
from tests.fakes.notes import fill, noted, seqs
from tests.fakes.sink import Sink


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
