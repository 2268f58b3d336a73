"""Refuses requests for a host that is not ours, and changes that pages of other sites ask for."""

from __future__ import annotations

from collections.abc import Awaitable

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from multidict import istr

from server.web.allowlist import is_socket_upgrade
from server.web.keys import ALLOWED

_FETCH_SITE = istr("Sec-Fetch-Site")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@web.middleware
def allowlist(request: web.Request, handler: Handler) -> Awaitable[web.StreamResponse]:
    """Check the Host of every request, and the Origin of sockets and of every method that may change something.

    Raises:
        MisdirectedHost, OriginNotAllowed: see `AllowList`.
    """
    headers = request.headers
    if request.method not in _SAFE_METHODS or is_socket_upgrade(headers.get(hdrs.UPGRADE, "")):
        check_origin(request)
    else:
        request.app[ALLOWED].check_host(headers.getall(hdrs.HOST, []))
    # No coroutine of its own: its frame would stay as long as the request, and that of a socket may be days.
    return handler(request)


def check_origin(request: web.Request) -> None:
    """Check Host and Origin of `request`, whatever its method.

    Raises:
        MisdirectedHost, OriginNotAllowed: see `AllowList`.
    """
    allowed, headers = request.app[ALLOWED], request.headers
    host = allowed.check_host(headers.getall(hdrs.HOST, []))
    allowed.check_origin(host, origins=headers.getall(hdrs.ORIGIN, []), sites=headers.getall(_FETCH_SITE, []))
