"""What a client may hear, as a test wants it."""

from __future__ import annotations

from collections.abc import Callable

from server.access import Principal
from server.realtime.connection import EventFilter


class OpenGate:
    """Lets everybody hear everything, but for the channels in `closed`, the events that `sees` does not pick, and what
    `narrows` leaves out of states. `narrowed` counts how often that was asked."""

    def __init__(self) -> None:
        self.closed: set[str] = set()
        self.sees: EventFilter | None = None
        self.narrows: Callable[[Principal, bytes], bytes] = lambda principal, message: message
        self.narrowed = 0

    def joins(self, principal: Principal, channel: str) -> bool:
        return channel not in self.closed

    def filter(self, principal: Principal) -> EventFilter | None:
        return self.sees

    def narrow(self, principal: Principal, channel: str, message: bytes) -> bytes:
        self.narrowed += 1
        return self.narrows(principal, message)
