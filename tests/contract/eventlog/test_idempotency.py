"""An append to any event log is safe to repeat."""

from __future__ import annotations

import asyncio

import pytest

from server.eventlog.idempotency import KEEP_S
from server.eventlog.log import IdempotencyKey, IdReused, InvalidEvent
from server.eventlog.retention import TidyLog
from tests.fakes.clock import FakeClock
from tests.fakes.notes import noted
from tests.fakes.sink import Sink

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
