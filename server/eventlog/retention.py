"""The log forgets what is too old or too much, a little at a time."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from server.clock import Clock, rfc3339
from server.errors import AppError
from server.eventlog.log import EventLog

log = logging.getLogger(__name__)

INTERVAL_S = 60.0
STEP = 2000
"""Events pruned in one transaction: some milliseconds in which appends wait."""

_DAY_S = 86_400.0


class TidyLog(EventLog, Protocol):
    """A log that keeps things of its own, to be put in order now and then."""

    async def tidy(self) -> None: ...

    async def forget_audit(self, before: str) -> bool:
        """Forget some of the entries of the audit trail that were pruned and are older than `before` (RFC 3339), oldest
        first. Returns whether there may be more."""
        ...


async def run(log_: TidyLog, clock: Clock, *, days: float, events: int, audit_days: float = 365.0) -> None:
    """Prune and tidy once a minute, for ever. A storage that refuses is tried again the next time.

    The audit trail is kept for `audit_days`, and at least as long as the other events.
    """
    while True:
        try:
            await prune_expired(log_, clock.now(), days=days, events=events)
            await forget_expired_audit(log_, clock.now(), days=audit_days)
            await log_.tidy()
        except AppError as error:
            log.warning("the event log could not be pruned", extra={"reason": error.message})
        await clock.sleep(INTERVAL_S)


async def prune_expired(log_: EventLog, now_s: float, *, days: float, events: int) -> None:
    """Prune until no event is older than `days` and no more than `events` are left, in steps of at most `STEP`."""
    oldest = _since(now_s, days)
    while True:
        position = await log_.position()
        upto = min(position.floor + STEP, position.head)
        if upto > position.head - events:
            upto = max(position.head - events, await _last_before(log_, oldest, position.floor, upto))
        if upto <= position.floor:
            return
        await log_.prune(upto)
        # The appends that waited go first.
        await asyncio.sleep(0)


async def forget_expired_audit(log_: TidyLog, now_s: float, *, days: float) -> None:
    """Forget the pruned entries of the audit trail that are older than `days`, step by step."""
    before = _since(now_s, days)
    while True:
        if not await log_.forget_audit(before):
            return
        # The appends that waited go first.
        await asyncio.sleep(0)


def _since(now_s: float, days: float) -> str:
    return rfc3339(max(now_s - days * _DAY_S, 0.0))


async def _last_before(log_: EventLog, timestamp: str, floor: int, upto: int) -> int:
    """Return the seq up to which every event is older than `timestamp`, `floor` when the first one is not.

    Looks no further than `upto` and the end of one page: events come in the order of time, but for corrections of the
    clock, and an event that those made look older waits for the ones before it.
    """
    page = await log_.read(floor, limit=upto - floor, upto=upto)
    for event in page.events:
        if event.timestamp >= timestamp:
            return event.seq - 1
    return page.next
