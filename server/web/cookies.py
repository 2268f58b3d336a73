"""The cookies of a signed-in browser. No script can read them, and no page of another site sends them along."""

from __future__ import annotations

from typing import Literal

from aiohttp import web

from server.auth.records import Grant
from server.web.proxies import is_https

REFRESH_PATH = "/api/v1/auth"

ACCESS, REFRESH, DEVICE = "pilothouse_access", "pilothouse_refresh", "pilothouse_device"
STATE = "pilothouse_state"
DEVICE_S = 365 * 24 * 3600


def read(request: web.Request, name: str) -> str | None:
    """A cookie of ours; None where the browser sent none."""
    return request.cookies.get(_name(request, name))


def set_grant(request: web.Request, response: web.StreamResponse, grant: Grant, now_s: float) -> None:
    """Hand the browser what a sign-in or refresh gave it."""
    _set(request, response, ACCESS, grant.access_token, "/", grant.access_expires_at - now_s)
    _set(request, response, REFRESH, grant.refresh_token, REFRESH_PATH, grant.refresh_expires_at - now_s)
    if grant.device is not None:
        _set(request, response, DEVICE, grant.device, REFRESH_PATH, DEVICE_S)


def set_state(request: web.Request, response: web.StreamResponse, value: str, path: str, age_s: float) -> None:
    """Have the browser bring `value` back from a provider: a navigation from another site, which Strict would keep it
    from."""
    _set(request, response, STATE, value, path, age_s, samesite="Lax")


def clear(request: web.Request, response: web.StreamResponse) -> None:
    """Have the browser forget its sign-in. It stays a browser in which somebody signed in before."""
    for name, path in ((ACCESS, "/"), (REFRESH, REFRESH_PATH)):
        _set(request, response, name, "", path, 0)


def _set(
    request: web.Request,
    response: web.StreamResponse,
    name: str,
    value: str,
    path: str,
    age_s: float,
    *,
    samesite: Literal["Strict", "Lax"] = "Strict",
) -> None:
    response.set_cookie(
        _name(request, name),
        value,
        max_age=max(int(age_s), 0),
        path=path,
        secure=is_https(request),
        httponly=True,
        samesite=samesite,
    )


def _name(request: web.Request, name: str) -> str:
    # A page of the same host that speaks plain http could otherwise overwrite them (RFC 6265bis, section 4.1.3.1).
    return f"__Secure-{name}" if is_https(request) else name
