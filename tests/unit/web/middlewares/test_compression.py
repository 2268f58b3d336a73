"""What is sent smaller than it is."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from server.protocol import codec
from server.web import answers
from tests.unit.web.conftest import Routes, World

LIST = "/api/v1/containers"
LARGE = {"text": "container " * 1000}
HUGE = {"text": "container " * 10_000}
SMALL = {"text": "container"}


@pytest.fixture
def more_routes() -> Routes:
    def answering(body: object, **headers: str) -> Any:
        async def handle(request: web.Request) -> web.Response:
            return answers.json(body, headers=headers)

        return handle

    def add(app: web.Application) -> None:
        app.router.add_get("/api/large", answering(LARGE, ETag='"x"'))
        app.router.add_get("/api/huge", answering(HUGE))
        app.router.add_get("/api/small", answering(SMALL))
        for name in ("auth/x", "account/x", "tokens", "users"):
            app.router.add_get(f"/api/v1/{name}-secret".replace("x-", "x"), answering(LARGE))

    return add


async def raw(world: World, path: str, accept: str = "gzip", **headers: str) -> tuple[Any, bytes]:
    """The head of an answer, and its body as it came."""
    given = {"Accept-Encoding": accept, **headers}
    async with world.client.get(path, headers=given, auto_decompress=False) as response:
        return response, await response.read()


@pytest.mark.parametrize(("path", "value"), [("/api/large", LARGE), ("/api/huge", HUGE)])
async def test_large_json_is_compressed_for_those_who_take_it(world: World, path: str, value: object) -> None:
    response, body = await raw(world, path)
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert int(response.headers["Content-Length"]) == len(body)
    assert gzip.decompress(body) == codec.encode(value)


@pytest.mark.parametrize("accept", ["identity", "br", "gzip;q=0", ""])
async def test_those_who_do_not_take_it_get_it_plain_and_caches_are_told(world: World, accept: str) -> None:
    response, body = await raw(world, "/api/large", accept)
    assert "Content-Encoding" not in response.headers
    assert response.headers["Vary"] == "Accept-Encoding"
    assert body == codec.encode(LARGE)


async def test_what_is_small_stays_as_it_is(world: World) -> None:
    response, _ = await raw(world, "/api/small")
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize("path", ["auth/xsecret", "account/xsecret", "tokens-secret", "users-secret"])
async def test_what_may_hold_a_secret_is_never_compressed(world: World, path: str) -> None:
    response, body = await raw(world, f"/api/v1/{path}")
    assert response.status == 200
    assert "Content-Encoding" not in response.headers
    assert len(body) > answers.MIN_COMPRESSED_B


async def test_a_stream_is_never_compressed(world: World) -> None:
    async with world.client.get("/api/v1/events/stream", headers={"Accept-Encoding": "gzip"}) as response:
        assert "Content-Encoding" not in response.headers


async def test_other_bytes_have_no_strong_etag(world: World) -> None:
    compressed, _ = await raw(world, "/api/large")
    plain, _ = await raw(world, "/api/large", "identity")
    assert (compressed.headers["ETag"], plain.headers["ETag"]) == ('W/"x"', '"x"')


async def test_the_list_is_compressed_and_known_again_in_either_form(world: World) -> None:
    world.containers.bytes = codec.encode(LARGE)
    compressed, body = await raw(world, LIST)
    plain, _ = await raw(world, LIST, "identity")
    assert gzip.decompress(body) == world.containers.bytes
    for tag in (compressed.headers["ETag"], plain.headers["ETag"]):
        for accept in ("gzip", "identity"):
            again, nothing = await raw(world, LIST, accept, **{"If-None-Match": tag})
            assert (again.status, nothing) == (304, b"")
            assert again.headers["Vary"] == "Accept-Encoding"


async def test_a_hundred_who_ask_for_one_list_cost_one_compression() -> None:
    snapshot, body = answers.Snapshot(), codec.encode(HUGE)
    request = make_mocked_request("GET", LIST, headers={"Accept-Encoding": "gzip"})
    given = await asyncio.gather(*(snapshot.answer(request, body) for _ in range(100)))
    assert len({id(response.body) for response in given}) == 1


async def test_one_who_leaves_takes_the_compression_from_nobody() -> None:
    snapshot, body = answers.Snapshot(), codec.encode(HUGE)
    request = make_mocked_request("GET", LIST, headers={"Accept-Encoding": "gzip"})
    async with asyncio.TaskGroup() as tasks:
        leaving = tasks.create_task(snapshot.answer(request, body))
        staying = tasks.create_task(snapshot.answer(request, body))
        await asyncio.sleep(0)
        leaving.cancel()
    assert gzip.decompress(_bytes(staying.result())) == body


def _bytes(response: web.Response) -> bytes:
    assert isinstance(response.body, bytes)
    return response.body


async def test_a_new_list_is_compressed_anew(world: World) -> None:
    world.containers.bytes = codec.encode(LARGE)
    first, _ = await raw(world, LIST)
    world.containers.bytes = codec.encode(HUGE)
    second, body = await raw(world, LIST)
    assert first.headers["ETag"] != second.headers["ETag"]
    assert gzip.decompress(body) == codec.encode(HUGE)
