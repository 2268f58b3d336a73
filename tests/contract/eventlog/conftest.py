"""Every event log, one after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.eventlog.memory import MemoryLog
from server.eventlog.retention import TidyLog
from server.eventlog.sqlite import SqliteLog
from server.storage.database import Database
from server.tasks import Tasks
from tests.fakes.clock import FakeClock
from tests.fakes.sink import Sink


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


# A ring of 4 keeps at most 8 events, so that reads of a dozen come from memory, from the file and from both.
@pytest.fixture(params=["memory", "sqlite", "sqlite with a ring of 4"])
async def log(request: pytest.FixtureRequest, clock: FakeClock, tmp_path: Path) -> AsyncIterator[TidyLog]:
    if request.param == "memory":
        yield MemoryLog(clock=clock)
        return
    database = await Database.open(tmp_path / "pilothouse.db")
    opened = await SqliteLog.open(database, clock=clock, ring=1000 if request.param == "sqlite" else 4)
    yield opened
    await opened.close()
    await database.close()


@pytest.fixture
def sink(log: TidyLog) -> Sink:
    return Sink(log)


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    owned = Tasks("test")
    yield owned
    await owned.close()
