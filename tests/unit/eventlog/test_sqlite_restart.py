"""What a restart of the log in SQLite finds, and what the witness beside it notices."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.eventlog.idempotency import KEEP_S
from server.eventlog.log import IdempotencyKey
from server.eventlog.sqlite import SqliteLog
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.notes import noted
from tests.fakes.rows import rows

ONCE = IdempotencyKey("ann", "01J", b"restart web")


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
