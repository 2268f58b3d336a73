"""What is not HTTP never reaches the application: aiohttp answers it with 400 and logs it as a failure of ours."""

from __future__ import annotations

import logging

from aiohttp.http import HttpProcessingError

_aiohttp = logging.getLogger("aiohttp.server")


def quieten() -> None:
    """Let such requests show as one line at `debug`: anybody who can connect could fill the log with traces."""
    _aiohttp.addFilter(_is_ours)  # a second time changes nothing


def _is_ours(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, HttpProcessingError):
        return True
    _aiohttp.debug("a request that is not HTTP", extra={"reason": error.message})
    return False
