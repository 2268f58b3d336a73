"""The room of the sockets that have yet to say whose they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Protocol

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from server.errors import AppError
from server.web.waiting_room import WaitingRoom
from tests.fakes.clock import FakeClock
from tests.fakes.identities import FakeIdentities
from tests.unit.web.conftest import until


class Knock(Protocol):
    """Opens a socket in a room, from a place on the network."""

    async def __call__(self, room: WaitingRoom, place: str = "192.0.2.1") -> ClientWebSocketResponse[bool]: ...


@pytest.fixture
async def knock() -> AsyncIterator[Knock]:
    """Opens sockets in a room; each is told who it is, or the code of its refusal as the reason of its close."""
    identities = FakeIdentities()
    rooms: list[WaitingRoom] = []
    identities.add("ann's", "ann")

    async def handle(request: web.Request) -> web.WebSocketResponse[bool]:
        ws: web.WebSocketResponse[bool] = web.WebSocketResponse(autoping=False, decode_text=False, timeout=0.1)
        await ws.prepare(request)
        try:
            by_token = partial(identities.by_token, address=None)
            welcome = await rooms[-1].welcome(ws, by_token, place=request.query.get("from", "192.0.2.1"))
        except AppError as error:
            await ws.close(message=error.code.encode())
        else:
            await ws.send_str("gone" if welcome is None else welcome[0].principal.id)
        return ws

    app = web.Application()
    app.router.add_get("/", handle)
    client = TestClient(TestServer(app))
    await client.start_server()

    async def knock(room: WaitingRoom, place: str = "192.0.2.1") -> ClientWebSocketResponse[bool]:
        rooms.append(room)
        return await client.ws_connect(f"/?from={place}", autoping=False)

    yield knock
    await client.close()


def room(**bounds: float) -> WaitingRoom:
    return WaitingRoom(FakeClock(), **bounds)  # type: ignore[arg-type]


async def refusal(ws: ClientWebSocketResponse[bool]) -> tuple[str, str | None]:
    """The code that the error names, and the reason of the close after it."""
    error, close = await ws.receive_json(), await ws.receive()
    assert close.type is WSMsgType.CLOSE
    return error["data"]["code"], close.extra


async def test_who_names_a_token_is_known_and_its_place_is_free(knock: Knock) -> None:
    here = room()
    ws = await knock(here)
    await ws.send_json({"type": "auth", "data": {"token": "ann's"}})
    assert await ws.receive_str() == "ann"
    assert len(here) == 0


async def test_who_says_nothing_in_time_is_refused(knock: Knock) -> None:
    here = room(wait_s=0.01)
    assert await refusal(await knock(here)) == ("unauthenticated", "unauthenticated")
    assert len(here) == 0


async def test_what_trickles_in_gains_no_time(knock: Knock) -> None:
    ws = await knock(room(wait_s=0.05, most_b=10**9))
    await ws.ping()
    while (heard := await ws.receive()).type is WSMsgType.PONG:
        await ws.ping()
    assert heard.json()["data"]["code"] == "unauthenticated"


async def test_pings_are_answered_until_they_are_too_many(knock: Knock) -> None:
    ws = await knock(room(most_b=100))
    for _ in range(7):
        await ws.ping()
    assert [(await ws.receive()).type for _ in range(6)] == [WSMsgType.PONG] * 6
    assert await refusal(ws) == ("invalid_request", "invalid_request")


async def test_a_long_message_is_refused_whatever_it_says(knock: Knock) -> None:
    ws = await knock(room(most_b=100))
    await ws.send_json({"type": "auth", "data": {"token": "ann's", "channels": ["system"] * 20}})
    assert await refusal(ws) == ("invalid_request", "invalid_request")


async def test_only_so_many_wait_and_one_that_leaves_makes_room(knock: Knock) -> None:
    here = room(most=1)
    first = await knock(here)
    await until(lambda: len(here) == 1)
    full = await (await knock(here)).receive()
    assert (full.type, full.extra) == (WSMsgType.CLOSE, "pool_full")
    await first.close()
    await until(lambda: len(here) == 0)
    third = await knock(here)
    await third.send_json({"type": "auth", "data": {"token": "ann's"}})
    assert await third.receive_str() == "ann"


async def test_one_place_cannot_take_all_the_room(knock: Knock) -> None:
    here = room(most=3, most_of_one=2)
    greedy = [await knock(here) for _ in range(2)]
    await until(lambda: len(here) == 2)
    full = await (await knock(here)).receive()
    assert (full.type, full.extra) == (WSMsgType.CLOSE, "pool_full")
    other = await knock(here, "192.0.2.2")
    await other.send_json({"type": "auth", "data": {"token": "ann's"}})
    assert await other.receive_str() == "ann"
    for ws in greedy:
        await ws.close()
    await until(lambda: len(here) == 0)
