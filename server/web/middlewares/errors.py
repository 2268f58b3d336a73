"""Turns whatever a handler raises into the one format of errors."""

from __future__ import annotations

import http
import logging
import math

from aiohttp import web
from aiohttp.typedefs import Handler

from server import logging as structured
from server.errors import AppError
from server.protocol import codec
from server.protocol.rest import ErrorAnswer, ErrorBody
from server.web.refusals import note_refusal

log = logging.getLogger(__name__)

CLIENT_GONE = 499
"""nginx's word for a client that went away before its answer was complete."""

# What aiohttp raises by itself, with a code for programs and words for people. 404 names the address below.
_KNOWN = {
    400: ("invalid_request", "The request could not be read."),
    405: ("method_not_allowed", "This address does not take that method; `Allow` names those that it takes."),
    413: ("too_large", "The body is larger than this server takes."),
    408: ("request_timeout", "The body of the request took too long to arrive."),
    417: ("expectation_failed", "This server cannot meet the `Expect` header of the request."),
}


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer expected failures with their code, and anything else with `internal` and a log line that has the trace."""
    try:
        return await handler(request)
    except AppError as error:
        await note_refusal(request, error)
        response = answer(error.status, error.code, error.message)
        if error.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, section 15.5.2, demands one
        if error.retry_after_s is not None:
            response.headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    except web.HTTPException as error:
        response = _from_aiohttp(request, error)
    except Exception as error:
        if isinstance(error, ConnectionError) and _is_gone(request):
            # Nobody reads an answer. aiohttp finds that out too, quietly, when it tries to send this one.
            return web.Response(status=CLIENT_GONE)
        log.exception("request failed", extra={"method": request.method, "path": request.rel_url.raw_path})
        response = answer(500, "internal", "Something went wrong in the server. Its log has the details.")
    if request.writer.output_size > 0 and request.transport is not None:
        # The head of another answer is out already. What followed it could not be told from data: cut the line instead.
        request.transport.abort()
    return response


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def answer(status: int, code: str, message: str) -> web.Response:
    """An error in the one format."""
    error = ErrorAnswer(ErrorBody(code=code, message=message, request_id=structured.request_id()))
    return web.Response(
        status=status,
        body=codec.encode(error),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _from_aiohttp(request: web.Request, error: web.HTTPException) -> web.Response:
    if error.status < 400:
        raise error
    allow = error.headers.get("Allow")
    if error.status == 405 and request.method == "OPTIONS" and allow is not None:
        return web.Response(status=204, headers={"Allow": allow})
    if error.status == 404:
        response = answer(404, "not_found", f"There is nothing at {request.path!r:.200}.")
    else:
        phrase = http.HTTPStatus(error.status).phrase
        code, message = _KNOWN.get(error.status, (phrase.lower().replace(" ", "_"), f"{phrase}."))
        response = answer(error.status, code, message)
    if allow is not None:
        response.headers["Allow"] = allow
    return response
