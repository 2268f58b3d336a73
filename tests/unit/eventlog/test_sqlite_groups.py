"""How appends to the log in SQLite share commits, and who waits."""

from __future__ import annotations

import asyncio

import pytest

from server.errors import StorageUnavailable
from server.eventlog.log import NewEvent
from server.eventlog.sqlite import MAX_GROUP_B, MAX_GROUP_EVENTS, MAX_WAITING, SqliteLog
from server.tasks import Tasks
from tests.fakes.database import HandledDatabase
from tests.fakes.notes import noted, seqs
from tests.fakes.sink import Sink


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
