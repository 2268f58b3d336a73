"""Where connections come in: as many as there is room for, and none that says nothing or says it by the byte.

aiohttp gives a connection as long as it likes for its first request. Here each one waits on a doorstep, at the price of
a few hundred bytes, until the head of its first request is complete; only then is it aiohttp's.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from server.clock import Clock, SystemClock
from server.tasks import Tasks
from server.web.doorstep import Doorstep
from server.web.malformed import RequestHandler
from server.web.proxies import network
from server.web.seldom import Seldom

log = logging.getLogger(__name__)

# Accepting is cheap, but after a restart a thousand clients stand in the queue: others get their turn in between.
ACCEPTS_AT_ONCE = 32
# Without a file descriptor left, accept fails until some connection ends.
OUT_OF_FILES_S = 0.2
# The connection was taken back before it was accepted, or the network failed it (accept(2), "Error handling").
_OF_THE_PEER = frozenset({errno.ECONNABORTED, errno.EPROTO, errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTUNREACH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many connections there may be, and how long one may take to say what it wants.

    `connections` counts all of them, `per_address` those of one address (None: as many as there may be), and
    `arriving_per_address` those of them whose first request is not read yet.
    """

    connections: int
    per_address: int | None = None
    arriving_per_address: int = 64
    handshake_s: float = 10.0
    head_s: float = 10.0


class GuardedSite(web.BaseSite):
    """Serves a runner's application on a socket that listens.

    A connection beyond `patience` is closed at once, without an answer: one would cost what there is too little of.
    """

    def __init__(
        self,
        runner: web.BaseRunner,
        listener: socket.socket,
        *,
        patience: Patience,
        spares: Callable[[str], bool] = lambda address: False,
        tls: Callable[[], ssl.SSLContext] | None = None,
        request_limits: Mapping[str, Any] | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`request_limits` are aiohttp's for connections and heads. `spares` names addresses that stand for many
        people: only the total counts for them. `tls` returns the context for the next connection. The listener is
        closed by who opened it."""
        super().__init__(runner)
        self._listener = listener
        self._patience = patience
        self._spares = spares
        self._tls = tls
        self._request_limits = request_limits or {}
        self._arriving: set[Doorstep] = set()
        # By address.
        self._arriving_from: Counter[str] = Counter()
        self._served_from: Counter[str] = Counter()
        self._tasks = Tasks("site")
        self._refusals = Seldom(log, clock or SystemClock(), every_s=10)

    @property
    def name(self) -> str:
        host, port = self._listener.getsockname()[:2]
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    @property
    def arriving(self) -> int:
        """How many connections have not sent a whole request yet."""
        return len(self._arriving)

    async def start(self) -> None:
        await super().start()
        self._listener.setblocking(False)
        self._tasks.spawn("accept", self._accept())

    async def stop(self) -> None:
        """Let nobody in any more, and send those away who have not said what they want."""
        await self._tasks.close()
        for doorstep in list(self._arriving):
            doorstep.leave()
        await super().stop()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        accepted = 0
        while True:
            try:
                connection, peer = await loop.sock_accept(self._listener)
            except OSError as error:
                if error.errno in _OF_THE_PEER:
                    continue
                self._refusals.warning("connections cannot be accepted", reason=error.strerror)
                await asyncio.sleep(OUT_OF_FILES_S)
                continue
            self._welcome(connection, network(str(peer[0])))
            accepted += 1
            if accepted % ACCEPTS_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _welcome(self, connection: socket.socket, address: str) -> None:
        server = self._runner.server
        reason = "the server ends" if server is None else self._reason_against(address, len(server.connections))
        if server is None or reason is not None:
            connection.close()
            self._refusals.warning("a connection was refused", remote=address, reason=reason)
            return
        doorstep = Doorstep(
            lambda: self._protocol(server, address),
            self._patience.head_s,
            lambda doorstep: self._forget(doorstep, address),
        )
        self._arriving.add(doorstep)
        self._arriving_from[address] += 1
        self._tasks.spawn("arrival", self._connect(connection, doorstep))

    def _protocol(self, server: web.Server, address: str) -> asyncio.Protocol:
        loop = asyncio.get_running_loop()
        self._served_from[address] += 1
        left = partial(_count_down, self._served_from, address)
        # None is what turns aiohttp's own lines off: the access log is a middleware.
        return RequestHandler(server, loop=loop, access_log=None, on_lost=left, **self._request_limits)

    def _reason_against(self, address: str, served: int) -> str | None:
        if len(self._arriving) + served >= self._patience.connections:
            return "there are too many connections"
        if self._spares(address):
            return None
        arriving, most = self._arriving_from[address], self._patience.per_address
        if arriving >= self._patience.arriving_per_address:
            return "this address opened too many connections without asking for anything"
        if most is not None and arriving + self._served_from[address] >= most:
            return "this address has too many connections"
        return None

    async def _connect(self, connection: socket.socket, doorstep: Doorstep) -> None:
        """Give the connection to its doorstep, over TLS where there is."""
        loop = asyncio.get_running_loop()
        try:
            if self._tls is None:
                await loop.connect_accepted_socket(lambda: doorstep, connection)
            else:
                await loop.connect_accepted_socket(
                    lambda: doorstep,
                    connection,
                    ssl=self._tls(),
                    ssl_handshake_timeout=self._patience.handshake_s,
                    ssl_shutdown_timeout=self._patience.handshake_s,
                )
        except OSError as error:
            # Not worth more: scanners, plain http on the TLS port, clients that do not like the certificate.
            log.debug("a connection ended before it began", extra={"reason": str(error)})
            doorstep.leave()
            connection.close()
        except asyncio.CancelledError:
            doorstep.leave()
            with contextlib.suppress(OSError):
                connection.close()
            raise

    def _forget(self, doorstep: Doorstep, address: str) -> None:
        self._arriving.discard(doorstep)
        _count_down(self._arriving_from, address)


def _count_down(counter: Counter[str], address: str) -> None:
    counter[address] -= 1
    if counter[address] <= 0:
        del counter[address]
