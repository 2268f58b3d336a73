"""What the engine's endless answers say, piece by piece as they come."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator

import msgspec

from server.containers.engine import EngineError, EngineEvent
from server.containers.engine_json import EventLine
from server.containers.output import BadFrame, FramedLines, PlainLines
from server.containers.translation import from_event
from server.protocol.views import LogLine

log = logging.getLogger(__name__)

MAX_EVENT_LINE_B = 1024 * 1024
"""An event is one line; labels may make it long. A longer one is not worth the memory."""

_event_decoder = msgspec.json.Decoder(EventLine)


async def events(chunks: AsyncIterator[bytes]) -> AsyncGenerator[EngineEvent, None]:
    """The changes in an event stream, one JSON object a line; noise and what is not understood are passed over."""
    rest = bytearray()
    async for chunk in chunks:
        rest += chunk
        *lines, tail = rest.split(b"\n")
        rest = tail if len(tail) <= MAX_EVENT_LINE_B else bytearray()
        for line in lines:
            if not line.strip():
                continue
            try:
                event = from_event(_event_decoder.decode(line))
            except msgspec.DecodeError:
                log.warning("event of the engine not understood", extra={"line": line[:200].decode(errors="replace")})
                continue
            if event is not None:
                yield event


async def lines(chunks: AsyncIterator[bytes], cutter: FramedLines | PlainLines) -> AsyncGenerator[list[LogLine], None]:
    """The lines of a log stream, as many at a time as a chunk completes.

    Raises:
        EngineError: the stream does not consist of what it should.
    """
    async for chunk in chunks:
        try:
            found = cutter.feed(chunk)
        except BadFrame as error:
            raise EngineError("The engine's log stream cannot be read any further.") from error
        if found:
            yield found
    last = cutter.finish()
    if last:
        yield last
