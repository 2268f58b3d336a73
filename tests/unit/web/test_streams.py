"""How what stays is ended when the rights of who asked for it change."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from aiohttp import ClientResponse

from server.access import Principal, Role
from server.protocol.views import LogLine
from server.web import keys
from tests.unit.web.conftest import World, code_of, until

EVENTS, STREAM = "/api/v1/events?after=0&wait=25", "/api/v1/events/stream"
LOGS = "/api/v1/containers/web/logs?follow=true"


def revoked(principal: Principal) -> Principal | None:
    return None


def demoted(principal: Principal) -> Principal | None:
    return replace(principal, role=Role.VIEWER)


async def rest(response: ClientResponse) -> bytes:
    """What comes until the proper end of the body."""
    return await response.content.read()


@pytest.mark.parametrize(("change", "status", "code"), [(revoked, 401, "token_revoked"), (demoted, 503, "too_busy")])
async def test_a_long_poll_ends_with_an_error(world: World, change: object, status: int, code: str) -> None:
    waiting = asyncio.get_running_loop().create_task(world.get(EVENTS))
    await until(lambda: world.stays == 1)
    world.client.app[keys.STAYS].reauthorise(change)  # type: ignore[arg-type]
    response = await waiting
    assert response.status == status
    assert await code_of(response) == code


@pytest.mark.parametrize(("change", "code"), [(revoked, "token_revoked"), (demoted, "too_busy")])
async def test_a_stream_of_events_ends_with_an_error_in_it(world: World, change: object, code: str) -> None:
    response = await world.get(STREAM)
    await response.content.readline()
    world.client.app[keys.STAYS].reauthorise(change)  # type: ignore[arg-type]
    lines = (await rest(response)).decode().splitlines()
    assert "event: failed" in lines
    data = next(line for line in lines if line.startswith("data: "))
    assert json.loads(data.removeprefix("data: "))["code"] == code
    assert world.stays == 0


@pytest.mark.parametrize(("change", "code"), [(revoked, "token_revoked"), (demoted, "too_busy")])
async def test_a_followed_log_ends_with_an_error_in_it(world: World, change: object, code: str) -> None:
    world.containers.output.put_nowait([LogLine(ts="2026-11-20T09:00:00.000Z", stream="stdout", text="a")])
    response = await world.get(LOGS)
    await response.content.readline()
    world.client.app[keys.STAYS].reauthorise(change)  # type: ignore[arg-type]
    assert json.loads((await rest(response)).splitlines()[-1])["error"]["code"] == code
    assert world.containers.open == 0
