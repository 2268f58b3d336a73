"""The archive of the audit trail forgets its oldest entries, and the chain holds from there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server.errors import StorageUnavailable
from server.eventlog import archive
from server.eventlog.retention import forget_expired_audit
from server.eventlog.sqlite import SqliteLog
from server.eventlog.verdict import verify
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.rows import rows, tamper
from tests.fakes.trail import recorded, write_trail

DAY_S = 86_400.0


def archived(path: Path) -> list[int]:
    return [int(str(seq)) for (seq,) in rows(path, "SELECT seq FROM audit_archive ORDER BY seq")]


@pytest.fixture
async def days(log: SqliteLog, clock: FakeClock) -> SqliteLog:
    """Entries 1, 3, 5, 7 and 9, a day apart, the last one now; the first four are archived."""
    for _ in range(5):
        await clock.advance(DAY_S)
        await write_trail(log, 1)
    await log.prune(8)
    return log


async def test_entries_that_are_too_old_go(path: Path, days: SqliteLog, clock: FakeClock) -> None:
    await forget_expired_audit(days, clock.now(), days=2.5)
    assert archived(path) == [5, 7]
    verdict = await asyncio.to_thread(verify, path)
    assert (verdict.ok, verdict.base, verdict.first, verdict.count) == (True, 3, 5, 3)


async def test_an_entry_stays_until_its_last_moment(path: Path, days: SqliteLog, clock: FakeClock) -> None:
    await forget_expired_audit(days, clock.now(), days=4)
    assert archived(path) == [1, 3, 5, 7]


async def test_entries_that_are_still_in_the_log_stay_there(path: Path, days: SqliteLog, clock: FakeClock) -> None:
    await forget_expired_audit(days, clock.now() + 100 * DAY_S, days=1)
    assert archived(path) == []
    verdict = await asyncio.to_thread(verify, path)
    assert (verdict.ok, verdict.base, verdict.first, verdict.count) == (True, 7, 9, 1)


async def test_an_entry_that_a_set_back_clock_made_look_older_waits_for_those_before_it(
    path: Path, log: SqliteLog, clock: FakeClock
) -> None:
    await write_trail(log, 1)
    clock.set_back(3 * DAY_S)
    await write_trail(log, 1)
    await log.prune(4)
    await forget_expired_audit(log, clock.now() + 2 * DAY_S, days=1)
    assert archived(path) == [1, 3]


async def test_much_is_forgotten_in_small_steps(
    path: Path, log: SqliteLog, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log.append([recorded()] * (2 * archive.STEP + 3))
    await log.prune(2 * archive.STEP + 3)
    left = []
    while await log.forget_audit("9999"):
        left.append(len(archived(path)))
    assert left == [archive.STEP + 3, 3]
    assert archived(path) == []


async def test_a_refused_step_changes_nothing(
    path: Path, database: HandledDatabase, days: SqliteLog, clock: FakeClock
) -> None:
    database.failures = [StorageUnavailable("full")]
    with pytest.raises(StorageUnavailable):
        await forget_expired_audit(days, clock.now(), days=1)
    verdict = await asyncio.to_thread(verify, path)
    assert (verdict.ok, verdict.base, verdict.count) == (True, 0, 5)


async def test_an_entry_whose_hash_is_unreadable_is_no_base_and_goes_with_one_after_it(
    path: Path, days: SqliteLog, clock: FakeClock
) -> None:
    tamper(path, "UPDATE audit_archive SET text = x'' WHERE seq = 3")
    await forget_expired_audit(days, clock.now(), days=2.5)
    assert archived(path) == [3, 5, 7]
    await forget_expired_audit(days, clock.now(), days=1.5)
    assert archived(path) == [7]
    verdict = await asyncio.to_thread(verify, path)
    assert (verdict.ok, verdict.base) == (True, 5)
