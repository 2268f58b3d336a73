"""`/api/v1/metrics`."""

from __future__ import annotations

import msgspec

from server.access import LOCAL
from server.protocol.views import Cpu, DiskIo, Memory, MetricsData, MetricsHistory, Network, Swap
from tests.unit.web.conftest import World, code_of

SAMPLE = MetricsData(
    as_of_seq=7,
    sampled_at="2026-11-20T09:00:00.000Z",
    hostname="ship",
    uptime_s=1,
    cpu=Cpu(1, [1], None),
    memory=Memory(1, 1, 0, 100),
    swap=Swap(0, 0, 0),
    disks=[],
    network=Network(0, 0, []),
    disk_io=DiskIo(0, 0),
    temperatures=[],
)


async def test_the_newest_sample_has_the_shape_of_the_socket(world: World) -> None:
    world.metrics.sample = SAMPLE
    response = await world.get("/api/v1/metrics")
    assert msgspec.json.decode(await response.read(), type=MetricsData) == SAMPLE


async def test_before_the_first_sample_it_says_to_come_back(world: World) -> None:
    response = await world.get("/api/v1/metrics")
    assert (response.status, response.headers["Retry-After"]) == (503, "1")
    assert await code_of(response) == "no_sample_yet"


async def test_the_history_is_there(world: World) -> None:
    response = await world.get("/api/v1/metrics/history")
    assert msgspec.json.decode(await response.read(), type=MetricsHistory) == world.metrics.history(by=LOCAL)


async def test_the_service_is_told_who_asks(world: World) -> None:
    await world.get("/api/v1/metrics")
    await world.get("/api/v1/metrics/history")
    assert world.metrics.asked_by == [LOCAL, LOCAL]
