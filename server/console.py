"""The command line's way to the server: its REST over a Unix socket in the data folder, which only its user can open.

A server that runs answers there. When none runs, the parts that the command needs are started for as long as it takes.
Either way the same services decide, and the audit trail has the line.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from server.app import create_console_app
from server.config import Config
from server.errors import AppError, StartupError

SOCKET = "control.sock"
_TIMEOUT = aiohttp.ClientTimeout(total=30)


class Refused(AppError):
    """The server said no; `code` is the code that it gave."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        # The command line shows it; nobody else sees this error.
        self.code = code  # type: ignore[misc]


class Console:
    """REST of a server, as the machine's own user."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """Return the answer's JSON, None where it has none.

        Raises:
            Refused: the server answered with an error.
        """
        async with self._session.request(method, f"http://localhost{path}", json=body) as response:
            answer = await response.json() if response.content_type == "application/json" else None
            if response.status >= 400:
                error = (answer or {}).get("error", {})
                raise Refused(error.get("code", "internal"), error.get("message", f"HTTP {response.status}"))
            return answer


@contextlib.asynccontextmanager
async def console(config: Config) -> AsyncIterator[Console]:
    """Reach the server of `config`'s data folder, or stand in for it.

    Raises:
        StartupError: the data folder cannot be used.
    """
    async with contextlib.AsyncExitStack() as stack:
        if not await _answers(config.data):
            await stack.enter_async_context(_stand_in(config))
        with short_path(config.data) as folder:
            connector = aiohttp.UnixConnector(path=f"{folder}/{SOCKET}")
            async with aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT) as session:
                yield Console(session)


@contextlib.asynccontextmanager
async def serve_console(runner: web.AppRunner, data: Path) -> AsyncIterator[None]:
    """Answer the command line through `runner`, whose application holds the lock of the folder `data`."""
    with short_path(data) as folder:
        path = f"{folder}/{SOCKET}"
        # Left behind by a server that was killed: the lock says that nobody listens there.
        _remove(path)
        site = web.UnixSite(runner, path)
        await site.start()
        os.chmod(path, 0o600)
        try:
            yield
        finally:
            await site.stop()
            _remove(path)


@contextlib.contextmanager
def short_path(folder: Path) -> Iterator[str]:
    """A short name for `folder`: the address of a Unix socket has room for 107 bytes."""
    try:
        handle = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    except OSError as error:
        raise StartupError(f"The data folder {folder} cannot be opened: {error.strerror}.") from error
    try:
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


async def _answers(data: Path) -> bool:
    """Whether a server listens on the socket of `data`."""
    try:
        with short_path(data) as folder:
            _, writer = await asyncio.open_unix_connection(f"{folder}/{SOCKET}")
    except (OSError, StartupError):
        return False
    writer.close()
    return True


@contextlib.asynccontextmanager
async def _stand_in(config: Config) -> AsyncIterator[None]:
    runner = web.AppRunner(create_console_app(config), access_log=None)
    try:
        await runner.setup()
        async with serve_console(runner, config.data):
            yield
    finally:
        await runner.cleanup()
