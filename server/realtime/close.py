"""Why a connection ends, as a WebSocket close code. The client's table is in docs/protocol.md."""

from __future__ import annotations

import enum


class Close(enum.IntEnum):
    DONE = 1000
    # Never sent: the peer went without a word, or its network did.
    LOST = 1006
    SERVER_ERROR = 1011
    RESTART = 1012
    POOL_FULL = 1013
    NO_LIFE = 4000
    TOKEN_EXPIRED = 4001
    TOO_SLOW = 4002
    # Something was on its way that the client may not see any more: it comes back, under its new rights.
    RIGHTS_CHANGED = 4003
    RATE_LIMITED = 4008
    TOKEN_REVOKED = 4500
    PROTOCOL_ERROR = 4501
    FORBIDDEN = 4503

    @property
    def word(self) -> str:
        """What the next `connected` says as `previous_close`."""
        return self.name.lower()
