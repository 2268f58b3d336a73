"""The envelope of every event."""

from __future__ import annotations

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """`prev` is the seq before it in its channel, 0 for the first."""

    id: str
    channel: str
    seq: int
    prev: int
    timestamp: str
