"""Reading a body."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from aiohttp import web
from yarl import URL

from server.web import answers, requests
from tests.unit.web.conftest import Routes, World, code_of

_ANYTHING = msgspec.json.Decoder(dict[str, Any])


async def _hasty(request: web.Request) -> web.Response:
    given = await requests.body(request, _ANYTHING, within_s=0.05)
    return answers.json(given)


@pytest.fixture
def more_routes() -> Routes:
    def add(app: web.Application) -> None:
        app.router.add_post("/api/hasty", _hasty)

    return add


async def test_a_body_that_does_not_arrive_is_not_waited_for(world: World) -> None:
    reader, writer = await asyncio.open_connection(world.client.host, world.client.port)
    writer.write(
        b"POST /api/hasty HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    )
    assert b" 408 " in await reader.readline()
    assert b'"code":"request_timeout"' in await reader.readuntil(b"}")
    writer.close()


async def test_a_body_in_time_is_read(world: World) -> None:
    response = await world.post("/api/hasty", b'{"a":1}')
    assert await response.json() == {"a": 1}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/containers/%00", 400),
        ("/api/v1/containers/..%2f..%2fetc%2fpasswd", 400),
        ("/api/v1/containers/web%0d%0aX-Injected:%201", 400),
        ("/api/v1/events?after=0%0d%0aX-Injected:%201", 400),
        ("/api/v1/events?channel=%00", 404),
        ("/api/v1/events?channel=" + "x" * 4000, 404),
        ("/api/v1/" + "x" * 4000, 404),
        ("/assets/..%2f..%2fserver%2fapp.py", 404),
        ("/assets/%2e%2e/%2e%2e/etc/passwd", 404),
        ("/api/v1/containers/%ff%fe", 400),
    ],
)
async def test_an_address_that_tries_something_is_an_ordinary_error(world: World, path: str, status: int) -> None:
    url = URL(str(world.client.make_url("/")).rstrip("/") + path, encoded=True)
    async with world.client.session.get(url) as response:
        assert "X-Injected" not in response.headers
        await code_of(response)
        assert response.status in (status, 404)
