"""What is not HTTP never reaches the application: aiohttp answers it with 400 and logs it as a failure of ours."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.http import HttpProcessingError

from server import logging as structured
from server.web.middlewares import errors, request_id, security_headers

_aiohttp = logging.getLogger("aiohttp.server")


class RequestHandler(web.RequestHandler):
    """aiohttp's protocol, that refuses what is no request in our words, without naming versions, and closes."""

    __slots__ = ("_on_lost",)

    def __init__(self, server: web.Server, *, on_lost: Callable[[], None], **options: Any) -> None:
        """`on_lost` is called once, when the connection is no more. `options` are aiohttp's."""
        super().__init__(server, **options)
        self._on_lost = on_lost

    def connection_lost(self, exc: BaseException | None) -> None:
        try:
            super().connection_lost(exc)
        finally:
            self._on_lost()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what never became a request of the application, or what failed outside of it."""
        response = super().handle_error(request, status, exc, message)
        structured.enter_request(structured.RequestId())
        if status == 400:
            response = errors.answer(400, "invalid_request", "This is not a well-formed HTTP request.")
            response.force_close()
        response.headers.update(security_headers.HEADERS)
        response.headers[request_id.HEADER] = structured.request_id()
        return response


def quieten() -> None:
    """Let such requests show as one line at `debug`: anybody who can connect could fill the log with traces."""
    _aiohttp.addFilter(_is_ours)  # a second time changes nothing


def _is_ours(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, HttpProcessingError):
        return True
    _aiohttp.debug("a request that is not HTTP", extra={"reason": error.message})
    return False
