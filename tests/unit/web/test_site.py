"""Where connections come in."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web

from server.web import malformed
from server.web.doorstep import MAX_HEAD_B
from server.web.site import GuardedSite, Patience

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
LONG_S, SHORT_S = 30.0, 0.05

Connect = Callable[[], Awaitable["Peer"]]


class Peer:
    """A client that writes bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, request: bytes = REQUEST) -> bytes:
        """Send `request` and return the head of what answers; empty when the connection is cut."""
        with suppress(ConnectionError):
            self.writer.write(request)
            await self.writer.drain()
            return await self.reader.readuntil(b"\r\n\r\n")
        return b""

    async def end(self) -> bytes:
        """What comes until the server closes."""
        with suppress(ConnectionError):
            return await self.reader.read()
        return b""


class Place:
    """A served application that says hello, and how many connections wait at its door."""

    def __init__(self, site: GuardedSite, address: tuple[str, int]) -> None:
        self.site = site
        self.address = address
        self.peers: list[Peer] = []

    async def connect(self) -> Peer:
        peer = Peer(*await asyncio.open_connection(*self.address))
        self.peers.append(peer)
        return peer

    async def arrives(self, count: int) -> None:
        """Wait until so many connections are at the door."""
        while self.site.arriving != count:
            await asyncio.sleep(0)


async def hello(request: web.Request) -> web.Response:
    return web.Response(text=f"hello {request.remote} {len(await request.read())}")


@asynccontextmanager
async def serving(patience: Patience, *, spared: bool = False) -> AsyncIterator[Place]:
    app = web.Application()
    app.router.add_route("*", "/", hello)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    site = GuardedSite(runner, listener, patience=patience, spares=lambda address: spared)
    await site.start()
    place = Place(site, listener.getsockname())
    try:
        yield place
    finally:
        await runner.cleanup()
        for peer in place.peers:
            peer.writer.close()
        listener.close()


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with serving(Patience(connections=8, arriving_per_address=4, head_s=LONG_S)) as place:
        yield place


@pytest.fixture
async def hasty() -> AsyncIterator[Place]:
    async with serving(Patience(connections=8, head_s=SHORT_S)) as place:
        yield place


async def test_a_request_is_answered_and_its_connection_lives_on(place: Place) -> None:
    peer = await place.connect()
    assert (await peer.ask()).startswith(b"HTTP/1.1 200 ")
    assert await peer.reader.readexactly(len("hello 127.0.0.1 0")) == b"hello 127.0.0.1 0"
    assert (await peer.ask()).startswith(b"HTTP/1.1 200 ")
    assert place.site.arriving == 0


async def test_a_request_in_pieces_is_one_request(place: Place) -> None:
    peer = await place.connect()
    request = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody"
    for byte in request[:-6]:
        peer.writer.write(bytes([byte]))
        await peer.writer.drain()
    await peer.ask(request[-6:])
    assert await peer.reader.readexactly(len("hello 127.0.0.1 4")) == b"hello 127.0.0.1 4"


async def test_empty_lines_before_a_request_are_passed_over(place: Place) -> None:
    assert (await (await place.connect()).ask(b"\r\n\r\n" + REQUEST)).startswith(b"HTTP/1.1 200 ")


async def test_two_requests_in_one_write_are_both_answered(place: Place) -> None:
    peer = await place.connect()
    assert (await peer.ask(REQUEST * 2)).startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 200 " in await peer.reader.readuntil(b"\r\n\r\n")


@pytest.mark.parametrize("begun", [b"", b"\r\n\r\n", b"GET", REQUEST[:-2]])
async def test_a_connection_that_does_not_finish_its_request_is_cut(hasty: Place, begun: bytes) -> None:
    peer = await hasty.connect()
    peer.writer.write(begun)
    assert await peer.end() == b""
    assert hasty.site.arriving == 0


async def test_bytes_that_trickle_in_gain_no_time(hasty: Place) -> None:
    peer = await hasty.connect()
    peer.writer.write(b"GET / HTTP/1.1\r\n")
    ended = asyncio.get_running_loop().create_future()

    def trickle() -> None:
        if not ended.done():
            peer.writer.write(b"X-Slow: 1\r\n")
            asyncio.get_running_loop().call_later(SHORT_S / 10, trickle)

    trickle()
    assert await peer.end() == b""
    ended.set_result(None)


async def test_a_head_without_end_is_refused(place: Place) -> None:
    answer = await (await place.connect()).ask(b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD_B)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"Connection: close" in answer


async def test_more_connections_than_there_is_room_for_are_closed_at_once(place: Place) -> None:
    served = []
    for _ in range(8):
        served.append(await place.connect())
        assert await served[-1].ask()
    assert await (await place.connect()).end() == b""
    assert await served[0].ask()


async def test_room_that_is_given_back_is_used_again(place: Place) -> None:
    for _ in range(20):
        peer = await place.connect()
        assert await peer.ask(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        await peer.end()


async def test_one_address_holds_only_so_many_connections_that_say_nothing(place: Place) -> None:
    silent = [await place.connect() for _ in range(4)]
    await place.arrives(4)
    assert await (await place.connect()).end() == b""
    assert await silent[0].ask()
    await place.arrives(3)
    assert await (await place.connect()).ask()


async def test_one_address_does_not_hold_all_connections_whatever_it_asked() -> None:
    async with serving(Patience(connections=8, per_address=3, head_s=LONG_S)) as place:
        peers = [await place.connect() for _ in range(3)]
        for peer in peers[:2]:
            assert await peer.ask()
        assert await (await place.connect()).end() == b""
        assert await peers[0].ask(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        await peers[0].end()
        assert await (await place.connect()).ask()
        assert await (await place.connect()).end() == b""


async def test_for_a_proxy_only_the_total_counts() -> None:
    patience = Patience(connections=8, arriving_per_address=1, per_address=1, head_s=LONG_S)
    async with serving(patience, spared=True) as place:
        peers = [await place.connect() for _ in range(8)]
        await place.arrives(8)
        assert await peers[0].ask()


async def test_a_client_that_leaves_before_it_asked_is_forgotten(place: Place) -> None:
    peer = await place.connect()
    await place.arrives(1)
    peer.writer.close()
    await place.arrives(0)


async def test_at_the_end_nobody_is_waited_for() -> None:
    async with serving(Patience(connections=8, head_s=LONG_S)) as place:
        peer = await place.connect()
        await place.arrives(1)
    assert await peer.end() == b""


MALFORMED = {
    "two lengths": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody!",
    "a length and chunks": (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "chunks that are not the last coding": (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"
    ),
    "a folded header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-One: a\r\n b\r\n\r\n",
    "bare line feeds": b"GET / HTTP/1.1\nHost: localhost\n\n",
    "a bare line feed in a header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-One: a\nX-Two: b\r\n\r\n",
    "a bare carriage return": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-One: a\rX-Two: b\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length : 4\r\n\r\n",
    "a zero byte": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-One: a\x00b\r\n\r\n",
    "a length with a sign": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +4\r\n\r\nbody",
    "a space in the path": b"GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a long line": b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.mark.parametrize("request_b", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_proxies_could_read_in_two_ways_is_refused_and_the_connection_closed(
    place: Place, request_b: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    malformed.quieten()
    peer = await place.connect()
    head = await peer.ask(request_b)
    assert b" 400 " in head.partition(b"\r\n")[0]
    assert b"Server: Pilothouse\r\n" in head
    assert b"aiohttp" not in head
    body = await peer.end()
    assert b'"code":"invalid_request"' in body
    assert b"HTTP/1" not in body
    assert caplog.records == []
