"""A response that is written while it is made, at the speed of its reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from server.errors import AppError
from server.web.stays import ShuttingDown


class SlowReader(ConnectionError):
    """The client took nothing for too long; its connection is cut."""


class Stream:
    """A body that goes out piece by piece. Nothing is queued here but what aiohttp lets through before
    it waits for the reader (64 KiB)."""

    def __init__(self, request: web.Request, content_type: str, *, stall_s: float) -> None:
        self._request = request
        self._stall_s = stall_s
        self.response = web.StreamResponse()
        self.response.content_type = content_type
        self.response.charset = "utf-8"
        # Proxies that buffer or re-pack would hold back what is meant to be live (nginx reads the last one).
        self.response.headers["Cache-Control"] = "no-store, no-transform"
        self.response.headers["X-Accel-Buffering"] = "no"

    async def begin(self) -> None:
        """Send the head: from here on no other status can be given."""
        await self.response.prepare(self._request)

    @asynccontextmanager
    async def ended_by(self, last: Callable[[AppError], bytes]) -> AsyncIterator[None]:
        """Make an error that comes when the head is out already the last thing that is sent: what `last` makes of it.

        Raises:
            AppError: the head is not out, so that it can still be the answer.
            ShuttingDown: that waits for no reader; the stream is cut.
        """
        try:
            yield
        except ShuttingDown:
            raise
        except AppError as error:
            if not self.response.prepared:
                raise
            await self.write(last(error))

    async def write(self, data: bytes) -> None:
        """Hand `data` to the connection.

        Raises:
            ConnectionError: the client has gone, or took nothing for `stall_s` and was cut off.
        """
        try:
            async with asyncio.timeout(self._stall_s):
                await self.response.write(data)
        except TimeoutError:
            if self._request.transport is not None:
                self._request.transport.abort()
            raise SlowReader("the client reads too slowly") from None
