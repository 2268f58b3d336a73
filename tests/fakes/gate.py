"""What a client may hear, as a test wants it."""

from __future__ import annotations

from server.access import Principal
from server.realtime.connection import EventFilter


class OpenGate:
    """Lets everybody hear everything, but for the channels in `closed` and the events that `hides` picks."""

    def __init__(self) -> None:
        self.closed: set[str] = set()
        self.sees: EventFilter | None = None

    def joins(self, principal: Principal, channel: str) -> bool:
        return channel not in self.closed

    def filter(self, principal: Principal) -> EventFilter | None:
        return self.sees
