"""The sockets that the network reaches, what is served on them, and for how long one may hold a connection."""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import socket
from typing import Any

from aiohttp import web

from server.clock import Clock, SystemClock
from server.config import PREFIX, Config, is_loopback
from server.errors import StartupError
from server.tasks import Tasks
from server.web.proxies import Proxies
from server.web.redirect import create_redirect
from server.web.site import GuardedSite, Patience
from server.web.tls import Certificate

log = logging.getLogger(__name__)

# After a restart every client comes back within seconds; what is not accepted yet waits here.
BACKLOG = 1024
# Beside the sockets: pages, REST, long polls, and those who come back while the pool is full and are told so.
BESIDE_POOL = 2000
# One address alone cannot take all the room with connections that ask for little or read nothing, and an office behind
# one address still has a browser for each of a hundred people.
ADDRESSES = 4
# The database, the engine's streams, files that are read in threads.
OTHER_FILES = 500
# It only says where to go.
REDIRECTS = 200

REQUEST_LIMITS: dict[str, Any] = {
    # Longer than a proxy keeps an idle connection (nginx: 60 s), which would otherwise use one that we just closed.
    "keepalive_timeout": 75.0,
    # A cookie with a token is a kilobyte; browsers and proxies send at most 16 KiB.
    "max_line_size": 16 * 1024,
    "max_field_size": 16 * 1024,
    "max_headers": 100,
}
"""What aiohttp is told of connections and heads."""


class Listeners:
    """The port, open from the beginning, so that a server that cannot have it has touched nothing else; with TLS also
    its certificate and the port that redirects."""

    def __init__(self, config: Config, clock: Clock | None = None) -> None:
        """Open and read all that is needed. Blocks.

        Raises:
            StartupError: a port cannot be had, or the certificate cannot be used.
        """
        self._config = config
        self._clock = clock or SystemClock()
        self._tasks = Tasks("listeners")
        self._redirect: web.AppRunner | None = None
        self._proxies = Proxies(config.trusted_proxies)
        self._certificate = Certificate(config.tls_cert, config.tls_key, self._clock) if config.tls_cert else None
        self._socket = listen(config.host, config.port, "PORT")
        self._plain: socket.socket | None = None
        if self._certificate is not None and config.redirect_port:
            try:
                self._plain = listen(config.host, config.redirect_port, "REDIRECT_PORT")
            except StartupError:
                self._socket.close()
                raise

    @property
    def url(self) -> str:
        """Where a browser finds the server."""
        return f"{'http' if self._certificate is None else 'https'}://{_address(self._socket)}"

    async def serve(self, runner: web.AppRunner) -> None:
        """Let connections in. `runner` is set up, and cleaned up by its owner before `close`."""
        config = self._config
        self._warn_of_exposure()
        _make_room(config.pool + BESIDE_POOL + OTHER_FILES)
        tls = None
        if self._certificate is not None:
            tls = self._certificate.context
            self._tasks.spawn("certificate", self._certificate.watch())
        patience = _patience(config.pool + BESIDE_POOL)
        site = GuardedSite(
            runner, self._socket, patience=patience, spares=self._spares, tls=tls, request_limits=REQUEST_LIMITS
        )
        await site.start()
        if self._plain is not None:
            port = self._socket.getsockname()[1]
            self._redirect = web.AppRunner(create_redirect(config, port), access_log=None, **REQUEST_LIMITS)
            await self._redirect.setup()
            patience = _patience(REDIRECTS)
            site = GuardedSite(
                self._redirect, self._plain, patience=patience, spares=self._spares, request_limits=REQUEST_LIMITS
            )
            await site.start()

    async def close(self) -> None:
        """Give the ports back, once the runner's connections have ended."""
        await self._tasks.close()
        if self._redirect is not None:
            await self._redirect.cleanup()
        self._socket.close()
        if self._plain is not None:
            self._plain.close()

    def _spares(self, address: str) -> bool:
        return is_loopback(address) or self._proxies.trusts(address)

    def _warn_of_exposure(self) -> None:
        config = self._config
        if self._certificate is None and not config.trusted_proxies and not is_loopback(config.host):
            log.warning(
                "there is no TLS: whoever listens on the network can read passwords, unless only this machine reaches "
                "%s. Set %sTLS_CERT and TLS_KEY, or behind a proxy TRUSTED_PROXIES.",
                config.host,
                PREFIX,
            )


def listen(host: str, port: int, name: str) -> socket.socket:
    """A socket that listens; `name` is the setting that chooses another port.

    Raises:
        StartupError: it cannot be had.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        # What `create_server` says repeats the address; a name that is not found has no errno of the system.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise StartupError(
            f"{host}:{port} cannot be opened: {reason}. "
            f"End the program that uses it, or choose another in {PREFIX}{name}."
        ) from None


def _patience(connections: int) -> Patience:
    return Patience(connections=connections, per_address=connections // ADDRESSES)


def _make_room(files: int) -> None:
    """Have as many open files as connections need: many systems begin with 1024, and let a process take more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < files:
        allowed = files if hard == resource.RLIM_INFINITY else min(files, hard)
        # A filter of system calls may forbid even this.
        with contextlib.suppress(OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        if allowed < files:
            log.warning("this process may not open as many files as it may need", extra={"may": hard, "needs": files})


def _address(listener: socket.socket) -> str:
    """Host and port as a browser writes them; where every address is listened on, one that always works."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
