"""A network that can be told to fail: a TCP proxy on loopback between a client and the server under test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from server.tasks import Tasks

# The head of a request: browsers send a kilobyte or two.
MAX_HEAD_B = 64 * 1024
_REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class FaultProxy:
    """Forwards every connection to `host:port`, until it is told to misbehave. `heal` ends any fault."""

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._server: asyncio.Server | None = None
        self._pairs: set[_Pair] = set()
        self._tasks = Tasks("fault_proxy")
        self._stalled = False
        self._refusing = False
        self.refused = 0
        """How many upgrades were refused."""
        self.accepted = 0
        """How many connections were taken."""

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._pairs)

    async def start(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(lambda: _Client(self), "127.0.0.1", 0)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._tasks.close()
        self.cut()

    def stall(self) -> None:
        """Let nothing through any more, in either direction, and close nothing: a cable that was pulled out. New
        connections are taken and get no answer. What is on its way arrives once the network is healed."""
        self._stalled = True
        for pair in self._pairs:
            pair.hold()

    def refuse_upgrades(self) -> None:
        """Answer 503 to every new WebSocket, as a proxy that knows none does. Those that are open stay."""
        self._refusing = True

    def cut(self) -> None:
        """Reset every connection. New ones work."""
        for pair in tuple(self._pairs):
            pair.abort()

    def heal(self) -> None:
        self._stalled = self._refusing = False
        for pair in tuple(self._pairs):
            pair.let_go()

    # What the connections ask.

    def take(self, pair: _Pair) -> None:
        self.accepted += 1
        self._pairs.add(pair)
        if self._stalled:
            pair.hold()

    def leave(self, pair: _Pair) -> None:
        self._pairs.discard(pair)

    def refuses(self, head: bytes) -> bool:
        """Whether a request with this head is refused."""
        refused = self._refusing and b"\r\nupgrade: websocket\r\n" in head.lower()
        self.refused += refused
        return refused

    def connect(self, pair: _Pair) -> None:
        self._tasks.spawn("connect", self._connect(pair))

    async def _connect(self, pair: _Pair) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: _Upstream(pair), *self._upstream)
        except OSError:
            pair.abort()


class _Pair:
    """Both halves of a forwarded connection. Nothing is read from one half faster than the other takes it."""

    def __init__(self, proxy: FaultProxy, client: asyncio.Transport) -> None:
        self.proxy = proxy
        self.client = client
        self.upstream: asyncio.Transport | None = None
        self.held = False
        self.waiting = b""

    def hold(self) -> None:
        self.held = True
        for transport in self._halves():
            transport.pause_reading()

    def let_go(self) -> None:
        if self.held:
            self.held = False
            for transport in self._halves():
                transport.resume_reading()

    def abort(self) -> None:
        self.proxy.leave(self)
        for transport in self._halves():
            transport.abort()

    def _halves(self) -> list[asyncio.Transport]:
        return [half for half in (self.client, self.upstream) if half is not None and not half.is_closing()]


class _Half(asyncio.Protocol):
    """What both halves have in common: the other one is slowed down, and ended, with this one."""

    pair: _Pair

    def other(self) -> asyncio.Transport | None:
        raise NotImplementedError

    def pause_writing(self) -> None:
        other = self.other()
        if other is not None:
            other.pause_reading()

    def resume_writing(self) -> None:
        other = self.other()
        if other is not None and not self.pair.held:
            other.resume_reading()

    def eof_received(self) -> bool:
        other = self.other()
        if other is not None and other.can_write_eof():
            other.write_eof()
        # This half can still be written to: the other side may have more to say.
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self.pair.proxy.leave(self.pair)
        other = self.other()
        if other is None:
            return
        if error is None:
            other.close()
        else:
            other.abort()


class _Client(_Half):
    """The half on which the client connected. Its first request decides whether the connection is forwarded."""

    def __init__(self, proxy: FaultProxy) -> None:
        self._proxy = proxy
        self._head: bytearray | None = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.pair = _Pair(self._proxy, transport)
        self._proxy.take(self.pair)

    def other(self) -> asyncio.Transport | None:
        return self.pair.upstream

    def data_received(self, data: bytes) -> None:
        upstream = self.pair.upstream
        if upstream is not None:
            upstream.write(data)
            return
        self.pair.waiting += data
        if self._head is None:
            return
        self._head += data
        if b"\r\n\r\n" not in self._head and len(self._head) < MAX_HEAD_B:
            return
        head, self._head = bytes(self._head), None
        if self._proxy.refuses(head):
            self.pair.client.write(_REFUSAL)
            self.pair.client.close()
        else:
            self._proxy.connect(self.pair)


class _Upstream(_Half):
    """The half that leads to the server."""

    def __init__(self, pair: _Pair) -> None:
        self.pair = pair

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        pair = self.pair
        if pair.client.is_closing():
            transport.abort()
            return
        pair.upstream = transport
        transport.write(pair.waiting)
        pair.waiting = b""
        if pair.held:
            transport.pause_reading()

    def other(self) -> asyncio.Transport | None:
        return self.pair.client

    def data_received(self, data: bytes) -> None:
        self.pair.client.write(data)


@contextlib.asynccontextmanager
async def fault_proxy(host: str, port: int) -> AsyncIterator[FaultProxy]:
    proxy = FaultProxy(host, port)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()
