"""From a new event to the text that is stored and sent. No I/O: every implementation of the log uses it."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from server.eventlog.chain import FIELD_B, link
from server.eventlog.log import MAX_EVENT_B, InvalidEvent, NewEvent, StoredEvent
from server.protocol.channels import is_event

# A dot keeps an event's name apart from the protocol's own messages, which have none.
_TYPE = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+")
_MAX_TYPE = 64

# What `seal` adds at most: two positions that fit a JavaScript number, a timestamp, the names around them, a hash.
_SEALED_B = len(b',"prev":,"timestamp":"2026-11-20T09:00:00.000Z","data":}') + 2 * len(str(2**53)) + FIELD_B

_encode = msgspec.json.Encoder().encode


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
    before_id, after_id = _frame(event.type, event.channel)
    try:
        head = before_id + _encode(event.id) + after_id
        data = _encode(event.data)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidEvent(f"The data of {event.type} cannot be encoded: {error}.") from error
    if not data.startswith(b"{"):
        raise InvalidEvent(f"The data of {event.type} is not an object.")
    if len(head) + len(data) + _SEALED_B > MAX_EVENT_B:
        raise InvalidEvent(f"{event.type} of {len(data)} B is too large: an event holds at most {MAX_EVENT_B} B.")
    return Prepared(event.type, event.id, event.channel, head, data)


@lru_cache(maxsize=1024)
def _frame(type: str, channel: str) -> tuple[bytes, bytes]:
    """The envelope before and after the id. Kept for the pairs in use: checking two names costs as much as the rest."""
    if not is_event(channel):
        raise InvalidEvent(f"{channel!r:.100} is not a channel of events.")
    if len(type) > _MAX_TYPE or _TYPE.fullmatch(type) is None:
        raise InvalidEvent(f"{type!r:.100} is not the type of an event: lower-case words joined by dots.")
    return b'{"type":"%b","id":' % type.encode(), b',"channel":"%b","seq":' % channel.encode()


def seal(event: Prepared, seq: int, prev: int, timestamp: str, stamp: bytes) -> StoredEvent:
    """Return `event` at its place in the order. `stamp` is `timestamp` in ASCII, made once for a whole group."""
    text = b'%b%d,"prev":%d,"timestamp":"%b","data":%b}' % (event.head, seq, prev, stamp, event.data)
    return StoredEvent(seq, prev, event.channel, event.type, event.id, timestamp, text)


def seal_linked(
    event: Prepared, seq: int, prev: int, timestamp: str, stamp: bytes, before: bytes
) -> tuple[StoredEvent, bytes]:
    """Return `event`, one of the audit trail, at its place in the order and after the entry with the hash `before`, and
    its own hash."""
    body = b'%b%d,"prev":%d,"timestamp":"%b","data":%b' % (event.head, seq, prev, stamp, event.data)
    text, chain = link(before, body)
    return StoredEvent(seq, prev, event.channel, event.type, event.id, timestamp, text), chain


def head_of(event: StoredEvent) -> bytes:
    """Return how the text of `event` begins, up to its data.

    Raises:
        InvalidEvent: no event can have this type or channel.
    """
    before_id, after_id = _frame(event.type, event.channel)
    envelope = b'%b%b%b%d,"prev":%d,"timestamp":"%b","data":{'
    stamp = event.timestamp.encode()
    return envelope % (before_id, _encode(event.id), after_id, event.seq, event.prev, stamp)
