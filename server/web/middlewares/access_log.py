"""One line a request."""

from __future__ import annotations

import logging
import time

from aiohttp import web
from aiohttp.typedefs import Handler

from server.web.middlewares.errors import CLIENT_GONE
from server.web.proxies import client_address

log = logging.getLogger(__name__)

# They come by the dozen and by the clock and say nothing when they succeed.
_QUIET = ("/assets/", "/health")


@web.middleware
async def access_log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log the request once it is answered: its path without the query, which may hold what is nobody's business."""
    started = time.perf_counter()
    response: web.StreamResponse | None = None
    try:
        response = await handler(request)
        return response
    finally:
        status = CLIENT_GONE if response is None else response.status
        level = logging.DEBUG if status < 400 and request.path.startswith(_QUIET) else logging.INFO
        if log.isEnabledFor(level):
            log.log(
                level,
                "request",
                extra={
                    "method": request.method,
                    "path": request.rel_url.raw_path,
                    "status": status,
                    "ms": round((time.perf_counter() - started) * 1000, 1),
                    "bytes": _size_b(request, response),
                    "remote": client_address(request),
                },
            )


def _size_b(request: web.Request, response: web.StreamResponse | None) -> int:
    """The size of the body, or for a stream what has left so far, its head included."""
    if request.method == "HEAD":
        return 0
    if isinstance(response, web.Response):
        return response.content_length or 0
    return request.writer.output_size
