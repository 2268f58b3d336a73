"""The audit trail: who did what to what, from where, and how it ended. The log chains its events by their hashes."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping

from msgspec.structs import replace

from server.access import Principal
from server.clock import Clock, SystemClock
from server.errors import AppError
from server.eventlog.log import EventLog, NewEvent
from server.eventlog.refusals import INTERVAL_S, Refusals
from server.protocol.channels import AUDIT
from server.protocol.events import AuditAction, AuditData
from server.tasks import Tasks

log = logging.getLogger(__name__)

TYPE = "audit.recorded"

MOST_DUE = 32
"""Refusals that wait for a storage that hangs; more are held back like those that come too often."""

MAX_TEXT = 512
"""Characters of each text that are kept: some of them come from whoever was refused."""


def told_of(
    by: Principal,
    action: AuditAction,
    *,
    target: str | None,
    error: AppError | None = None,
    detail: Mapping[str, str] | None = None,
) -> AuditData:
    """What the trail is told of an action of `by`: that it is done, or, with `error`, that it was refused."""
    return AuditData(
        actor=by.id,
        action=action,
        outcome="ok" if error is None else "refused",
        target=target,
        address=by.address,
        code=None if error is None else error.code,
        detail=dict(detail or {}),
    )


def audit_event(data: AuditData) -> NewEvent:
    """The event of `data`, to be appended together with those of what it tells about. Always one that can be stored:
    what is too long is cut, what is no text (headers may hold any byte) is replaced."""
    return NewEvent(type=TYPE, channel=AUDIT, data=_cleaned(data))


def _cleaned(data: AuditData) -> AuditData:
    return replace(
        data,
        actor=_text(data.actor),
        target=_text(data.target),
        address=_text(data.address),
        agent=_text(data.agent),
        code=_text(data.code),
        detail={name: _text(value) or "" for name, value in data.detail.items()},
    )


def _text(text: str | None) -> str | None:
    return None if text is None else text[:MAX_TEXT].encode(errors="replace").decode()


class Audit:
    """Writes the trail. Close it before the log, once nobody is refused any more."""

    def __init__(self, log: EventLog, *, clock: Clock | None = None) -> None:
        self._log = log
        self._clock = clock or SystemClock()
        self._refusals = Refusals(self._clock.monotonic)
        self._tasks = Tasks("audit")
        self._writer: asyncio.Task[None] | None = None
        # To be written now. The rate at which refusals are admitted bounds it, but for a storage that hangs.
        self._due: deque[AuditData] = deque()
        self._due_writer: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()
        self._closed = False

    async def record(self, data: AuditData) -> None:
        """Make `data` durable. Done *before* the change it tells of: nothing changes without a trace.

        Raises:
            StorageUnavailable: it cannot be written, so what it tells of must not be done.
        """
        await self._log.append([audit_event(data)])

    async def refused(self, data: AuditData) -> None:
        """Note a refusal. A storage that refuses is logged, not raised, and tried again.

        An attacker can cause any number, so at most 60 a minute are written. The same one (actor, action, target,
        code, address) again within 10 s, and what exceeds that rate, is counted and written within 20 s, in the
        `repeated` of the next of its kind or of a summary. Only a crash loses one.

        Who is refused never waits for the disk: that would tell, by the time, a refusal that is written from one that
        is counted, and with it a name that is an account's from one of nobody.
        """
        now = self._refusals.admit(_cleaned(data))
        if now is not None:
            self._hand_over(now)
        self._ensure_writer()
        # For the writers to begin: a storage in memory is done when this returns.
        await asyncio.sleep(0)

    async def close(self) -> None:
        """Write what is held."""
        self._closed = True
        # Not in the middle of writing what is no longer held.
        async with self._writing:
            await self._tasks.close()
        while self._due:
            self._refusals.hold(self._due.popleft())
        await self._write_held()
        if self._refusals:
            log.warning("refusals are missing from the audit trail", extra={"entries": len(self._refusals.release())})

    def _hand_over(self, data: AuditData) -> None:
        if len(self._due) >= MOST_DUE:
            self._refusals.hold(data)
            return
        self._due.append(data)
        if self._due_writer is None:
            self._due_writer = self._tasks.spawn("refused", self._write_due())

    async def _write_due(self) -> None:
        try:
            while self._due:
                await self._write(self._due.popleft())
        finally:
            self._due_writer = None
            # What could not be written is held by now.
            self._ensure_writer()

    def _ensure_writer(self) -> None:
        if self._refusals and self._writer is None and not self._closed:
            self._writer = self._tasks.spawn("refusals", self._write_later())

    async def _write_later(self) -> None:
        """Write what is held every now and then, until nothing is."""
        try:
            while self._refusals:
                await self._clock.sleep(INTERVAL_S)
                await self._write_held()
        finally:
            self._writer = None

    async def _write_held(self) -> None:
        async with self._writing:
            for data in self._refusals.release():
                await self._write(data)

    async def _write(self, data: AuditData) -> None:
        try:
            await self._log.append([audit_event(data)])
        except AppError as error:
            log.warning("a refusal could not be written to the audit trail", extra={"reason": error.message})
            self._refusals.hold(data)
        except asyncio.CancelledError:
            # Closed in the middle of it: it may be in the log by now, and is counted twice rather than never.
            self._refusals.hold(data)
            raise
