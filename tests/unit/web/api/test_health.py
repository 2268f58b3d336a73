"""`/health`."""

from __future__ import annotations

import pytest

from server import __version__
from server.protocol.rest import PartHealth
from tests.unit.web.conftest import World


async def test_health_shows_every_part(world: World) -> None:
    response = await world.get("/health")
    body = await response.json()
    assert response.status == 200
    assert (body["state"], body["version"]) == ("ok", __version__)
    assert set(body["parts"]) == {"log", "engine"}


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
async def test_a_lost_engine_is_degraded_and_still_serves(world: World, path: str) -> None:
    world.parts.engine = PartHealth(state="down", message="Is Docker running?")
    response = await world.get(path)
    body = await response.json()
    assert (response.status, body["state"]) == (200, "degraded")
    assert body["parts"]["engine"]["message"] == "Is Docker running?"


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
async def test_a_log_that_cannot_be_written_is_not_ready(world: World, path: str) -> None:
    world.parts.log = PartHealth(state="down", message="The disk is full.")
    response = await world.get(path)
    assert (response.status, (await response.json())["state"]) == (503, "down")


async def test_the_process_is_alive_whatever_its_parts_say(world: World) -> None:
    world.parts.log = PartHealth(state="down")
    assert (await world.get("/health/live")).status == 200
