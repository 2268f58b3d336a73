"""Requests that stay: long polls and streams. They are counted, and ended when their client left, when it may no longer
have what it asked for, and at shutdown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web

from server.access import Identity, Principal
from server.clock import Clock
from server.errors import AppError, TokenExpired, TokenRevoked, TooBusy
from server.realtime.limits import GRACE_S
from server.web.principal import identity, principal

# A client that left is noticed within this time, although nothing is written to it meanwhile.
LOOK_S = 2.0
# A window shows the output of a handful of containers; one person alone must not take all the places, nor all of the
# engine's streams.
MOST_OF_ONE = 50


class ShuttingDown(AppError):
    """The server ends; the same request works once it is back."""

    code = "shutting_down"
    status = 503
    temporary = True


@dataclass(slots=True)
class _Stay:
    """`ending`: why it is being ended; None for a client that left."""

    request: web.Request
    identity: Identity
    ending: AppError | None = None


class Stays:
    """At most `limit` of them at a time, `per_user` of one user (0: as many). While there are none, nothing runs."""

    def __init__(self, limit: int, *, clock: Clock, per_user: int = 0) -> None:
        self._limit = limit
        self._per_user = per_user
        self._clock = clock
        self._tasks: dict[asyncio.Task[object], _Stay] = {}
        self._look: asyncio.TimerHandle | None = None
        self._closing = False

    def __len__(self) -> int:
        return len(self._tasks)

    @contextmanager
    def stay(self, request: web.Request) -> Iterator[None]:
        """Hold a place for the running task, which answers `request`. What ends it does so before another of its lines
        runs: nothing that was read under older rights is sent after a change.

        Raises:
            Unauthenticated: nobody is known to ask.
            TooBusy: every place is taken, or as many as one user may have; or, while the task stays, the rights of who
                asks have changed, and the same request gives what they may have now.
            TokenRevoked, TokenExpired: who asks is nobody any more, or was not refreshed in time.
            ShuttingDown: the server ends, now or while the task stays.
            CancelledError: the client has left.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can stay")
        if self._closing:
            raise _goodbye()
        if len(self._tasks) >= self._limit:
            raise TooBusy("Too many requests wait or stream already. Try again later.", retry_after_s=5)
        # As they are now: what they did in this request may have given them more rights already.
        who = Identity(principal(request), identity(request).expires_at_s)
        if 0 < self._per_user <= self._of_user(who.principal):
            raise TooBusy(f"{self._per_user} requests of yours wait or stream already. End one first.", retry_after_s=5)
        stay = self._tasks[task] = _Stay(request, who)
        self._schedule()
        try:
            yield
        except asyncio.CancelledError:
            if stay.ending is not None and task.uncancel() == 0:
                raise stay.ending from None
            raise
        finally:
            del self._tasks[task]

    def close(self) -> None:
        """End all of them now: a shutdown would otherwise wait for each."""
        self._closing = True
        if self._look is not None:
            self._look.cancel()
        for task in self._tasks:
            self._end(task, _goodbye())

    def reauthorise(self, current: Callable[[Principal], Principal | None]) -> None:
        """End those of principals who are no more or not the same. `current`: who one is now, None for nobody."""
        for task, stay in self._tasks.items():
            present = current(stay.identity.principal)
            if present is None:
                self._end(task, TokenRevoked("Your access was revoked. Sign in again."))
            elif present != stay.identity.principal:
                self._end(task, TooBusy("What you may see has changed. Ask again.", retry_after_s=0))

    def look(self) -> None:
        """End those whose client has left, and those whose token has run out."""
        ended_before = self._clock.now() - GRACE_S
        for task, stay in self._tasks.items():
            expires_at_s = stay.identity.expires_at_s
            if stay.request.transport is None or stay.request.transport.is_closing():
                task.cancel()
            elif expires_at_s is not None and expires_at_s <= ended_before:
                self._end(task, TokenExpired("The access token has ended. Refresh it, or sign in again."))

    def _of_user(self, principal: Principal) -> int:
        """How many there are of that person, or of that token of nobody."""
        return sum(stay.identity.principal.holder == principal.holder for stay in self._tasks.values())

    def _end(self, task: asyncio.Task[object], why: AppError) -> None:
        stay = self._tasks[task]
        # Once: every cancellation has to be taken back.
        if stay.ending is None:
            stay.ending = why
            task.cancel()

    def _schedule(self) -> None:
        if self._look is None:
            self._look = asyncio.get_running_loop().call_later(LOOK_S, self._looked)

    def _looked(self) -> None:
        self._look = None
        self.look()
        if self._tasks:
            self._schedule()


def _goodbye() -> ShuttingDown:
    return ShuttingDown("The server is shutting down. Try again in a moment.", retry_after_s=2)
