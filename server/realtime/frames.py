"""WebSocket frames as a server sends them: unmasked, never fragmented (RFC 6455, section 5.2).

They are built here and not by the HTTP library because one frame serves every receiver: building it per client costs
more than writing it.
"""

from __future__ import annotations

import zlib

_TEXT = 0x81
_COMPRESSED = 0x40
PING = b"\x89\x00"

# Below this a message gains nothing worth its receiver's work.
DEFLATE_FROM_B = 1024
# The fastest: a container list shrinks to a fifth with it, and to a sixth with four times the work.
_DEFLATE_LEVEL = 1


def text_frame(payload: bytes) -> bytes:
    """Return the frame of one text message. `payload` is UTF-8."""
    return _header(_TEXT, len(payload)) + payload


def deflated_frame(payload: bytes) -> bytes:
    """Return the frame of one text message, compressed by permessage-deflate (RFC 7692).

    It refers to no earlier message, so that one frame serves every receiver, whatever it was sent before.
    """
    deflate = zlib.compressobj(_DEFLATE_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    # A sync flush ends in four bytes that the receiver adds by itself.
    body = (deflate.compress(payload) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]
    return _header(_TEXT | _COMPRESSED, len(body)) + body


def frame_for(payload: bytes, *, deflates: bool) -> bytes:
    """Return the frame of one text message for one receiver, compressed where it takes that and it is worth it."""
    return deflated_frame(payload) if deflates and len(payload) >= DEFLATE_FROM_B else text_frame(payload)


class SharedFrame:
    """A text message for many receivers: framed once, and compressed once if somebody takes that."""

    __slots__ = ("_deflated", "_payload", "_plain")

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._plain: bytes | None = None
        self._deflated: bytes | None = None

    def for_receiver(self, *, deflates: bool) -> bytes:
        if deflates:
            if self._deflated is None:
                self._deflated = frame_for(self._payload, deflates=True)
            return self._deflated
        if self._plain is None:
            self._plain = text_frame(self._payload)
        return self._plain


def _header(first: int, size: int) -> bytes:
    if size < 126:
        return bytes((first, size))
    if size < 65536:
        return bytes((first, 126)) + size.to_bytes(2)
    return bytes((first, 127)) + size.to_bytes(8)


def pong_frame(payload: bytes) -> bytes:
    """Return the answer to a ping. A control frame carries at most 125 bytes."""
    return bytes((0x8A, len(payload))) + payload
