"""Log lines with fields: JSON for machines, text for people. Both go through the standard library's `logging`.

Fields are what a call gives as `extra`; the id of the request that is being answered comes along by itself.
"""

from __future__ import annotations

import logging
import re
import sys
from contextvars import ContextVar
from itertools import islice
from typing import Any, Literal, TextIO

import msgspec

from server.clock import rfc3339
from server.ids import new_id


class RequestId:
    """The id of one request: what came with it, or a ULID that is made when the id is needed first."""

    __slots__ = ("_text",)

    def __init__(self, given: str | None = None) -> None:
        self._text = given

    def __str__(self) -> str:
        if self._text is None:
            self._text = new_id()
        return self._text


_request: ContextVar[RequestId | None] = ContextVar("request", default=None)


def enter_request(id: RequestId) -> None:
    """Give the rest of this context's log lines the id of the request that it answers."""
    _request.set(id)


def request_id() -> str:
    """The id of the request in whose context the code runs; empty outside of one."""
    current = _request.get()
    return "" if current is None else str(current)


# What every record has from its beginning; all else came as `extra`, after it.
_STANDARD = len(vars(logging.makeLogRecord({})))
_ADDED_LATER = frozenset({"message", "asctime"})
_encoder = msgspec.json.Encoder(enc_hook=str)
# A text value that needs no quotes: nothing in it can be taken for another field or another line.
_is_plain = re.compile(r"[A-Za-z0-9_./:@%+,~*\[\]-]+").fullmatch


def configure(level: str, shape: Literal["json", "text"], stream: TextIO | None = None) -> None:
    """Send every record of `level` and above to `stream` (default: standard error) and nowhere else."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if shape == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    # No line shows where in the source it was written, nor by which thread or process: finding that out for every
    # record is a third of what it costs (docs.python.org/3/howto/logging.html, "Optimization").
    logging._srcfile = None  # noqa: SLF001
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of `record`, the request's id first."""
    current = request_id()
    fields: dict[str, Any] = {"request_id": current} if current else {}
    fields.update(islice(vars(record).items(), _STANDARD, None))
    for name in _ADDED_LATER.intersection(fields):
        del fields[name]
    return fields


class JsonLines(logging.Formatter):
    """One JSON object a line: `time`, `level`, `logger`, `message`, the fields, and `error` with the trace."""

    def format(self, record: logging.LogRecord) -> str:
        always = {
            "time": rfc3339(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        # A field never hides what every line has, and comes after it.
        line = {**always, **fields_of(record), **always}
        trace = _trace(self, record)
        if trace:
            line["error"] = trace
        try:
            return _encoder.encode(line).decode()
        except (TypeError, ValueError, UnicodeEncodeError):
            return _encoder.encode({name: ascii(value) for name, value in line.items()}).decode()


class TextLines(logging.Formatter):
    """`time LEVEL logger: message name=value …`, and the trace below it."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join([f" {name}={_text(value)}" for name, value in fields_of(record).items()])
        message = _one_line(record.getMessage())
        line = f"{rfc3339(record.created)} {record.levelname:<7} {record.name}: {message}{fields}"
        trace = _trace(self, record)
        return f"{line}\n{trace}" if trace else line


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    if not record.exc_info and not record.stack_info:
        return ""
    parts = [formatter.formatException(record.exc_info)] if record.exc_info else []
    if record.stack_info:
        parts.append(formatter.formatStack(record.stack_info))
    return "\n".join(parts)


def _text(value: object) -> str:
    text = str(value)
    return text if type(value) is int or type(value) is float or _is_plain(text) else ascii(text)


def _one_line(text: str) -> str:
    """`text` without what would forge a line or move a terminal's cursor."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
