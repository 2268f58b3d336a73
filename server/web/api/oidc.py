"""`/api/v1/auth/oidc`: signing in through an OpenID Connect provider."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiohttp import web

from server.errors import AppError, NotFound
from server.web import cookies, requests
from server.web.keys import AUTH, CLOCK
from server.web.proxies import is_https
from server.web.visitor import visitor

if TYPE_CHECKING:
    from server.auth.oidc import Oidc

log = logging.getLogger(__name__)

RETURN = requests.Text(name="return", help="Where to go afterwards: a path of this server.", longest=1024)
CALLBACK_PATH = "/api/v1/auth/oidc/callback"
_STATE_S = 600


class OidcNotConfigured(NotFound):
    code = "oidc_not_configured"


async def begin(request: web.Request) -> web.Response:
    """Send the browser to the provider."""
    try:
        url, state = await _provider(request).begin(RETURN.read(request) or "/", _redirect_uri(request))
    except AppError as error:
        return _to("/sign-in?" + urlencode({"error": error.code}))
    response = _to(url)
    cookies.set_state(request, response, state, CALLBACK_PATH, _STATE_S)
    return response


async def callback(request: web.Request) -> web.Response:
    """Take the browser back from the provider. It is a person's navigation: what goes wrong is shown on the page."""
    state = cookies.read(request, cookies.STATE)
    try:
        grant, return_to = await _provider(request).complete(
            dict(request.query), state, _redirect_uri(request), visitor=visitor(request)
        )
    except AppError as error:
        log.info("a sign-in through the provider failed", extra={"code": error.code, "reason": error.message})
        response = _to("/sign-in?" + urlencode({"error": error.code}))
    else:
        response = _to(return_to)
        cookies.set_grant(request, response, grant, request.app[CLOCK].now())
    cookies.set_state(request, response, "", CALLBACK_PATH, 0)
    return response


def _provider(request: web.Request) -> Oidc:
    provider = request.app[AUTH].oidc
    if provider is None:
        raise OidcNotConfigured("No provider is configured here: sign in with a name and a password.")
    return provider


def _redirect_uri(request: web.Request) -> str:
    # Host has been held against the allow-list: nobody can have the provider send a code elsewhere.
    scheme = "https" if is_https(request) else "http"
    return f"{scheme}://{request.host}{CALLBACK_PATH}"


def _to(location: str) -> web.Response:
    return web.Response(status=302, headers={"Location": location, "Cache-Control": "no-store"})
