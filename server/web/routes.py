"""Puts the doors into the application: routes, middlewares, pages and what they hold in common."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from server.web import assets, malformed, pages
from server.web.allowlist import AllowList
from server.web.api.table import table
from server.web.keys import ALLOWED, ASSETS, CLOCK, CONFIG, OPEN, STAYS, WAITING_ROOM
from server.web.middlewares import rate_limits, request_id, security_headers
from server.web.middlewares.access_log import access_log
from server.web.middlewares.allowlist import allowlist
from server.web.middlewares.compression import compression
from server.web.middlewares.errors import errors
from server.web.middlewares.identity import identity
from server.web.proxies import PROXIES, Proxies
from server.web.stays import MOST_OF_ONE, Stays
from server.web.waiting_room import WaitingRoom

# From the outside to the inside. Whatever is refused within has an id, a line in the log and the one format.
MIDDLEWARES = (
    request_id.request_id,
    access_log,
    errors,
    rate_limits.by_address,
    allowlist,
    identity,
    rate_limits.by_user,
    compression,
)

# Everything below these is for programs: what is not there is a 404 and never the page.
_PAGES = r"/{path:(?!api(?:/|$)|health(?:/|$)|ws(?:/|$)|assets(?:/|$)).*}"


def setup(app: web.Application, socket: Handler, *, interface: Path | None = None) -> None:
    """Make `app` answer; `socket` is the handler of `/ws`, `interface` a build of the interface (default: ours).

    `CONFIG` and `CLOCK` must be set before, the other keys of `server.web.keys` before the first request.

    Raises:
        StartupError: a configured origin is not an origin, or a trusted proxy not an address.
    """
    config = app[CONFIG]
    app[ALLOWED] = AllowList(config.origins)
    app[PROXIES] = Proxies(config.trusted_proxies)
    # Without sign-in all are the same user.
    app[STAYS] = Stays(config.pool, clock=app[CLOCK], per_user=MOST_OF_ONE if config.auth == "on" else 0)
    app[WAITING_ROOM] = WaitingRoom(app[CLOCK])
    app[rate_limits.RATE_LIMITS] = rate_limits.rate_limits(config, app[CLOCK])
    malformed.quieten()
    app.middlewares.extend(MIDDLEWARES)
    app.on_response_prepare.append(request_id.echo)
    app.on_response_prepare.append(security_headers.add_headers)
    app.on_response_prepare.append(rate_limits.add_headers)
    rows = table(socket)
    app[OPEN] = frozenset(
        (one.operation.method, one.operation.path) for one in rows if one.operation.needs == "nothing"
    )
    for route in rows:
        operation = route.operation
        if operation.method == "GET":
            app.router.add_get(operation.path, route.handler, allow_head=not operation.streams)
        else:
            app.router.add_route(operation.method, operation.path, route.handler)
    pages.setup(app)
    app.router.add_get(assets.PREFIX + "{name:.+}", asset)
    app.router.add_get(_PAGES, pages.page)

    async def read_assets(app: web.Application) -> None:
        app[ASSETS] = await asyncio.to_thread(assets.load, interface or assets.folder("static"))

    app.on_startup.append(read_assets)
    app.on_shutdown.append(_end_stays)


async def asset(request: web.Request) -> web.Response:
    return request.app[ASSETS].answer(request, request.match_info["name"])


async def _end_stays(app: web.Application) -> None:
    app[STAYS].close()
