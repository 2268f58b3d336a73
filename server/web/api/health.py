"""`/health`: how the server and its parts are."""

from __future__ import annotations

from aiohttp import web

from server.web import answers
from server.web.keys import HEALTH


async def health(request: web.Request) -> web.Response:
    """Every part. 503 only when one is down without which nothing can be served: a lost engine is no reason."""
    answer = await request.app[HEALTH].look()
    return answers.json(answer, status=503 if answer.state == "down" else 200)


async def live(request: web.Request) -> web.Response:
    """That the process answers at all: restart it when this fails."""
    return answers.raw_json(b'{"state":"ok"}')


async def ready(request: web.Request) -> web.Response:
    """Whether requests should be sent here: the same as `/health`."""
    return await health(request)
