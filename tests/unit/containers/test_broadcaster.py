from __future__ import annotations

import json
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest

from server.containers.broadcaster import LEAST_GAP_S, Broadcaster
from server.containers.registry import Registry
from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine

INTERVAL_S = 10.0


class Sent:
    """The messages that were published, and when."""

    def __init__(self, clock: FakeClock) -> None:
        self.messages: list[dict[str, Any]] = []
        self.times: list[float] = []
        self._clock = clock

    def __call__(self, message: bytes) -> None:
        self.messages.append(json.loads(message))
        self.times.append(self._clock.monotonic())


@pytest.fixture
def published() -> list[int]:
    """The published head, as its only item."""
    return [0]


@pytest.fixture
def registry(clock: FakeClock, published: list[int]) -> Registry:
    return Registry(engine="local", clock=clock, published=lambda: published[0])


@pytest.fixture
def sent(clock: FakeClock) -> Sent:
    return Sent(clock)


@pytest.fixture
async def broadcaster(registry: Registry, sent: Sent, clock: FakeClock) -> AsyncIterator[Broadcaster]:
    broadcaster = Broadcaster(registry=registry, publish=sent, interval_s=INTERVAL_S, clock=clock)
    registry.on_change(broadcaster.notify)
    broadcaster.start()
    await clock.advance(1)
    yield broadcaster
    await broadcaster.close()


async def test_a_change_is_sent_at_once(
    broadcaster: Broadcaster, registry: Registry, engine: FakeEngine, sent: Sent, clock: FakeClock
) -> None:
    engine.create("web")
    registry.apply(engine.history[0])
    await clock.advance(0)
    assert sent.times[-1] == clock.monotonic()
    assert [c["name"] for c in sent.messages[-1]["data"]["containers"]] == ["web"]


async def test_a_storm_of_changes_is_sent_five_times_a_second_and_its_last_state_at_the_end(
    broadcaster: Broadcaster, registry: Registry, engine: FakeEngine, sent: Sent, clock: FakeClock
) -> None:
    web = engine.run("web")
    before = len(sent.times)
    for number in range(300):
        engine.rename(web, f"web{number}")
        registry.apply(engine.history[-1])
        await clock.advance(0.01)
    await clock.advance(LEAST_GAP_S)
    storm = sent.times[before:]
    assert all(after - before >= LEAST_GAP_S - 1e-9 for before, after in pairwise(storm))
    assert 14 <= len(storm) <= 17
    assert sent.messages[-1]["data"]["containers"][0]["name"] == "web299"


async def test_without_a_change_the_list_is_sent_at_the_interval_only(
    broadcaster: Broadcaster, sent: Sent, clock: FakeClock
) -> None:
    await clock.advance(60)
    assert sent.times == [0, 10, 20, 30, 40, 50, 60]


async def test_an_event_that_changes_nothing_that_is_shown_sends_nothing(
    broadcaster: Broadcaster, registry: Registry, engine: FakeEngine, sent: Sent, clock: FakeClock
) -> None:
    web = engine.run("web")
    for event in engine.history:
        registry.apply(event)
    await clock.advance(1)
    before = len(sent.times)
    registry.apply(engine.tell(web, "kill", signal="SIGHUP"))
    await clock.advance(1)
    assert len(sent.times) == before


async def test_the_message_is_a_containers_message_with_the_position_before_the_reading(
    broadcaster: Broadcaster, published: list[int], sent: Sent, clock: FakeClock
) -> None:
    published[0] = 41
    await clock.advance(INTERVAL_S)
    message = sent.messages[-1]
    assert (message["type"], message["channel"], message["data"]["as_of_seq"]) == ("containers", "containers", 41)


async def test_the_age_of_the_last_message_tells_a_stuck_broadcaster(
    broadcaster: Broadcaster, clock: FakeClock
) -> None:
    await clock.advance(4)
    assert broadcaster.age_s == 5
