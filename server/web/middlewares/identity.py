"""Finds out who sends a request. Whether they may do what they ask is for the service behind the door to say."""

from __future__ import annotations

import socket
from collections.abc import Awaitable

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from server.access import CONSOLE, LOCAL, Identity
from server.errors import InvalidToken, Unauthenticated
from server.web import cookies
from server.web.keys import CONFIG, IDENTITIES, OPEN
from server.web.paths import is_api
from server.web.principal import IDENTITY, REFUSED
from server.web.principal import identity as whoever
from server.web.proxies import client_address

_LOCAL, _CONSOLE = Identity(LOCAL), Identity(CONSOLE)


@web.middleware
def identity(request: web.Request, handler: Handler) -> Awaitable[web.StreamResponse]:
    """Put the identity on `request`: of its bearer token, else of its cookie.

    A cookie that does not count leaves the request nobody's, because the page that signs in sends it too.

    Raises:
        InvalidToken, TokenExpired, TokenRevoked: the bearer token does not count.
        Unauthenticated: nobody that is known, at an address of the API that is not declared open to strangers.
    """
    if _is_console(request):
        request[IDENTITY] = _CONSOLE
    elif request.app[CONFIG].auth == "off":
        request[IDENTITY] = _LOCAL
    else:
        _identify(request)
    if IDENTITY not in request and _is_closed(request):
        whoever(request)
    # No coroutine of its own: its frame would stay as long as the request, and that of a socket may be days.
    return handler(request)


def _identify(request: web.Request) -> None:
    identities = request.app[IDENTITIES]
    given = request.headers.getall(hdrs.AUTHORIZATION, [])
    if given:
        scheme, _, token = given[0].partition(" ")
        if len(given) > 1 or scheme.lower() != "bearer" or not token:
            raise InvalidToken("The Authorization header is `Bearer` and a token.")
        request[IDENTITY] = identities.by_token(token.strip(), address=client_address(request))
        return
    token = cookies.read(request, cookies.ACCESS) or ""
    if token:
        try:
            request[IDENTITY] = identities.by_token(token, address=client_address(request))
        except Unauthenticated as error:
            request[REFUSED] = error


def _is_closed(request: web.Request) -> bool:
    """Whether strangers are turned away here: everywhere in the API but where a route says otherwise. The socket has a
    way of its own to ask who is there."""
    if not is_api(request):
        return False
    resource = request.match_info.route.resource
    method = hdrs.METH_GET if request.method == hdrs.METH_HEAD else request.method
    return resource is None or (method, resource.canonical) not in request.app[OPEN]


def _is_console(request: web.Request) -> bool:
    """Whether this came over the command line's own socket, which only the server's user can open."""
    connection = request.get_extra_info("socket")
    return connection is not None and connection.family == socket.AF_UNIX
