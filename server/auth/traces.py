"""What the audit trail says of somebody who is not signed in (yet)."""

from __future__ import annotations

from server.auth.names import known_name
from server.auth.records import Visitor
from server.errors import AppError
from server.eventlog.audit import Audit
from server.protocol.events import AuditAction, AuditData

_MOST_AGENT = 256


def clean(text: str | None, most: int = _MOST_AGENT) -> str | None:
    """What can be printed of the first `most` characters of `text`."""
    if text is None:
        return None
    return "".join(character if character.isprintable() else "\ufffd" for character in text[:most])


class Traces:
    """Writes the trail for visitors."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def done(
        self,
        action: AuditAction,
        actor: str | None,
        visitor: Visitor,
        *,
        target: str | None = None,
        error: AppError | None = None,
        **detail: str,
    ) -> None:
        """Note what `actor` is about to do, or, with `error`, was refused in a way that must never go without a trace.

        Raises:
            StorageUnavailable: it cannot be written, so it must not be done.
        """
        await self._audit.record(_data(action, actor, visitor, target, error, detail))

    async def refused(
        self, action: AuditAction, given_name: str | None, visitor: Visitor, error: AppError, **detail: str
    ) -> None:
        """Note that `action` was refused with `error` to somebody who gave this name."""
        error.audited = True
        actor = None if given_name is None else known_name(given_name)
        if given_name is not None and actor is None:
            # People type their password into the field above: what cannot be a name is not written down.
            detail["name"] = "not one that an account can have"
        await self._audit.refused(_data(action, actor, visitor, None, error, detail))


def _data(
    action: AuditAction,
    actor: str | None,
    visitor: Visitor,
    target: str | None,
    error: AppError | None,
    detail: dict[str, str],
) -> AuditData:
    return AuditData(
        actor=actor,
        action=action,
        outcome="ok" if error is None else "refused",
        target=target,
        address=visitor.address,
        agent=clean(visitor.agent),
        code=None if error is None else error.code,
        detail=detail,
    )
