"""`/api/v1/containers/{id}/logs`: a container's output as NDJSON, one `LogLine` a line."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from aiohttp import web

from server import logging as structured
from server.clock import Clock
from server.errors import AppError, InvalidRequest
from server.protocol import codec
from server.protocol.rest import ErrorAnswer, ErrorBody
from server.protocol.views import LogLine
from server.tasks import Tasks
from server.web import requests
from server.web.keys import CLOCK, CONFIG, CONTAINERS, STAYS
from server.web.principal import principal
from server.web.streams import Stream

log = logging.getLogger(__name__)

NDJSON = "application/x-ndjson"
TAIL = requests.Integer(
    name="tail", help="How many of the newest lines to begin with.", default=200, least=0, most=10_000
)
SINCE = requests.Text(name="since", help="Only lines after this time: RFC 3339, or seconds since the Unix epoch.")
FOLLOW = requests.Flag(name="follow", help="Stay, and send lines as they are written.")

# An empty line: readers of NDJSON skip it, and proxies see that the stream lives.
_KEEP_ALIVE_S = 15.0
_SECONDS = re.compile(r"(\d{1,10})(?:\.(\d{1,9}))?")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)")


async def logs(request: web.Request) -> web.StreamResponse:
    """Stream the lines. What goes wrong after the first byte is the last line: `{"error":{…}}`."""
    tail, since_ns, follow = TAIL.read(request), _nanoseconds(SINCE.read(request)), FOLLOW.read(request)
    container, by = request.match_info["id"], principal(request)
    opening = request.app[CONTAINERS].logs(container, tail=tail, since_ns=since_ns, follow=follow, by=by)
    stream = Stream(request, NDJSON, stall_s=request.app[CONFIG].stall_s)
    tasks = Tasks("logs")
    async with stream.ended_by(lambda error: _last_line(error.code, error.message)):
        with request.app[STAYS].stay(request):
            async with opening as lines:
                await stream.begin()
                tasks.spawn("keep-alive", _keep_alive(stream, request.app[CLOCK]))
                try:
                    await _copy(lines, stream)
                finally:
                    await tasks.close()
    return stream.response


async def _copy(lines: AsyncIterator[list[LogLine]], stream: Stream) -> None:
    try:
        async for batch in lines:
            await stream.write(b"".join([codec.encode(line) + b"\n" for line in batch]))
    except (AppError, ConnectionError):
        raise
    except Exception:
        log.exception("a log stream failed")
        await stream.write(_last_line("internal", "Something went wrong in the server. Its log has the details."))


async def _keep_alive(stream: Stream, clock: Clock) -> None:
    try:
        while True:
            await clock.sleep(_KEEP_ALIVE_S)
            await stream.write(b"\n")
    except ConnectionError:
        pass  # The next line, or the next look of `Stays`, ends the stream.


def _last_line(code: str, message: str) -> bytes:
    error = ErrorAnswer(ErrorBody(code=code, message=message, request_id=structured.request_id()))
    return codec.encode(error) + b"\n"


def _nanoseconds(text: str | None) -> int | None:
    """A time since the Unix epoch in ns, without losing any: the last `ts` of one read is the `since` of the next."""
    if text is None:
        return None
    if match := _SECONDS.fullmatch(text):
        return int(match[1]) * 1_000_000_000 + _fraction_ns(match[2])
    if match := _TIME.fullmatch(text):
        try:
            moment = datetime.fromisoformat(match[1].upper() + match[3].upper().replace("Z", "+00:00"))
        except ValueError:
            pass
        else:
            return int(moment.astimezone(UTC).timestamp()) * 1_000_000_000 + _fraction_ns(match[2])
    raise InvalidRequest(f"`since` is a time as in 2026-11-20T09:00:00.000Z, or seconds, not {text!r:.40}.")


def _fraction_ns(digits: str | None) -> int:
    return int((digits or "0").ljust(9, "0"))
