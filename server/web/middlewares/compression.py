"""Sends JSON of some size compressed to those who take it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from server.web.answers import JSON, MIN_COMPRESSED_B, compress, takes_gzip, weak
from server.web.paths import is_api

# Where secrets stand in an answer, its length must not depend on whether something else in it equals them: whoever can
# have their own text put beside a secret finds it out letter by letter (breachattack.com).
SECRET = ("/api/v1/auth/", "/api/v1/account/", "/api/v1/tokens", "/api/v1/users")
# Smaller ones take less than a tenth of a millisecond, which a thread would cost too.
IN_THREAD_B = 16 * 1024


@web.middleware
def compression(request: web.Request, handler: Handler) -> Awaitable[web.StreamResponse]:
    """Compress the answer when it is worth it. Streams, sockets, files and what is small go as they are."""
    if not is_api(request) or request.rel_url.path.startswith(SECRET):
        # No coroutine of its own: its frame would stay as long as the request, and that of a socket may be days.
        return handler(request)
    return _compressed(request, handler)


async def _compressed(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    if (
        not isinstance(response, web.Response)
        or response.content_type != JSON
        or hdrs.CONTENT_ENCODING in response.headers
    ):
        return response
    body = response.body
    if not isinstance(body, bytes) or len(body) < MIN_COMPRESSED_B:
        return response
    response.headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
    if takes_gzip(request):
        response.body = compress(body) if len(body) < IN_THREAD_B else await asyncio.to_thread(compress, body)
        response.headers[hdrs.CONTENT_ENCODING] = "gzip"
        if hdrs.ETAG in response.headers:
            response.headers[hdrs.ETAG] = weak(response.headers[hdrs.ETAG])
    return response
