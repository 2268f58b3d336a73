"""The question that the hub asks about everybody: what may they hear? Whoever wires the server answers it."""

from __future__ import annotations

from typing import Protocol

from server.access import Principal
from server.realtime.connection import EventFilter


class Gate(Protocol):
    """What a principal may hear. The answers depend on the principal alone: it is a snapshot of their rights."""

    def joins(self, principal: Principal, channel: str) -> bool:
        """Whether `principal` may subscribe to `channel` at all."""
        ...

    def filter(self, principal: Principal) -> EventFilter | None:
        """What picks the events that `principal` may see; None where that is all of the channels it may join."""
        ...

    def narrow(self, principal: Principal, channel: str, message: bytes) -> bytes:
        """The state `message` of `channel` as `principal` may see it: the same for everybody with the same labels.
        Asked only for those who have a `filter`."""
        ...
