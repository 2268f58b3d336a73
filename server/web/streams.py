"""A response that is written while it is made, at the speed of its reader."""

from __future__ import annotations

import asyncio

from aiohttp import web


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
