"""The log forgets what is too old or too much, in small steps."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from server.errors import StorageUnavailable
from server.eventlog import retention
from server.eventlog.log import IdempotencyKey, NewEvent
from server.eventlog.memory import MemoryLog
from server.eventlog.retention import INTERVAL_S, STEP, forget_expired_audit, prune_expired
from server.tasks import Tasks
from tests.fakes.clock import FakeClock

DAY_S = 86_400.0


class CountedLog(MemoryLog):
    """Remembers how far each prune went, and may refuse."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock=clock)
        self.prunes: list[int] = []
        self.refusing = False
        self.tidied = 0
        self.audit_before: list[str] = []
        self.audit_steps = 0

    async def prune(self, upto: int) -> None:
        if self.refusing:
            raise StorageUnavailable("full")
        self.prunes.append(upto)
        await super().prune(upto)

    async def forget_audit(self, before: str) -> bool:
        self.audit_before.append(before)
        self.audit_steps -= 1
        return self.audit_steps >= 0

    async def tidy(self) -> None:
        self.tidied += 1
        await super().tidy()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def log(clock: FakeClock) -> CountedLog:
    return CountedLog(clock)


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    owned = Tasks("test")
    yield owned
    await owned.close()


async def fill(log: MemoryLog, count: int) -> None:
    await log.append([NewEvent("test.noted", "system", {})] * count)


async def floor(log: MemoryLog) -> int:
    return (await log.position()).floor


async def test_what_is_young_and_not_too_much_stays(log: CountedLog, clock: FakeClock) -> None:
    await fill(log, 10)
    await prune_expired(log, clock.now(), days=1, events=10)
    assert log.prunes == []


async def test_an_empty_log_stays_as_it_is(log: CountedLog, clock: FakeClock) -> None:
    await prune_expired(log, clock.now(), days=1, events=10)
    assert log.prunes == []


async def test_events_beyond_the_count_go_oldest_first(log: CountedLog, clock: FakeClock) -> None:
    await fill(log, 25)
    await prune_expired(log, clock.now(), days=1, events=10)
    assert await floor(log) == 15


async def test_events_beyond_the_age_go(log: CountedLog, clock: FakeClock) -> None:
    await fill(log, 3)
    await clock.advance(DAY_S)
    await fill(log, 4)
    await clock.advance(1)
    await prune_expired(log, clock.now(), days=1, events=100)
    assert await floor(log) == 3


async def test_everything_may_be_too_old(log: CountedLog, clock: FakeClock) -> None:
    await fill(log, 7)
    await clock.advance(2 * DAY_S)
    await prune_expired(log, clock.now(), days=1, events=100)
    assert await floor(log) == 7


async def test_an_event_stays_until_its_last_moment(log: CountedLog, clock: FakeClock) -> None:
    await fill(log, 7)
    await clock.advance(DAY_S)
    await prune_expired(log, clock.now(), days=1, events=100)
    assert log.prunes == []


async def test_both_reasons_together_prune_as_far_as_the_stricter(log: CountedLog, clock: FakeClock) -> None:
    await fill(log, 5)
    await clock.advance(2 * DAY_S)
    await fill(log, 20)
    await prune_expired(log, clock.now(), days=1, events=22)
    assert await floor(log) == 5
    await prune_expired(log, clock.now(), days=1, events=12)
    assert await floor(log) == 13


@pytest.mark.parametrize("why", ["count", "age"])
async def test_much_is_pruned_in_small_steps(log: CountedLog, clock: FakeClock, why: str) -> None:
    await fill(log, 3 * STEP + 10)
    await clock.advance(2 * DAY_S if why == "age" else 0)
    await prune_expired(log, clock.now(), days=1, events=10)
    assert await floor(log) == (3 * STEP if why == "count" else 3 * STEP + 10)
    assert all(after - before <= STEP for before, after in zip([0, *log.prunes], log.prunes, strict=False))


async def test_a_clock_that_was_set_back_keeps_younger_events_from_going_early(
    log: CountedLog, clock: FakeClock
) -> None:
    await fill(log, 3)
    clock.set_back(3 * DAY_S)
    await fill(log, 4)
    await clock.advance(2 * DAY_S)
    await prune_expired(log, clock.now(), days=1, events=100)
    assert log.prunes == []


async def test_a_retention_longer_than_time_itself_keeps_everything(log: CountedLog, clock: FakeClock) -> None:
    await fill(log, 3)
    await prune_expired(log, clock.now(), days=1e9, events=100)
    assert log.prunes == []


async def test_the_log_is_pruned_and_tidied_at_once_and_every_interval(
    log: CountedLog, clock: FakeClock, tasks: Tasks
) -> None:
    await fill(log, 3)
    tasks.spawn("retention", retention.run(log, clock, days=1, events=2))
    await clock.advance(0)
    assert (await floor(log), log.tidied) == (1, 1)
    await fill(log, 3)
    await clock.advance(INTERVAL_S)
    assert (await floor(log), log.tidied) == (4, 2)


async def test_a_refused_prune_is_tried_again_the_next_time(
    log: CountedLog, clock: FakeClock, tasks: Tasks, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(log, 3)
    log.refusing = True
    task = tasks.spawn("retention", retention.run(log, clock, days=1, events=2))
    await clock.advance(0)
    assert not task.done()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    log.refusing = False
    await clock.advance(INTERVAL_S)
    assert await floor(log) == 1


async def test_keys_that_expired_are_forgotten(log: CountedLog, clock: FakeClock, tasks: Tasks) -> None:
    await log.append([NewEvent("test.noted", "system", {})], idem=IdempotencyKey("ann", "01J", b"a"))
    tasks.spawn("retention", retention.run(log, clock, days=30, events=100))
    await clock.advance(DAY_S + INTERVAL_S)
    stored = await log.append([NewEvent("test.noted", "system", {})], idem=IdempotencyKey("ann", "01J", b"b"))
    assert stored[0].seq == 2


# --- the audit trail


async def test_the_audit_trail_has_a_retention_of_its_own(log: CountedLog, clock: FakeClock, tasks: Tasks) -> None:
    tasks.spawn("retention", retention.run(log, clock, days=1, events=100, audit_days=10))
    await clock.advance(0)
    assert log.audit_before == ["2026-11-10T09:00:00.000Z"]


async def test_the_audit_trail_is_kept_for_a_year_when_nothing_else_is_said(
    log: CountedLog, clock: FakeClock, tasks: Tasks
) -> None:
    tasks.spawn("retention", retention.run(log, clock, days=1, events=100))
    await clock.advance(0)
    assert log.audit_before == ["2025-11-20T09:00:00.000Z"]


async def test_the_audit_trail_is_forgotten_step_by_step_until_nothing_is_too_old(
    log: CountedLog, clock: FakeClock
) -> None:
    log.audit_steps = 3
    await forget_expired_audit(log, clock.now(), days=10)
    assert len(log.audit_before) == 4
