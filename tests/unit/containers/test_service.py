from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from server.access import LOCAL, Principal, Role, Scope
from server.containers import service as service_module
from server.containers.engine import ContainerNotFound, InvalidContainer
from server.containers.service import MOST_TAIL, ContainerService
from server.errors import Forbidden, InvalidRequest, TooBusy
from server.eventlog.audit import Audit
from server.protocol.views import LogLine
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.engine import FakeEngine
from tests.fakes.log import HandledLog

LINES = [LogLine(f"2026-11-20T09:00:0{number}Z", "stdout", f"line {number}") for number in range(5)]


async def settle(database: HandledDatabase, clock: FakeClock) -> None:
    """Let everything that needs no time run, the database's own thread included."""
    for _ in range(5):
        await clock.advance(0)
        await database.write(lambda _: None)


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
        audit=Audit(log, clock=clock),
        publish=sent.append,
        published=lambda: 3,
        interval_s=10,
        clock=clock,
    )
    engine.output[engine.run("web")] = LINES
    await service.start()
    await clock.advance(1)
    await settle(database, clock)
    yield service
    await service.close()


async def test_the_list_is_sent_and_can_be_asked_for(service: ContainerService, sent: list[bytes]) -> None:
    last, asked, message = json.loads(sent[-1]), json.loads(service.list_bytes(by=LOCAL)), json.loads(service.message())
    assert [c["name"] for c in last["data"]["containers"]] == ["web"]
    assert asked["containers"] == last["data"]["containers"] == message["data"]["containers"]
    assert (asked["as_of_seq"], message["type"]) == (3, "containers")


async def test_the_details_of_a_container_are_asked_of_the_engine(
    service: ContainerService, engine: FakeEngine
) -> None:
    web = engine.run("db", labels={"com.docker.compose.project": "shop", "team": "red"})
    await engine.clock.advance(1)
    detail = await service.detail("db", by=LOCAL)
    assert (detail.container.id, detail.container.condition, detail.command) == (web, "running", ["sleep", "1000"])
    assert detail.all_labels == {"com.docker.compose.project": "shop", "team": "red"}
    assert detail.container.labels == {"team": "red"}


async def test_output_is_read_by_name(service: ContainerService) -> None:
    async with service.logs("web", tail=2, since_ns=None, follow=False, by=LOCAL) as lines:
        assert [line async for some in lines for line in some] == LINES[-2:]


async def test_leaving_a_stream_of_output_closes_the_engines(service: ContainerService, engine: FakeEngine) -> None:
    before = engine.open_streams
    async with service.logs("web", tail=None, since_ns=None, follow=True, by=LOCAL) as lines:
        await anext(lines)
        assert engine.open_streams == before + 1
    assert engine.open_streams == before


@pytest.mark.parametrize("tail", [-1, MOST_TAIL + 1])
async def test_more_output_than_is_read_at_once_is_refused(service: ContainerService, tail: int) -> None:
    with pytest.raises(InvalidRequest, match="tail"):
        async with service.logs("web", tail=tail, since_ns=None, follow=False, by=LOCAL):
            pass


async def test_only_so_many_streams_of_output_are_open(
    service: ContainerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "MOST_LOG_STREAMS", 1)
    async with service.logs("web", tail=1, since_ns=None, follow=True, by=LOCAL):
        with pytest.raises(TooBusy):
            async with service.logs("web", tail=1, since_ns=None, follow=True, by=LOCAL):
                pass
    async with service.logs("web", tail=1, since_ns=None, follow=False, by=LOCAL) as lines:
        assert await anext(lines) == LINES[-1:]


async def test_what_is_no_container_is_refused(service: ContainerService) -> None:
    with pytest.raises(InvalidContainer):
        await service.detail("../info", by=LOCAL)
    with pytest.raises(ContainerNotFound):
        await service.detail("nope", by=LOCAL)
    with pytest.raises(ContainerNotFound):
        async with service.logs("nope", tail=1, since_ns=None, follow=False, by=LOCAL):
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


BLIND = Principal("token:ci", Role.OPERATOR, scopes=frozenset({Scope.OPERATE}))
ANN = Principal("ann", Role.OPERATOR, labels=("team=blue",))


async def test_who_may_not_look_is_shown_nothing(service: ContainerService, engine: FakeEngine) -> None:
    with pytest.raises(Forbidden):
        service.list_bytes(by=BLIND)
    with pytest.raises(Forbidden):
        await service.detail("web", by=BLIND)
    with pytest.raises(Forbidden):
        async with service.logs("web", tail=1, since_ns=None, follow=False, by=BLIND):
            pass
    assert "logs" not in engine.calls


async def test_containers_without_the_labels_of_who_asks_are_not_there(
    service: ContainerService, engine: FakeEngine, database: HandledDatabase
) -> None:
    engine.output[engine.run("front", labels={"team": "blue"})] = LINES
    await settle(database, engine.clock)
    assert [c["name"] for c in json.loads(service.list_bytes(by=ANN))["containers"]] == ["front"]
    assert (await service.detail("front", by=ANN)).container.name == "front"
    async with service.logs("front", tail=1, since_ns=None, follow=False, by=ANN) as lines:
        assert await anext(lines) == LINES[-1:]
    with pytest.raises(ContainerNotFound, match="There is no container web"):
        await service.detail("web", by=ANN)
    with pytest.raises(ContainerNotFound, match="There is no container web"):
        async with service.logs("web", tail=1, since_ns=None, follow=False, by=ANN):
            pass


async def test_state_messages_are_narrowed_and_those_of_other_channels_are_not(
    service: ContainerService, sent: list[bytes]
) -> None:
    narrowed = json.loads(service.narrow(ANN, "containers", sent[-1]))
    assert (narrowed["data"]["containers"], narrowed["data"]["summary"]["total"]) == ([], 0)
    assert service.narrow(LOCAL, "containers", sent[-1]) is sent[-1]
    assert service.narrow(ANN, "metrics", b"{}") == b"{}"


async def test_only_who_is_limited_to_labels_has_a_filter_of_events(service: ContainerService) -> None:
    assert service.event_filter(LOCAL) is None
    assert service.event_filter(ANN) is not None
