"""What answers on the plain port beside TLS: where the same thing is found over https."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from aiohttp import web

from server.config import Config
from server.errors import MisdirectedHost
from server.web.allowlist import AllowList

log = logging.getLogger(__name__)

HTTPS_PORT = 443


def create_redirect(config: Config, port: int) -> web.Application:
    """Return an application that sends everything to https on `port`, and only for hosts that this server answers for:
    a redirect to whatever `Host` says would lend our name to anybody.

    A host whose https origin is configured is sent to the port of that origin.
    """
    allowed = AllowList(config.origins)
    ports = _ports(config.origins)

    async def redirect(request: web.Request) -> web.Response:
        try:
            name, _ = allowed.check_host(request.headers.getall("Host", []))
        except MisdirectedHost as error:
            return web.Response(status=error.status, text=error.message + "\n")
        target = ports.get(name, port)
        where = name if target == HTTPS_PORT else f"{name}:{target}"
        return web.Response(status=308, headers={"Location": f"https://{where}{request.rel_url.raw_path_qs}"})

    app = web.Application(client_max_size=0)
    app.router.add_route("*", r"/{path:[\s\S]*}", redirect)
    app.on_response_prepare.append(_sign)
    return app


def _ports(origins: tuple[str, ...]) -> dict[str, int]:
    found = [urlsplit(origin) for origin in origins]
    return {
        url.hostname: url.port or HTTPS_PORT
        for url in found
        if url.scheme.lower() == "https" and url.hostname is not None
    }


async def _sign(request: web.Request, response: web.StreamResponse) -> None:
    # Whatever was said in the clear shall not be said so again because a browser remembers the redirect of another day.
    response.headers["Cache-Control"] = "no-store"
    response.headers["Server"] = "Pilothouse"
    # A body that came with the request is not read.
    response.force_close()
