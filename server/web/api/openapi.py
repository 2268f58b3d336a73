"""`/api/v1/openapi.json`: the description of REST, made from the table that the router is made from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from server import __version__
from server.protocol import codec, openapi
from server.web.answers import Snapshot


def document(operations: Sequence[openapi.Operation]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler for `operations`. The document is made when it is first asked for: few ever do."""
    snapshot = Snapshot()
    made: list[bytes] = []

    async def handle(request: web.Request) -> web.Response:
        if not made:
            made.append(await asyncio.to_thread(_encoded, operations))
        return await snapshot.answer(request, made[0])

    return handle


def _encoded(operations: Sequence[openapi.Operation]) -> bytes:
    return codec.encode(openapi.document(operations, version=__version__))
