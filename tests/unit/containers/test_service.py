from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from server.containers import service as service_module
from server.containers.engine import ContainerNotFound, InvalidContainer
from server.containers.service import MOST_TAIL, ContainerService
from server.errors import InvalidRequest, TooBusy
from server.protocol.views import LogLine
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.engine import FakeEngine
from tests.fakes.log import HandledLog

LINES = [LogLine(f"2026-11-20T09:00:0{number}Z", "stdout", f"line {number}") for number in range(5)]


@pytest.fixture
def sent() -> list[bytes]:
    return []


@pytest.fixture
async def service(
    engine: FakeEngine, log: HandledLog, database: HandledDatabase, clock: FakeClock, sent: list[bytes]
) -> AsyncIterator[ContainerService]:
    service = ContainerService(
        engine=engine,
        log=log,
        database=database,
        publish=sent.append,
        published=lambda: 3,
        interval_s=10,
        clock=clock,
    )
    engine.output[engine.run("web")] = LINES
    await service.start()
    await clock.advance(1)
    yield service
    await service.close()


async def test_the_list_is_sent_and_can_be_asked_for(service: ContainerService, sent: list[bytes]) -> None:
    last, asked, message = json.loads(sent[-1]), json.loads(service.list_bytes()), json.loads(service.message())
    assert [c["name"] for c in last["data"]["containers"]] == ["web"]
    assert asked["containers"] == last["data"]["containers"] == message["data"]["containers"]
    assert (asked["as_of_seq"], message["type"]) == (3, "containers")


async def test_the_details_of_a_container_are_asked_of_the_engine(
    service: ContainerService, engine: FakeEngine
) -> None:
    web = engine.run("db", labels={"com.docker.compose.project": "shop", "team": "red"})
    await engine.clock.advance(1)
    detail = await service.detail("db")
    assert (detail.container.id, detail.container.condition, detail.command) == (web, "running", ["sleep", "1000"])
    assert detail.all_labels == {"com.docker.compose.project": "shop", "team": "red"}
    assert detail.container.labels == {"team": "red"}


async def test_output_is_read_by_name(service: ContainerService) -> None:
    async with service.logs("web", tail=2, since_ns=None, follow=False) as lines:
        assert [line async for some in lines for line in some] == LINES[-2:]


async def test_leaving_a_stream_of_output_closes_the_engines(service: ContainerService, engine: FakeEngine) -> None:
    before = engine.open_streams
    async with service.logs("web", tail=None, since_ns=None, follow=True) as lines:
        await anext(lines)
        assert engine.open_streams == before + 1
    assert engine.open_streams == before


@pytest.mark.parametrize("tail", [-1, MOST_TAIL + 1])
async def test_more_output_than_is_read_at_once_is_refused(service: ContainerService, tail: int) -> None:
    with pytest.raises(InvalidRequest, match="tail"):
        async with service.logs("web", tail=tail, since_ns=None, follow=False):
            pass


async def test_only_so_many_streams_of_output_are_open(
    service: ContainerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "MOST_LOG_STREAMS", 1)
    async with service.logs("web", tail=1, since_ns=None, follow=True):
        with pytest.raises(TooBusy):
            async with service.logs("web", tail=1, since_ns=None, follow=True):
                pass
    async with service.logs("web", tail=1, since_ns=None, follow=False) as lines:
        assert await anext(lines) == LINES[-1:]


async def test_what_is_no_container_is_refused(service: ContainerService) -> None:
    with pytest.raises(InvalidContainer):
        await service.detail("../info")
    with pytest.raises(ContainerNotFound):
        await service.detail("nope")
    with pytest.raises(ContainerNotFound):
        async with service.logs("nope", tail=1, since_ns=None, follow=False):
            pass


async def test_the_parts_health_can_be_asked_for(service: ContainerService, clock: FakeClock) -> None:
    await clock.advance(4)
    assert (service.engine.state, service.engine.version) == ("up", "99.0")
    assert service.broadcast_age_s is not None
    assert service.broadcast_age_s <= 10
    assert service.events_waiting == 0


async def test_the_engine_is_let_go_at_the_end(service: ContainerService, engine: FakeEngine) -> None:
    await service.close()
    assert (engine.closed, engine.open_streams) == (True, 0)
