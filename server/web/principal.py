"""Who is asking."""

from __future__ import annotations

from aiohttp import web

from server.access import LOCAL, Principal


def principal(request: web.Request) -> Principal:
    """The one who sent `request`: the machine's own user, as long as there are no accounts."""
    return LOCAL
