"""Who is asking: put on each request by the middleware `identity`, read by the doors."""

from __future__ import annotations

from aiohttp import web

from server.access import Identity, Principal
from server.errors import TokenRevoked, Unauthenticated
from server.web.keys import IDENTITIES

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
    """Who sent `request`, as they are now: a body may take seconds to come, and so much can change meanwhile.

    Raises:
        Unauthenticated: as `identity`, or revoked since the request began.
    """
    found = identity(request).principal
    if found.credential is None:
        return found
    present = request.app[IDENTITIES].current(found)
    if present is None:
        raise TokenRevoked("This sign-in was ended. Sign in again.")
    return present
