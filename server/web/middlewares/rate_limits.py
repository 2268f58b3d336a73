"""Refuses what one client, or one user from wherever, asks for too often."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from dataclasses import dataclass

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from server.clock import Clock
from server.config import Config
from server.errors import RateLimited
from server.web.allowlist import is_socket_upgrade
from server.web.keys import CONFIG
from server.web.paths import is_api
from server.web.principal import IDENTITY
from server.web.proxies import client_address, network
from server.web.rates import Quota, Rate, fields
from server.web.seldom import Seldom

log = logging.getLogger(__name__)

SOCKET = "/ws"
# A browser opens one socket for each of its tabs, and all of them at once when it is started again.
HANDSHAKES_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The limits of one server; None where there is none."""

    api: Rate | None
    handshakes: Rate | None
    refusals: Seldom


RATE_LIMITS = web.AppKey[RateLimits]("rate_limits")
QUOTA = web.RequestKey("quota", Quota)
"""What the client has left of the limit that it is nearest to."""


def rate_limits(config: Config, clock: Clock) -> RateLimits:
    """The limits that the settings ask for; 0 is none."""
    api = Rate("api", config.api_per_s, config.api_burst, clock) if config.api_per_s else None
    per_s = config.handshakes_per_s
    handshakes = Rate("handshakes", per_s, HANDSHAKES_AT_ONCE, clock) if per_s else None
    return RateLimits(api, handshakes, Seldom(log, clock, every_s=1))


@web.middleware
def by_address(request: web.Request, handler: Handler) -> Awaitable[web.StreamResponse]:
    """Count requests to the API and sockets to be opened, by the client's address (of IPv6: by its /64).

    It comes before anything that a stranger could make expensive. Without sign-in there are no strangers, and the
    command line's own socket has no address.

    Raises:
        RateLimited: too many of them.
    """
    rate = _rate(request)
    if rate is not None and request.app[CONFIG].auth == "on":
        address = client_address(request)
        if address is not None:
            _count(request, rate, f"address {network(address)}")
    # No coroutine of its own: its frame would stay as long as the request, and that of a socket may be days.
    return handler(request)


@web.middleware
def by_user(request: web.Request, handler: Handler) -> Awaitable[web.StreamResponse]:
    """Count requests to the API by who sends them: all the tokens and sign-ins of one person together.

    Raises:
        RateLimited: too many of them.
    """
    if is_api(request) and IDENTITY in request and QUOTA in request:
        rate = request.app[RATE_LIMITS].api
        if rate is not None:
            _count(request, rate, f"user {request[IDENTITY].principal.holder}")
    return handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Tell the client what it has left."""
    quota = request.get(QUOTA)
    if quota is not None:
        response.headers.update(fields(quota))


def _rate(request: web.Request) -> Rate | None:
    if is_api(request):
        return request.app[RATE_LIMITS].api
    if request.rel_url.path == SOCKET and is_socket_upgrade(request.headers.get(hdrs.UPGRADE, "")):
        return request.app[RATE_LIMITS].handshakes
    return None


def _count(request: web.Request, rate: Rate, client: str) -> None:
    quota = rate.take(client)
    nearest = request.get(QUOTA)
    if nearest is None or quota.remaining < nearest.remaining or not quota.allowed:
        request[QUOTA] = quota
    if quota.allowed:
        return
    request.app[RATE_LIMITS].refusals.warning("too many requests", client=client, limit=quota.policy)
    raise RateLimited(
        f"Too many requests: at most {quota.limit} in {quota.window_s:g} s. Wait a moment.",
        retry_after_s=max(quota.reset_s, 0.001),
    )
