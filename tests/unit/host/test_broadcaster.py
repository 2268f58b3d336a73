"""Samples as they are sent and remembered."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest

from server.access import LOCAL, Principal, Role, Scope
from server.errors import Forbidden
from server.host.broadcaster import FIRST_S, HISTORY_S, MetricsBroadcaster
from server.protocol.server import Metrics
from server.protocol.views import Cpu, DiskIo, Memory, MetricsData, Network, Swap
from server.tasks import Tasks
from tests.fakes.clock import FakeClock

INTERVAL_S = 2.0


class FakeSampler:
    """Gives samples, or fails; can make events happen while it reads."""

    def __init__(self, log: FakeLog) -> None:
        self.log = log
        self.failure: Exception | None = None
        self.taken = 0

    async def sample(self, as_of_seq: int) -> MetricsData:
        self.taken += 1
        self.log.published += 10
        if self.failure is not None:
            raise self.failure
        return MetricsData(
            as_of_seq=as_of_seq,
            sampled_at="2026-11-20T09:00:00.000Z",
            hostname="ship",
            uptime_s=1,
            cpu=Cpu(float(self.taken), [1], None),
            memory=Memory(4, 1, 3, 25),
            swap=Swap(0, 0, 0),
            disks=[],
            network=Network(1, 2, []),
            disk_io=DiskIo(3, 4),
            temperatures=[],
        )


class FakeLog:
    published = 100


class World:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.log = FakeLog()
        self.sampler = FakeSampler(self.log)
        self.sent: list[Metrics] = []
        self.broadcaster = MetricsBroadcaster(
            self.sampler,
            publish=lambda message: self.sent.append(msgspec.json.decode(message, type=Metrics)),
            published=lambda: self.log.published,
            clock=self.clock,
            interval_s=INTERVAL_S,
        )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def running(world: World) -> AsyncIterator[World]:
    tasks = Tasks("test")
    tasks.spawn("metrics", world.broadcaster.run())
    yield world
    await tasks.close()


async def test_a_sample_is_sent_at_every_interval(running: World) -> None:
    await running.clock.advance(FIRST_S)
    assert len(running.sent) == 1
    await running.clock.advance(3 * INTERVAL_S)
    assert len(running.sent) == 4


async def test_the_position_is_noted_before_the_reading_began(world: World) -> None:
    await world.broadcaster.step()
    assert world.sent[0].data.as_of_seq == 100


async def test_the_newest_sample_is_there_to_be_asked_for(world: World) -> None:
    assert world.broadcaster.latest(by=LOCAL) is None
    await world.broadcaster.step()
    assert world.broadcaster.latest(by=LOCAL) == world.sent[0].data


async def test_the_history_is_the_last_five_minutes_and_no_more(running: World) -> None:
    await running.clock.advance(2 * HISTORY_S)
    history = running.broadcaster.history(by=LOCAL)
    assert history.interval_s == INTERVAL_S
    assert len(history.points) == HISTORY_S / INTERVAL_S
    assert history.points[-1].at - history.points[0].at == HISTORY_S - INTERVAL_S
    last = history.points[-1]
    assert (last.memory_percent, last.rx_per_s, last.tx_per_s, last.read_per_s, last.write_per_s) == (25, 1, 2, 3, 4)
    assert last.cpu_percent == running.sampler.taken


async def test_a_sampler_that_fails_is_degraded_health_and_tried_again(running: World) -> None:
    running.sampler.failure = OSError("no /proc")
    await running.clock.advance(3 * INTERVAL_S)
    health = await running.broadcaster.health()
    assert (health.state, running.sent) == ("degraded", [])
    assert "no /proc" in str(health.message)
    running.sampler.failure = None
    await running.clock.advance(INTERVAL_S)
    assert (await running.broadcaster.health()).state == "ok"
    assert len(running.sent) == 1


async def test_a_failure_is_logged_once_and_not_at_every_interval(
    running: World, caplog: pytest.LogCaptureFixture
) -> None:
    running.sampler.failure = ValueError("odd")
    await running.clock.advance(10 * INTERVAL_S)
    assert len([record for record in caplog.records if "cannot be sampled" in record.getMessage()]) == 1


async def test_samples_that_stop_coming_are_degraded_health(world: World) -> None:
    await world.broadcaster.step()
    assert (await world.broadcaster.health()).state == "ok"
    await world.clock.advance(5 * INTERVAL_S)
    assert (await world.broadcaster.health()).state == "degraded"


async def test_before_the_first_sample_all_is_well(world: World) -> None:
    assert (await world.broadcaster.health()).state == "ok"


async def test_who_may_not_look_is_shown_nothing(world: World) -> None:
    await world.broadcaster.step()
    blind = Principal("token:ci", Role.OPERATOR, scopes=frozenset({Scope.OPERATE}))
    with pytest.raises(Forbidden):
        world.broadcaster.latest(by=blind)
    with pytest.raises(Forbidden):
        world.broadcaster.history(by=blind)
