"""`/api/v1/metrics`: the host, now and in the last minutes."""

from __future__ import annotations

from aiohttp import web

from server.errors import TooBusy
from server.web import answers
from server.web.keys import METRICS
from server.web.principal import principal


class NoSampleYet(TooBusy):
    code = "no_sample_yet"


async def latest(request: web.Request) -> web.Response:
    data = request.app[METRICS].latest(by=principal(request))
    if data is None:
        raise NoSampleYet("The first sample of the host is still being taken.", retry_after_s=1)
    return answers.json(data)


async def history(request: web.Request) -> web.Response:
    return answers.json(request.app[METRICS].history(by=principal(request)))
