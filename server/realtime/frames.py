"""WebSocket frames as a server sends them: unmasked, never fragmented (RFC 6455, section 5.2).

They are built here and not by the HTTP library because one frame serves every receiver: building it per client costs
more than writing it.
"""

from __future__ import annotations

_TEXT = 0x81
PING = b"\x89\x00"


def text_frame(payload: bytes) -> bytes:
    """Return the frame of one text message. `payload` is UTF-8."""
    size = len(payload)
    if size < 126:
        return bytes((_TEXT, size)) + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2) + payload
    return b"\x81\x7f" + size.to_bytes(8) + payload


def pong_frame(payload: bytes) -> bytes:
    """Return the answer to a ping. A control frame carries at most 125 bytes."""
    return bytes((0x8A, len(payload))) + payload
