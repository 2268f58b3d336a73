"""How many connections there may be: of all, and of one user, so that nobody takes the places of the others."""

from __future__ import annotations

from collections.abc import Iterator

from server.access import Principal
from server.errors import TooBusy
from server.realtime.connection import Connection


class PoolFull(TooBusy):
    code = "pool_full"


class UserLimit(TooBusy):
    """One person, or one token of nobody, has as many connections as one may have."""

    code = "user_limit"


class Pool:
    """The open connections: at most `most`, and `per_user` of one user (0: as many as there are places)."""

    def __init__(self, *, most: int, per_user: int) -> None:
        self._most = most
        self._per_user = per_user
        self._connections: set[Connection] = set()
        self._of_user: dict[str, int] = {}

    def check(self, principal: Principal) -> None:
        """Do nothing if there is a place for `principal`.

        Raises:
            PoolFull, UserLimit: there is none.
        """
        if len(self._connections) >= self._most:
            raise PoolFull("All connections of this server are in use. Try again later.", retry_after_s=5)
        if 0 < self._per_user <= self._of_user.get(principal.holder, 0):
            raise UserLimit(
                f"You have {self._per_user} connections, which is the most. Close a window that you do not need.",
                retry_after_s=5,
            )

    def add(self, connection: Connection) -> None:
        self._connections.add(connection)
        user = connection.principal.holder
        self._of_user[user] = self._of_user.get(user, 0) + 1

    def discard(self, connection: Connection) -> None:
        if connection not in self._connections:
            return
        self._connections.remove(connection)
        user = connection.principal.holder
        self._of_user[user] -= 1
        if not self._of_user[user]:
            del self._of_user[user]

    def __iter__(self) -> Iterator[Connection]:
        """A copy is walked: a connection may end meanwhile."""
        return iter(tuple(self._connections))

    def __len__(self) -> int:
        return len(self._connections)
