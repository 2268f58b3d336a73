"""From a new event to the text that is stored and sent. No I/O: every implementation of the log uses it."""

from __future__ import annotations

import re

import msgspec

from server.eventlog.log import MAX_EVENT_B, InvalidEvent, NewEvent, StoredEvent
from server.protocol.channels import is_event

# A dot keeps an event's name apart from the protocol's own messages, which have none.
_TYPE = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+")
_MAX_TYPE = 64

# What `seal` adds at most: two positions that fit a JavaScript number, a timestamp and the names around them.
_SEALED_B = len(b',"seq":,"prev":,"timestamp":"2026-11-20T09:00:00.000Z","data":}') + 2 * len(str(2**53))

_encode = msgspec.json.Encoder().encode


class _Head(msgspec.Struct, frozen=True):
    type: str
    id: str
    channel: str


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """A valid event that only lacks its place in the order. `head` and `data` are its envelope's two ends."""

    type: str
    id: str
    channel: str
    head: bytes
    data: bytes


def prepare(event: NewEvent) -> Prepared:
    """Return `event` validated and encoded.

    Raises:
        InvalidEvent: the message names what is wrong with it.
    """
    if not is_event(event.channel):
        raise InvalidEvent(f"{event.channel!r:.100} is not a channel of events.")
    if len(event.type) > _MAX_TYPE or _TYPE.fullmatch(event.type) is None:
        raise InvalidEvent(f"{event.type!r:.100} is not the type of an event: lower-case words joined by dots.")
    try:
        head = _encode(_Head(event.type, event.id, event.channel))[:-1]
        data = _encode(event.data)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidEvent(f"The data of {event.type} cannot be encoded: {error}.") from error
    if not data.startswith(b"{"):
        raise InvalidEvent(f"The data of {event.type} is not an object.")
    if len(head) + len(data) + _SEALED_B > MAX_EVENT_B:
        raise InvalidEvent(f"{event.type} of {len(data)} B is too large: an event holds at most {MAX_EVENT_B} B.")
    return Prepared(event.type, event.id, event.channel, head, data)


def seal(event: Prepared, seq: int, prev: int, timestamp: str, stamp: bytes) -> StoredEvent:
    """Return `event` at its place in the order. `stamp` is `timestamp` in ASCII, made once for a whole group."""
    text = b'%b,"seq":%d,"prev":%d,"timestamp":"%b","data":%b}' % (event.head, seq, prev, stamp, event.data)
    return StoredEvent(seq, prev, event.channel, event.type, event.id, timestamp, text)
