"""What is said of a request that was settled: to the run that waits, to who comes too late, to the trail. Pure."""

from __future__ import annotations

from server.access import Principal
from server.errors import AppError
from server.eventlog.audit import audit_event, told_of
from server.eventlog.log import NewEvent
from server.protocol.events import AuditAction, AuditData, AuditOutcome
from server.protocol.sessions import PermissionState, PermissionView
from server.sessions.runner import Decision


class AlreadyDecided(AppError):
    """Somebody else was first, or decided otherwise; the message says who, what and when."""

    code = "already_decided"
    status = 409


class PermissionExpired(AppError):
    """Nobody decided in time."""

    code = "permission_expired"
    status = 409


class PermissionCancelled(AppError):
    """What had asked does not wait any more."""

    code = "permission_cancelled"
    status = 409


_OUTCOMES: dict[PermissionState, tuple[AuditOutcome, str | None]] = {
    "pending": ("requested", None),
    "allowed": ("ok", None),
    "denied": ("ok", None),
    "expired": ("failed", PermissionExpired.code),
    "cancelled": ("failed", PermissionCancelled.code),
}


def ruling(view: PermissionView) -> Decision:
    """Return what the run is told of a request that is settled."""
    reason = view.reason
    if view.state == "denied":
        reason = f"{view.decided_by} denied it" + (f": {view.reason}" if view.reason else ".")
    return Decision(allowed=view.state == "allowed", permission=view.id, by=view.decided_by, reason=reason)


def too_late(view: PermissionView) -> AppError:
    """Return what somebody is told whose answer is not the one that counts."""
    if view.state == "expired":
        return PermissionExpired(
            f"The request expired at {view.expires_at}: nothing was done. The agent can ask again."
        )
    if view.state == "cancelled":
        return PermissionCancelled(f"The request was taken back: {view.reason or 'its run has ended.'}")
    who = view.decided_by or "The workspace's policy"
    return AlreadyDecided(f"{who} {view.state} this at {view.decided_at}. Your answer changed nothing.")


def told(view: PermissionView, by: Principal | None) -> NewEvent:
    """Return the entry of the audit trail for a request as it is now; `by` decided, None for the clock, a policy and
    an ended run."""
    outcome, code = _OUTCOMES[view.state]
    asked = view.state == "pending"
    action: AuditAction = "permission_requested" if asked else "permission_decided"
    data = AuditData(
        actor=view.requested_by if asked else view.decided_by,
        action=action,
        outcome=outcome,
        target=_target(view),
        address=None if by is None else by.address,
        code=code,
        detail=_detail(view) if asked else _detail(view) | {"decision": view.state},
    )
    return audit_event(data)


def told_extended(view: PermissionView, by: Principal) -> NewEvent:
    """Return the entry for a request that `by` gave more time."""
    detail = _detail(view) | {"extended_to": view.expires_at}
    return audit_event(told_of(by, "permission_requested", target=_target(view), detail=detail))


def refused(view: PermissionView, by: Principal, error: AppError) -> AuditData:
    """Return what the trail is told of somebody who may not decide."""
    return told_of(by, "permission_decided", target=_target(view), error=error, detail=_detail(view))


def used(view: PermissionView, *, error: AppError | None = None, again: bool = False) -> AuditData:
    """Return what the trail is told of a permission that is used now, or that was found to be good for nothing."""
    return AuditData(
        actor=view.decided_by or view.requested_by,
        action="grant_used",
        outcome="ok" if error is None else "refused",
        target=_target(view),
        code=None if error is None else error.code,
        detail=_detail(view) | ({"again": "true"} if again else {}),
    )


def _target(view: PermissionView) -> str:
    return view.container_name or view.call.tool


def _detail(view: PermissionView) -> dict[str, str]:
    # The arguments themselves may hold secrets: the trail has their hash, the session's events have them.
    detail = {
        "permission": view.id,
        "session": view.session,
        "run": view.run,
        "tool": view.call.tool,
        "sha256": view.sha256,
    }
    return detail if view.container_id is None else detail | {"container_id": view.container_id}
