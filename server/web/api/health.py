"""`/health`: how the server and its parts are."""

from __future__ import annotations

from aiohttp import web

from server.access import Permission, allows
from server.protocol.rest import HealthAnswer
from server.web import answers
from server.web.keys import HEALTH
from server.web.principal import IDENTITY


async def health(request: web.Request) -> web.Response:
    """Every part for those who may look, one word for everybody else. 503 only when a part is down without which
    nothing can be served: a lost engine is no reason."""
    answer = await request.app[HEALTH].look()
    if IDENTITY not in request or not allows(request[IDENTITY].principal, Permission.VIEW):
        # Version and disks of a server are what an attacker looks for first.
        answer = HealthAnswer(state=answer.state, version=None, uptime_s=None, parts={})
    return answers.json(answer, status=503 if answer.state == "down" else 200)


async def live(request: web.Request) -> web.Response:
    """That the process answers at all: restart it when this fails."""
    return answers.raw_json(b'{"state":"ok"}')


async def ready(request: web.Request) -> web.Response:
    """Whether requests should be sent here: the same as `/health`."""
    return await health(request)
