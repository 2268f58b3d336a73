"""Gives every request an id that its log lines, its errors and its answer carry."""

from __future__ import annotations

import re
from collections.abc import Awaitable

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from multidict import istr

from server import logging as structured
from server.web.assets import FOR_A_YEAR

HEADER = istr("X-Request-ID")

# What proxies send: ULIDs, UUIDs and hexadecimal. Anything else would end up in log lines and headers of ours.
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


@web.middleware
def request_id(request: web.Request, handler: Handler) -> Awaitable[web.StreamResponse]:
    """Keep the id that a proxy in front gave, if it is well-formed; otherwise one is made when it is needed."""
    given = request.headers.get(HEADER)
    if given is not None and _WELL_FORMED.fullmatch(given) is None:
        given = None
    # Each request runs in a context of its own: what is set here ends with it.
    structured.enter_request(structured.RequestId(given))
    # No coroutine of its own: its frame would stay as long as the request, and that of a socket may be days.
    return handler(request)


async def echo(request: web.Request, response: web.StreamResponse) -> None:
    """Tell the id, also in answers that begin before their handler ends.

    What is kept for a year does not carry it: every later use would show the id of the first.
    """
    if response.headers.get(hdrs.CACHE_CONTROL) != FOR_A_YEAR:
        response.headers[HEADER] = structured.request_id()
