"""How the log in SQLite prunes, and reads from the file and from memory."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server.errors import StorageUnavailable
from server.eventlog.log import Gap, LogPosition
from server.eventlog.sqlite import READ_ROWS, SqliteLog
from server.tasks import Tasks
from tests.fakes.database import HandledDatabase
from tests.fakes.notes import noted, seqs
from tests.fakes.rows import rows


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
