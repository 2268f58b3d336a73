"""Who listens to which channel."""

from __future__ import annotations

from collections.abc import Iterable

from server.realtime.connection import Connection

_MOST_SETS = 4096


class Members:
    """Keeps `channels` of the connections, and the connections of the channels: the one never without the other."""

    def __init__(self) -> None:
        self._of: dict[str, set[Connection]] = {}
        # Most connections have one of a few sets of channels: each is held once.
        self._sets: dict[frozenset[str], frozenset[str]] = {}

    def of(self, channel: str) -> tuple[Connection, ...]:
        """Who listens to `channel`. A copy: a connection may leave while it is walked."""
        return tuple(self._of.get(channel, ()))

    def add(self, connection: Connection, channels: Iterable[str]) -> list[str]:
        """Have the connection listen to `channels`; return those that are new to it."""
        new = sorted(frozenset(channels) - connection.channels)
        self._set(connection, connection.channels.union(new))
        for channel in new:
            self._of.setdefault(channel, set()).add(connection)
        return new

    def remove(self, connection: Connection, channels: Iterable[str]) -> None:
        """Have it listen to them no more."""
        channels = connection.channels.intersection(channels)
        self._leave(connection, channels)
        self._set(connection, connection.channels - channels)

    def forget(self, connection: Connection) -> None:
        """Take out a connection that has ended."""
        self._leave(connection, connection.channels)

    def status(self) -> dict[str, int]:
        """How many connections listen to each channel."""
        return {channel: len(members) for channel, members in sorted(self._of.items())}

    def _leave(self, connection: Connection, channels: Iterable[str]) -> None:
        for channel in channels:
            members = self._of.get(channel)
            if members is not None:
                members.discard(connection)
                if not members:
                    del self._of[channel]

    def _set(self, connection: Connection, channels: frozenset[str]) -> None:
        if len(self._sets) > _MOST_SETS:
            self._sets.clear()
        connection.channels = self._sets.setdefault(channels, channels)
