"""A log in a file, with a hand on its storage and on the time; and the audit trail of a server that has ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.eventlog.sqlite import SqliteLog
from server.tasks import Tasks
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.trail import opened_log, write_trail


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


# Entries 1, 3, 5, 7, 9 and 11, and where they are: in the log, in its archive, in both, or partly forgotten as well.
WHERE = {"in the log": (0, 0), "archived": (12, 0), "archived in part": (5, 0), "forgotten in part": (5, 1)}


@pytest.fixture(params=[*WHERE])
async def trail(request: pytest.FixtureRequest, path: Path, clock: FakeClock) -> Path:
    pruned, forgotten = WHERE[request.param]
    async with opened_log(path, clock) as log:
        await write_trail(log, forgotten)
        await clock.advance(1)
        await write_trail(log, 6 - forgotten)
        await log.prune(pruned)
        if forgotten:
            await log.forget_audit("2026-11-20T09:00:01.000Z")
    return path
