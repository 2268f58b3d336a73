"""How many runs may be under way, and how many of those for one person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Seats:
    """`count` in all. One person, with all of their tokens, has at most three quarters of them: the others' runs find a
    seat however long those of one take."""

    def __init__(self, count: int) -> None:
        self._share = count - count // 4
        # Who waits for a seat gets it in the order of asking.
        self._all = asyncio.Semaphore(count)
        # As long as somebody sits or waits.
        self._own: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def taken(self, principal: str) -> AsyncIterator[None]:
        """Wait for a seat for a run that the principal of this id asked for, and hold it."""
        whose = holder(principal)
        own = self._own.get(whose)
        if own is None:
            own = self._own[whose] = asyncio.Semaphore(self._share)
        async with own, self._all:
            yield


def holder(principal: str) -> str:
    """Whose limits a principal of this id counts against: a person, their tokens included; a token of nobody has its
    own. As `Principal.holder`, for those of whom only the id was kept."""
    user = principal.partition(":")[0]
    return principal if user == "token" else user
