"""`/api/v1/auth/…`: signing in, staying signed in, and signing out."""

from __future__ import annotations

import msgspec
from aiohttp import web

from server.access import Permission, Principal, allows
from server.auth.records import Grant
from server.clock import rfc3339
from server.errors import Unauthenticated
from server.protocol.identity import PermissionWord, SessionUser, SessionView, SetupBody, SignedIn, SignInBody
from server.web import answers, cookies, requests
from server.web.keys import AUTH, CLOCK, CONFIG
from server.web.middlewares.errors import answer
from server.web.principal import IDENTITY
from server.web.proxies import client_address
from server.web.visitor import visitor

_SIGN_IN = msgspec.json.Decoder(SignInBody)
_SETUP = msgspec.json.Decoder(SetupBody)


async def session(request: web.Request) -> web.Response:
    """Who the browser is signed in as; a stranger gets an answer too, and it says so."""
    found = request.get(IDENTITY)
    return answers.json(_view(request, *((None, None) if found is None else (found.principal, found.expires_at_s))))


async def sign_in(request: web.Request) -> web.Response:
    body = await requests.body(request, _SIGN_IN)
    grant = await request.app[AUTH].sign_ins.sign_in(body.name, body.password, body.code, visitor=visitor(request))
    return granted(request, grant)


async def setup(request: web.Request) -> web.Response:
    body = await requests.body(request, _SETUP)
    complete = request.app[AUTH].setup.complete
    return granted(request, await complete(body.token, body.name, body.password, visitor=visitor(request)))


async def refresh(request: web.Request) -> web.Response:
    """A new access token for the refresh cookie; when that does not count any more the cookies go."""
    token = cookies.read(request, cookies.REFRESH) or ""
    try:
        return granted(request, await request.app[AUTH].sign_ins.refresh(token, visitor=visitor(request)))
    except Unauthenticated as error:
        response = answer(error.status, error.code, error.message)
        cookies.clear(request, response)
        return response


async def sign_out(request: web.Request) -> web.Response:
    """End the sign-in and have the browser forget it; done when there was none, too."""
    found = request.get(IDENTITY)
    await request.app[AUTH].sign_ins.end(
        cookies.read(request, cookies.REFRESH),
        None if found is None else found.principal,
        visitor=visitor(request),
    )
    response = web.Response(status=204)
    cookies.clear(request, response)
    return response


def granted(request: web.Request, grant: Grant) -> web.Response:
    """The answer that signs a browser in."""
    principal = request.app[AUTH].identities.by_token(grant.access_token, address=client_address(request)).principal
    body = SignedIn(
        access_token=grant.access_token,
        expires_at=rfc3339(grant.access_expires_at),
        session=_view(request, principal, grant.access_expires_at),
    )
    response = answers.json(body)
    cookies.set_grant(request, response, grant, request.app[CLOCK].now())
    return response


def _view(request: web.Request, principal: Principal | None, expires_at_s: float | None) -> SessionView:
    config, auth = request.app[CONFIG], request.app[AUTH]
    user = None if principal is None or principal.user is None else auth.directory.users.get(principal.user)
    permissions: list[PermissionWord] = [
        one.value for one in Permission if principal is not None and allows(principal, one)
    ]
    return SessionView(
        auth=config.auth,
        signed_in=principal is not None,
        user=None
        if user is None
        else SessionUser(
            name=user.name,
            role=user.role.word,
            labels=list(user.labels),
            password=user.password is not None,
            second_factor=user.totp is not None,
        ),
        login=None if principal is None else principal.credential,
        permissions=permissions,
        expires_at=None if expires_at_s is None else rfc3339(expires_at_s),
        read_only=config.read_only,
        setup=config.auth == "on" and auth.setup.needed,
        oidc=None if auth.oidc is None else auth.oidc.name,
    )
