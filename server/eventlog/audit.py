"""The audit trail: who did what to what, from where, and how it ended. The log chains its events by their hashes."""

from __future__ import annotations

from server.eventlog.log import EventLog, NewEvent
from server.protocol.channels import AUDIT
from server.protocol.events import AuditData

TYPE = "audit.recorded"


def audit_event(data: AuditData) -> NewEvent:
    """The event of `data`, to be appended together with those of what it tells about."""
    return NewEvent(type=TYPE, channel=AUDIT, data=data)


class Audit:
    """Writes the trail."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    async def record(self, data: AuditData) -> None:
        """Make `data` durable. Done *before* the change it tells of: nothing changes without a trace.

        Raises:
            StorageUnavailable: it cannot be written, so what it tells of must not be done.
        """
        await self._log.append([audit_event(data)])

    async def refused(self, data: AuditData) -> None:
        """Note a refusal. An attacker can cause any number of these, so there is a bound to how many are written; those
        left out are counted in the next one's `repeated`. A storage that refuses is logged, not raised."""
        await self._log.append([audit_event(data)])
