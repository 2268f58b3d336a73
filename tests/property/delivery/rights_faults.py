"""Mistakes about who may still hear what, planted like the others."""

from __future__ import annotations

from collections.abc import Iterable

from server.access import Principal
from server.realtime.connection import Connection, EventFilter
from server.realtime.hub import Hub
from tests.property.delivery.faults import Fault


class Hasty(Fault):
    """What is held back during a replay goes out although its client may have lost the right to it."""

    class Unguarded(Connection):
        __slots__ = ()

        @property
        def waits(self) -> bool:
            return self.outbox is not None and bool(self.outbox.frames)

    def connection(self, connection: Connection) -> None:
        connection.__class__ = self.Unguarded


class QueueOutlivesRights(Fault):
    """What waits for a slow client goes out although it may have lost the right to it."""

    class Unguarded(Connection):
        __slots__ = ()

        @property
        def waits(self) -> bool:
            return self.held is not None

    def connection(self, connection: Connection) -> None:
        connection.__class__ = self.Unguarded


class PickedBeforeTheChange(Fault):
    """A replay sends what it has read and picked already, although the rights have changed since."""

    class Unguarded(Connection):
        __slots__ = ()

        @property
        def waits(self) -> bool:
            return any(box is not None and box.frames for box in (self.held, self.outbox))

    def connection(self, connection: Connection) -> None:
        connection.__class__ = self.Unguarded


class FilterOfBefore(Fault):
    """A connection goes on with the filter that it came with."""

    class Stubborn(Connection):
        __slots__ = ()

        def become(self, principal: Principal, sees: EventFilter | None) -> None:
            super().become(principal, self.sees)

    def connection(self, connection: Connection) -> None:
        connection.__class__ = self.Stubborn


class StillAMember(Fault):
    """A client is told that it has lost a channel, and goes on to get what happens there."""

    class hub(Hub):  # noqa: N801
        leaving = False

        def _lose(self, connection: Connection, channels: list[str]) -> None:
            self.leaving = True
            super()._lose(connection, channels)
            self.leaving = False

        def part(self, connection: Connection, channels: Iterable[str]) -> None:
            if not self.leaving:
                super().part(connection, channels)


class LostInSilence(Fault):
    """A client that has lost a channel is not told."""

    class hub(Hub):  # noqa: N801
        def _lose(self, connection: Connection, channels: list[str]) -> None:
            self.part(connection, channels)


FAULTS: list[type[Fault]] = Fault.__subclasses__()
"""These and those of `faults`."""
