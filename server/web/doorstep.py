"""A connection whose first request has not been read yet."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import cast

MAX_HEAD_B = 64 * 1024
"""More than the largest request line and the most headers of ordinary size together."""

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"Server: Pilothouse\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)
# The end of a head; two bare line feeds are an end for some, and for aiohttp a mistake that it answers with 400.
_END = re.compile(rb"\r\n\r\n|\n\n")
# A request begins with a method. What does not is no HTTP, and is refused without waiting for more of it.
_BEGINS = re.compile(rb"[A-Za-z]")


class Doorstep(asyncio.Protocol):
    """Holds what a connection says until the head of a request is complete, and hands both to the protocol that
    `serve` makes. A connection that takes longer than `head_s` is cut: what trickles in gains it no time."""

    __slots__ = ("_head", "_head_s", "_left", "_on_left", "_searched", "_serve", "_timer", "_transport")

    def __init__(
        self, serve: Callable[[], asyncio.Protocol], head_s: float, on_left: Callable[[Doorstep], None]
    ) -> None:
        """`on_left` is called once: when the connection was handed over, or is no more."""
        self._serve = serve
        self._head_s = head_s
        self._on_left = on_left
        self._head = bytearray()
        self._searched = 0
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._left = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._left:
            self._transport.abort()
            return
        self._timer = asyncio.get_running_loop().call_later(self._head_s, self.leave)

    def data_received(self, data: bytes) -> None:
        if self._left or self._transport is None:
            return
        self._head += data
        if not self._searched:
            # Empty lines before a request are allowed (RFC 9112, section 2.2), and are not the end of one.
            del self._head[: len(self._head) - len(self._head.lstrip(b"\r\n"))]
        if not self._head:
            return
        if _BEGINS.match(self._head) is None or _END.search(self._head, max(self._searched - 3, 0)):
            self._hand_over(self._transport)
        elif len(self._head) > MAX_HEAD_B:
            self._transport.write(_TOO_LARGE)
            self._transport.close()
            self._gone()
        else:
            self._searched = len(self._head)

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone()

    def leave(self) -> None:
        """Cut the connection, unless it was handed over."""
        if self._left:
            return
        if self._transport is not None:
            self._transport.abort()
        self._gone()

    def _hand_over(self, transport: asyncio.Transport) -> None:
        protocol = self._serve()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(bytes(self._head))
        self._gone()

    def _gone(self) -> None:
        if self._left:
            return
        self._left = True
        if self._timer is not None:
            self._timer.cancel()
        self._head.clear()
        self._on_left(self)
