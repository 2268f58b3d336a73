"""The connections that this server ended: until their peers have answered, and why, for when they come back."""

from __future__ import annotations

from collections import OrderedDict

from server.realtime.close import Close
from server.realtime.connection import Connection


class Goodbyes:
    """Remembers the reasons of the `most` connections that were ended last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._closing: dict[Connection, float] = {}
        self._reasons: OrderedDict[str, Close] = OrderedDict()

    def say(self, connection: Connection, code: Close, now: float) -> None:
        """Take note of a connection that was ended with `code`."""
        self._reasons[connection.id] = code
        if len(self._reasons) > self._most:
            self._reasons.popitem(last=False)
        self._closing[connection] = now

    def answered(self, connection: Connection) -> None:
        """Its socket has ended."""
        self._closing.pop(connection, None)

    def cut_silent(self, since: float) -> None:
        """Cut the peers that were said goodbye before `since` and have not answered: one that is there has long done
        so, and its door has left."""
        for connection, said_at in tuple(self._closing.items()):
            if said_at <= since:
                del self._closing[connection]
                connection.transport.abort()

    def reason(self, connection_id: str) -> Close | None:
        """Why the connection of that id was ended, if it was, and not so long ago that it was forgotten."""
        return self._reasons.get(connection_id)
