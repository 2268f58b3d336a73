"""What a socket asks for at its start, in its address or in `auth`: which channels, and from where they are resumed."""

from __future__ import annotations

from urllib.parse import parse_qsl

from aiohttp import web

from server.errors import AppError, InvalidRequest
from server.protocol import channels as names
from server.protocol.client import AuthData
from server.realtime.replay import ResumeRequest

MAX_CHANNELS = 64
"""Of one connection."""


class UnknownChannel(AppError):
    code = "unknown_channel"
    status = 404


def resume_request(request: web.Request, auth: AuthData | None = None) -> ResumeRequest:
    """Return what the query asks for; `system` and live from now where it is silent. What `auth` says wins.

    Raises:
        InvalidRequest, UnknownChannel: it asks for what cannot be; the message names it.
    """
    # Not request.query: it would stay with the request, and so with the socket.
    query = dict(parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True))
    said = AuthData(token="") if auth is None else auth
    return ResumeRequest(
        channels=_channels(query.get("channels", names.SYSTEM).split(",") if said.channels is None else said.channels),
        last_seq=_seq(query.get("last_seq")) if said.last_seq is None else said.last_seq,
        epoch=query.get("epoch") if said.epoch is None else said.epoch,
        previous=query.get("previous") if said.previous is None else said.previous,
    )


def _channels(asked: list[str]) -> tuple[str, ...]:
    channels = tuple(dict.fromkeys(name for name in asked if name))
    if len(channels) > MAX_CHANNELS:
        raise InvalidRequest(f"At most {MAX_CHANNELS} channels fit one connection.")
    for channel in channels:
        if not names.is_channel(channel):
            raise UnknownChannel(f"There is no channel {channel!r:.80}.")
    return channels


def _seq(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise InvalidRequest("last_seq is the seq of the last event that was seen: a whole number, 0 or more.")
    return int(text)
