"""What the address of a socket says: which channels, and from where they are resumed."""

from __future__ import annotations

from urllib.parse import parse_qsl

from aiohttp import web

from server.errors import AppError, InvalidRequest
from server.protocol import channels as names
from server.realtime.replay import ResumeRequest

MAX_CHANNELS = 64
"""Of one connection."""


class UnknownChannel(AppError):
    code = "unknown_channel"
    status = 404


def resume_request(request: web.Request) -> ResumeRequest:
    """Return what the query asks for; `system` and live from now where it is silent.

    Raises:
        InvalidRequest, UnknownChannel: it asks for what cannot be; the message names it.
    """
    # Not request.query: it would stay with the request, and so with the socket.
    query = dict(parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True))
    last_seq = query.get("last_seq")
    if last_seq is not None and not (last_seq.isascii() and last_seq.isdigit() and len(last_seq) < 16):
        raise InvalidRequest("last_seq is the seq of the last event that was seen: a whole number, 0 or more.")
    channels = tuple(dict.fromkeys(name for name in query.get("channels", names.SYSTEM).split(",") if name))
    if len(channels) > MAX_CHANNELS:
        raise InvalidRequest(f"At most {MAX_CHANNELS} channels fit one connection.")
    for channel in channels:
        if not names.is_channel(channel):
            raise UnknownChannel(f"There is no channel {channel!r:.80}.")
    return ResumeRequest(
        channels=channels,
        last_seq=None if last_seq is None else int(last_seq),
        epoch=query.get("epoch"),
        previous=query.get("previous"),
    )
