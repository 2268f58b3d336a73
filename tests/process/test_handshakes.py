"""Two thousand clients that come at once to a server that has room for a thousand."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, WSMsgType
from aiohttp.client_ws import ClientWebSocketResponse

from tests.process.people import Caller, peopled

NO_ENGINE = "unix:///nonexistent/docker.sock"
POOL, CLIENTS = 1000, 2000


@pytest.mark.timeout(120)
async def test_exactly_as_many_get_in_as_there_is_room_and_they_are_served(
    http: ClientSession, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    async with peopled(http, tmp_path, engine=NO_ENGINE, POOL=str(POOL), METRICS_INTERVAL_S="60") as (server, people):
        connector = TCPConnector(limit=0)
        async with ClientSession(connector=connector, timeout=ClientTimeout(total=90)) as clients:
            sockets = [await_socket(clients, server.url, people.admin) for _ in range(CLIENTS)]
            ended = await asyncio.gather(*sockets)
            inside = [socket for socket, outcome in ended if outcome == "connected"]
            outcomes = Counter(outcome for _, outcome in ended)
            pongs_s = await asyncio.gather(*(ping(socket) for socket in inside))
            figure(
                f"{CLIENTS} handshakes at once, pool {POOL}: {dict(outcomes)}; "
                f"then a ping of each: p99 {1000 * quantiles(pongs_s, n=100)[98]:.0f} ms"
            )
            assert outcomes == {"connected": POOL, 1013: CLIENTS - POOL}
            assert server.alive
            await asyncio.gather(*(socket.close() for socket in inside))


async def await_socket(
    clients: ClientSession, url: str, by: Caller
) -> tuple[ClientWebSocketResponse, str | int | None]:
    """Open a socket; how it went: the type of its first message, or the code with which it was closed."""
    try:
        socket = await clients.ws_connect(f"{url}/ws", headers=by.headers)
    except ClientError as error:
        raise AssertionError(f"a handshake failed: {error}") from error
    frame = await socket.receive()
    if frame.type is WSMsgType.TEXT:
        outcome: str = frame.json()["type"]
        return socket, outcome
    return socket, socket.close_code


async def ping(socket: ClientWebSocketResponse) -> float:
    """Seconds until the answer."""
    begun = asyncio.get_running_loop().time()
    await socket.send_json({"type": "ping", "id": "p"})
    while (await socket.receive_json())["type"] != "pong":
        pass
    return asyncio.get_running_loop().time() - begun
