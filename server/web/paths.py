"""The parts of this server, told apart by the path of a request."""

from __future__ import annotations

from aiohttp import web


def is_api(request: web.Request) -> bool:
    """Whether it is for the API, whether or not there is a route."""
    return request.rel_url.path.startswith("/api/")
