"""Gives every request an id that its log lines, its errors and its answer carry."""

from __future__ import annotations

import re

from aiohttp import web
from aiohttp.typedefs import Handler

from server import logging as structured
from server.ids import new_id
from server.web.keys import CLOCK

HEADER = "X-Request-ID"

# What proxies send: ULIDs, UUIDs and hexadecimal. Anything else would end up in log lines and headers of ours.
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


@web.middleware
async def request_id(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep the id that a proxy in front gave, if it is well-formed, or make one."""
    given = request.headers.get(HEADER)
    if given is None or _WELL_FORMED.fullmatch(given) is None:
        given = new_id(request.app[CLOCK].now())
    # Each request runs in a context of its own: what is set here ends with it.
    structured.request_id.set(given)
    return await handler(request)


async def echo(request: web.Request, response: web.StreamResponse) -> None:
    """Tell the id, also in answers that begin before their handler ends."""
    response.headers[HEADER] = structured.request_id.get()
