"""What the log in SQLite does beyond the contract: groups, files, locks, full disks."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from server.errors import StorageUnavailable
from server.eventlog.idempotency import KEEP_S
from server.eventlog.log import Gap, IdempotencyKey, LogPosition, NewEvent, Page
from server.eventlog.sqlite import MAX_GROUP_B, MAX_GROUP_EVENTS, MAX_WAITING, READ_ROWS, SqliteLog
from server.tasks import Tasks
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.sink import Sink

ONCE = IdempotencyKey("ann", "01J", b"restart web")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pilothouse.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[HandledDatabase]:
    opened = await HandledDatabase.open(path, busy_timeout_s=0.05)
    assert isinstance(opened, HandledDatabase)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def log(database: HandledDatabase, clock: FakeClock) -> AsyncIterator[SqliteLog]:
    opened = await SqliteLog.open(database, clock=clock, ring=4)
    yield opened
    await opened.close()


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    owned = Tasks("test")
    yield owned
    await owned.close()


def noted(channel: str = "system", text: str = "") -> NewEvent:
    return NewEvent("test.noted", channel, {"text": text})


def seqs(page: Page) -> list[int]:
    return [event.seq for event in page.events]


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    """What another program sees in the file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


# --- groups


async def test_appends_that_wait_for_a_commit_share_the_next_one(
    database: HandledDatabase, log: SqliteLog, tasks: Tasks
) -> None:
    sink = Sink(log)
    database.held.clear()
    first = tasks.spawn("first", log.append([noted()]))
    await database.until_held()
    others = [tasks.spawn(f"other-{n}", log.append([noted()])) for n in range(10)]
    await asyncio.sleep(0)
    database.held.set()
    await asyncio.gather(first, *others)
    assert [len(batch) for batch in sink.batches] == [1, 10]


@pytest.mark.parametrize(
    "append", [[noted()] * (MAX_GROUP_EVENTS // 2 + 1), [noted(text="x" * 200_000)] * (MAX_GROUP_B // 400_000 + 1)]
)
async def test_a_group_is_bounded(
    database: HandledDatabase, log: SqliteLog, tasks: Tasks, append: list[NewEvent]
) -> None:
    sink = Sink(log)
    database.held.clear()
    first = tasks.spawn("first", log.append([noted()]))
    await database.until_held()
    others = [tasks.spawn(f"other-{n}", log.append(append)) for n in range(2)]
    await asyncio.sleep(0)
    database.held.set()
    await asyncio.gather(first, *others)
    assert [len(batch) for batch in sink.batches] == [1, len(append), len(append)]


async def test_one_append_beyond_the_bounds_of_a_group_is_stored_whole(log: SqliteLog) -> None:
    stored = await log.append([noted()] * (MAX_GROUP_EVENTS + 1))
    assert stored[-1].seq == MAX_GROUP_EVENTS + 1


async def test_an_append_beyond_those_that_may_wait_gets_in_when_there_is_room(
    database: HandledDatabase, log: SqliteLog, tasks: Tasks
) -> None:
    database.held.clear()
    first = tasks.spawn("first", log.append([noted()]))
    await database.until_held()
    appends = [tasks.spawn(f"append-{n}", log.append([noted()])) for n in range(MAX_WAITING + 50)]
    await asyncio.sleep(0)
    database.held.set()
    results = await asyncio.gather(first, *appends)
    assert sorted(stored[0].seq for stored in results) == list(range(1, MAX_WAITING + 52))


async def test_an_append_can_be_cancelled_while_it_waits_for_room(
    database: HandledDatabase, log: SqliteLog, tasks: Tasks
) -> None:
    database.held.clear()
    first = tasks.spawn("first", log.append([noted()]))
    await database.until_held()
    appends = [tasks.spawn(f"append-{n}", log.append([noted()])) for n in range(MAX_WAITING)]
    await asyncio.sleep(0)
    late = tasks.spawn("late", log.append([noted()]))
    await asyncio.sleep(0)
    late.cancel()
    database.held.set()
    await asyncio.gather(first, *appends)
    assert late.cancelled()
    assert (await log.position()).head == MAX_WAITING + 1


async def test_closing_refuses_those_that_still_wait_for_room(
    database: HandledDatabase, log: SqliteLog, tasks: Tasks
) -> None:
    database.held.clear()
    first = tasks.spawn("first", log.append([noted()]))
    await database.until_held()
    appends = [tasks.spawn(f"append-{n}", log.append([noted()])) for n in range(MAX_WAITING + 1)]
    await asyncio.sleep(0)
    closing_ = tasks.spawn("close", log.close())
    await asyncio.sleep(0)
    database.held.set()
    *taken, late = await asyncio.gather(first, *appends, return_exceptions=True)
    await closing_
    assert isinstance(late, StorageUnavailable)
    assert not any(isinstance(result, BaseException) for result in taken)


async def test_an_append_cancelled_during_its_commit_is_stored_and_shown(
    database: HandledDatabase, log: SqliteLog, tasks: Tasks
) -> None:
    sink = Sink(log)
    database.held.clear()
    append = tasks.spawn("append", log.append([noted()]))
    await database.until_held()
    append.cancel()
    await asyncio.wait([append])
    database.held.set()
    await log.append([noted()])
    assert append.cancelled()
    assert sink.seqs == seqs(await log.read(0, limit=9)) == [1, 2]


async def test_an_append_cancelled_before_its_commit_is_not_stored(
    database: HandledDatabase, log: SqliteLog, tasks: Tasks
) -> None:
    sink = Sink(log)
    database.held.clear()
    first = tasks.spawn("first", log.append([noted(text="first")]))
    await database.until_held()
    second = tasks.spawn("second", log.append([noted(text="second")]))
    await asyncio.sleep(0)
    second.cancel()
    database.held.set()
    await first
    await log.append([noted(text="third")])
    assert [event.text.count(b"second") for event in sink.events] == [0, 0]


# --- what the storage refuses


async def test_a_refused_commit_fails_its_whole_group_and_leaves_no_hole(
    database: HandledDatabase, log: SqliteLog, tasks: Tasks
) -> None:
    sink = Sink(log)
    await log.append([noted()])
    database.held.clear()
    first = tasks.spawn("first", log.append([noted()]))
    await database.until_held()
    others = [tasks.spawn(f"other-{n}", log.append([noted("audit")])) for n in range(3)]
    await asyncio.sleep(0)
    database.failures = [StorageUnavailable("full"), StorageUnavailable("full")]
    database.held.set()
    results = await asyncio.gather(first, *others, return_exceptions=True)
    (stored,) = await log.append([noted("audit")])
    assert [type(result) for result in results] == [StorageUnavailable] * 4
    assert (stored.seq, stored.prev) == (2, 0)
    assert sink.seqs == [1, 2]


async def test_a_bug_in_a_commit_fails_its_group_and_not_the_log(
    database: HandledDatabase, log: SqliteLog, caplog: pytest.LogCaptureFixture
) -> None:
    database.failures = [ZeroDivisionError("a bug")]
    with pytest.raises(ZeroDivisionError):
        await log.append([noted()])
    (stored,) = await log.append([noted()])
    assert stored.seq == 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_refused_append_leaves_its_key_free(database: HandledDatabase, log: SqliteLog) -> None:
    database.failures = [StorageUnavailable("full")]
    with pytest.raises(StorageUnavailable):
        await log.append([noted()], idem=ONCE)
    (stored,) = await log.append([noted()], idem=ONCE)
    assert stored.seq == 1


async def test_a_locked_database_refuses_until_it_is_free_again(path: Path, log: SqliteLog) -> None:
    sink = Sink(log)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="locked"):
            await log.append([noted()])
        other.execute("ROLLBACK")
    (stored,) = await log.append([noted()])
    assert [stored.seq] == [1] == sink.seqs


async def test_a_full_database_refuses_until_there_is_room_again(database: HandledDatabase, log: SqliteLog) -> None:
    sink = Sink(log)
    await log.append([noted()])
    pages = await database.read(lambda connection: int(connection.execute("PRAGMA page_count").fetchone()[0]))
    await database.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages + 2}").fetchone())
    with pytest.raises(StorageUnavailable, match="full"):
        await log.append([noted(text="x" * 100_000)])
    assert "full" in str((await database.health()).error)
    await database.write(lambda connection: connection.execute("PRAGMA max_page_count = 1000000").fetchone())
    (stored,) = await log.append([noted(text="x" * 100_000)])
    assert [1, stored.seq] == [1, 2] == sink.seqs


async def test_tidying_finds_out_that_the_storage_takes_writes_again(
    path: Path, database: HandledDatabase, log: SqliteLog
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            await log.append([noted()])
        with pytest.raises(StorageUnavailable):
            await log.tidy()
        other.execute("ROLLBACK")
    await log.tidy()
    assert (await database.health()).error is None


async def test_a_log_that_another_program_wrote_to_takes_no_more(
    path: Path, database: HandledDatabase, log: SqliteLog
) -> None:
    await log.append([noted()])
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE log SET head = 7")
    with pytest.raises(StorageUnavailable, match="another program"):
        await log.append([noted()])
    assert "another program" in str((await database.health()).error)


# --- what a restart finds


async def test_a_reopened_log_is_where_it_was(database: HandledDatabase, log: SqliteLog) -> None:
    await log.append([noted(), noted("audit"), noted("session:a"), noted()])
    await log.prune(2)
    before, heads, page = await log.position(), await log.heads(), await log.read(2, limit=9)
    await log.close()
    again = await SqliteLog.open(database)
    assert await again.position() == before
    assert await again.heads() == heads
    assert await again.read(2, limit=9) == page
    (stored,) = await again.append([noted("audit")])
    assert (stored.seq, stored.prev) == (5, 2)
    await again.close()


async def test_a_reopened_log_uses_no_seq_again_after_everything_was_pruned(
    database: HandledDatabase, log: SqliteLog
) -> None:
    await log.append([noted(), noted("audit")])
    await log.prune(2)
    await log.close()
    again = await SqliteLog.open(database)
    (stored,) = await again.append([noted()])
    assert (stored.seq, stored.prev) == (3, 1)
    await again.close()


async def test_a_key_is_remembered_over_a_restart(database: HandledDatabase, log: SqliteLog, clock: FakeClock) -> None:
    first = await log.append([noted()], idem=ONCE)
    await log.close()
    again = await SqliteLog.open(database, clock=clock)
    assert await again.append([noted()], idem=ONCE) == first
    await again.close()


async def test_tidying_removes_every_key_that_expired_and_no_other(
    path: Path, log: SqliteLog, clock: FakeClock
) -> None:
    for n in range(3):
        await log.append([noted()], idem=IdempotencyKey("ann", f"old-{n}", b""))
    await clock.advance(KEEP_S - 10)
    await log.append([noted()], idem=IdempotencyKey("ann", "new", b""))
    await clock.advance(10)
    await log.tidy()
    assert rows(path, "SELECT key FROM idempotency") == [("new",)]


# --- the witness


async def test_a_database_put_back_to_an_older_state_begins_a_new_epoch(
    database: HandledDatabase, tmp_path: Path
) -> None:
    log = await SqliteLog.open(database, note=tmp_path / "witness")
    await log.append([noted(), noted()])
    before = await log.position()
    await log.close()
    await database.write(lambda connection: connection.execute("UPDATE log SET head = 1"))
    again = await SqliteLog.open(database, note=tmp_path / "witness")
    position = await again.position()
    await again.close()
    assert (position.head, position.epoch != before.epoch) == (1, True)
    assert rows(database.path, "SELECT epoch FROM log") == [(position.epoch,)]


async def test_a_database_that_the_witness_agrees_with_keeps_its_epoch(
    database: HandledDatabase, tmp_path: Path
) -> None:
    log = await SqliteLog.open(database, note=tmp_path / "witness")
    await log.append([noted()])
    await log.tidy()
    await log.append([noted()])
    before = await log.position()
    await log.close()
    again = await SqliteLog.open(database, note=tmp_path / "witness")
    assert await again.position() == before
    await again.close()


@pytest.mark.parametrize("text", ["another 99", "", "nonsense", "epoch 12 13", "epoch twelve", "\udcff"])
async def test_a_witness_of_another_epoch_or_that_cannot_be_read_says_nothing(
    database: HandledDatabase, log: SqliteLog, tmp_path: Path, text: str
) -> None:
    before = await log.position()
    (tmp_path / "witness").write_bytes(text.encode(errors="surrogateescape"))
    again = await SqliteLog.open(database, note=tmp_path / "witness")
    assert await again.position() == before
    await again.close()


async def test_a_witness_that_cannot_be_written_stops_nobody(database: HandledDatabase, tmp_path: Path) -> None:
    log = await SqliteLog.open(database, note=tmp_path / "missing" / "witness")
    await log.append([noted()])
    await log.tidy()
    await log.close()


# --- prune


async def test_events_of_the_audit_move_to_their_archive_when_they_are_pruned(path: Path, log: SqliteLog) -> None:
    stored = await log.append([noted("audit"), noted(), noted("audit"), noted("audit")])
    await log.prune(3)
    assert rows(path, "SELECT seq, prev, type, id, timestamp, text FROM audit_archive ORDER BY seq") == [
        (event.seq, event.prev, event.type, event.id, event.timestamp, event.text) for event in (stored[0], stored[2])
    ]
    assert rows(path, "SELECT seq FROM events") == [(4,)]


async def test_a_refused_prune_leaves_the_floor(database: HandledDatabase, log: SqliteLog) -> None:
    await log.append([noted()] * 12)
    database.failures = [StorageUnavailable("full")]
    with pytest.raises(StorageUnavailable):
        await log.prune(5)
    assert (await log.position()).floor == 0
    assert seqs(await log.read(0, limit=20)) == list(range(1, 13))


async def test_a_prune_whose_caller_is_cancelled_leaves_the_floor_where_the_file_has_it(
    database: HandledDatabase, log: SqliteLog, path: Path, tasks: Tasks
) -> None:
    await log.append([noted()] * 12)
    prune = tasks.spawn("prune", log.prune(5))
    await database.until_held()
    prune.cancel()
    await asyncio.wait([prune])
    await log.append([noted()])
    assert rows(path, "SELECT floor FROM log") == [(5,)]
    assert (await log.position()).floor == 5


async def test_a_page_whose_events_are_pruned_while_it_is_read_is_a_gap_and_has_no_hole(
    database: HandledDatabase, log: SqliteLog
) -> None:
    await log.append([noted()] * (READ_ROWS * 2 + 20))
    database.after_reads = [lambda: log.prune(READ_ROWS + 5)]
    with pytest.raises(Gap):
        await log.read(0, limit=READ_ROWS * 2)


# --- read


async def test_a_long_read_goes_on_from_the_file_into_the_ring(log: SqliteLog) -> None:
    for _ in range(2 * READ_ROWS // 50 + 1):
        await log.append([noted(), noted("audit")] * 25)
    await log.append([noted()])
    head = (await log.position()).head
    everything = await log.read(0, limit=10 * READ_ROWS)
    assert (seqs(everything), everything.next, everything.has_more) == (list(range(1, head + 1)), head, False)
    odd = await log.read(0, limit=READ_ROWS + 1, channels=["system"])
    assert (seqs(odd), odd.has_more) == (list(range(1, 2 * READ_ROWS + 2, 2)), True)


async def test_more_channels_than_one_query_takes_are_read_in_order(log: SqliteLog) -> None:
    channels = [f"session:{n}" for n in range(250)]
    await log.append([noted(channel) for channel in reversed(channels)] + [noted()] * 10)
    page = await log.read(0, limit=200, channels=channels)
    assert (seqs(page), page.next, page.has_more) == (list(range(1, 201)), 200, True)


async def test_the_head_is_never_above_what_the_file_holds(
    database: HandledDatabase, log: SqliteLog, tasks: Tasks
) -> None:
    await log.append([noted()])
    database.held.clear()
    append = tasks.spawn("append", log.append([noted()]))
    await database.until_held()
    assert (await log.position()).head == 1
    assert seqs(await log.read(0, limit=9)) == [1]
    database.held.set()
    await append


async def test_a_log_whose_writer_is_cancelled_leaves_nobody_waiting(
    database: HandledDatabase, log: SqliteLog, tasks: Tasks
) -> None:
    database.held.clear()
    first = tasks.spawn("first", log.append([noted()]))
    await database.until_held()
    second = tasks.spawn("second", log.append([noted()]))
    await asyncio.sleep(0)
    for task in asyncio.all_tasks():
        if task.get_name() == "eventlog.writer":
            task.cancel()
    results = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(result) for result in results] == [StorageUnavailable] * 2
    database.held.set()


async def test_an_untouched_log_is_at_the_beginning(log: SqliteLog, path: Path) -> None:
    ((epoch,),) = rows(path, "SELECT epoch FROM log")
    assert await log.position() == LogPosition(str(epoch), 0, 0)
