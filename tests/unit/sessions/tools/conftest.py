"""The toolbox over the real container service and an engine in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.containers.service import ContainerService
from server.eventlog.audit import Audit
from server.sessions.tools.toolbox import Toolbox
from server.storage.database import Database
from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine
from tests.fakes.log import HandledLog
from tests.fakes.services import FakeMetrics
from tests.fakes.toolbench import FakeLibrary, Toolbench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Toolbench]:
    clock = FakeClock()
    engine, log = FakeEngine(clock), HandledLog(clock=clock)
    database = await Database.open(tmp_path / "pilothouse.db")
    service = ContainerService(
        engine=engine,
        log=log,
        database=database,
        audit=Audit(log, clock=clock),
        publish=lambda _: None,
        published=lambda: 0,
        interval_s=10,
        clock=clock,
    )
    metrics, library = FakeMetrics(), FakeLibrary()
    engine.run("web", labels={"team": "red", "com.docker.compose.service": "front"})
    engine.run("db", labels={"team": "blue"})
    await service.start()
    bench = Toolbench(Toolbox(service, metrics, library, log=log), service, engine, database, log, metrics, library)
    await bench.settle()
    yield bench
    await service.close()
    await database.close()
