"""`/api/v1/events/stream`: the same events as server-sent events, for curl and scripts.

The id of each is `epoch:seq`, which comes back as `Last-Event-ID` (html.spec.whatwg.org, section 9.2). The stream reads
the log page by page as fast as its reader takes it, so that a slow one holds up nobody and fills nothing.
"""

from __future__ import annotations

import re

from aiohttp import web

from server.errors import AppError, InvalidRequest
from server.eventlog.log import Gap
from server.protocol import codec
from server.protocol.server import ErrorData
from server.realtime.hub import Hub
from server.web.api.events import AFTER, CHANNEL, EPOCH
from server.web.api.feed import Ahead, EpochChanged, Feed
from server.web.keys import CONFIG, HUB, STAYS
from server.web.streams import Stream

SSE = "text/event-stream"
LAST_EVENT_ID = "Last-Event-ID"
PAGE = 200
# How long an EventSource waits before it comes back.
RETRY_MS = 3000
_ID = re.compile(r"([A-Za-z0-9_-]{1,64}):([0-9]{1,15})")


async def stream(request: web.Request) -> web.StreamResponse:
    """Send events as they are published, until the client leaves or its position is lost; that is an event `gap`."""
    feed, hub, config = Feed(request, CHANNEL.read(request)), request.app[HUB], request.app[CONFIG]
    after, epoch = _position(request)
    out = Stream(request, SSE, stall_s=config.stall_s)
    async with out.ended_by(lambda error: _end(error, hub)):
        with request.app[STAYS].stay(request):
            await out.begin()
            await out.write(b"retry: %d\n\n" % RETRY_MS)
            feed.check(after or 0, epoch)
            await _send(feed, out, hub.epoch, hub.published if after is None else after, config.heartbeat_s / 2)
    return out.response


async def _send(feed: Feed, out: Stream, epoch: str, after: int, heartbeat_s: float) -> None:
    while True:
        page = await feed.page(after, limit=PAGE, wait_s=heartbeat_s)
        after = page.next
        # An id alone is no event: it moves the client's position past what its channels did not hold.
        beat = b": \nid: %b:%d\n\n" % (epoch.encode(), after)
        lines = [b"id: %b:%d\ndata: %b\n\n" % (epoch.encode(), seq, text) for seq, text in page.events]
        await out.write(b"".join(lines) or beat)


def _end(error: AppError, hub: Hub) -> bytes:
    data = codec.encode(ErrorData.of(error))
    if not isinstance(error, Gap | EpochChanged | Ahead):
        return b"event: failed\ndata: %b\n\n" % data
    # With this id a browser that comes back by itself goes on from now instead of meeting the same gap.
    return b"id: %b:%d\nevent: gap\ndata: %b\n\n" % (hub.epoch.encode(), hub.published, data)


def _position(request: web.Request) -> tuple[int | None, str | None]:
    """Where to begin. The header wins: a browser that comes back asks for the same address as at first."""
    last = request.headers.get(LAST_EVENT_ID)
    if not last:
        return AFTER.read(request), EPOCH.read(request)
    match = _ID.fullmatch(last)
    if match is None:
        raise InvalidRequest(f"{LAST_EVENT_ID} is `epoch:seq` as this stream sent it, not {last!r:.40}.")
    return int(match[2]), match[1]
