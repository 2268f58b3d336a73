"""Who is asking: put on each request by the middleware `identity`, read by the doors."""

from __future__ import annotations

from aiohttp import web

from server.access import Identity, Principal
from server.errors import Unauthenticated

IDENTITY = web.RequestKey("identity", Identity)
"""Absent on a request of nobody."""

REFUSED = web.RequestKey("refused", Unauthenticated)
"""Why the cookie of a request does not count, where it has one that does not."""


def identity(request: web.Request) -> Identity:
    """Who sent `request`, and until when that is good.

    Raises:
        Unauthenticated: nobody that is known; the code says why.
    """
    if IDENTITY in request:
        return request[IDENTITY]
    if REFUSED in request:
        raise request[REFUSED]
    raise Unauthenticated("Sign in first, or send a token as `Authorization: Bearer …`.")


def principal(request: web.Request) -> Principal:
    """Who sent `request`.

    Raises:
        Unauthenticated: as `identity`.
    """
    return identity(request).principal
