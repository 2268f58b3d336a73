"""What the audit trail is told of an action on a container: asked for, ended or refused. Pure."""

from __future__ import annotations

import msgspec

from server.access import Principal
from server.errors import AppError
from server.eventlog.audit import TYPE, told_of
from server.eventlog.log import StoredEvent
from server.protocol.client import ActionOptions
from server.protocol.events import AuditAction, AuditData, AuditOutcome
from server.protocol.views import Action, OperationState, OperationView

_ACTION: AuditAction = "container_action"
# A reference is no longer than this; what was given instead of one may be anything.
_MOST_TARGET = 128
_OUTCOMES: dict[OperationState, AuditOutcome] = {"requested": "requested", "confirmed": "ok", "failed": "failed"}


class _Text(msgspec.Struct):
    data: AuditData


_decoder = msgspec.json.Decoder(_Text)


def of(view: OperationView, options: ActionOptions, address: str | None) -> AuditData | None:
    """Return what an operation's state is told as, None for one that is no news: that it runs.

    `address` is where it was asked from.
    """
    outcome = _OUTCOMES.get(view.state)
    if outcome is None:
        return None
    ids = {"action": view.action, "container_id": view.container_id, "operation": view.id}
    return AuditData(
        actor=view.by,
        action=_ACTION,
        outcome=outcome,
        target=view.container_name,
        address=address,
        code=view.code,
        detail=ids | _options(options),
    )


def refused(target: str, action: Action, options: ActionOptions, by: Principal, error: AppError) -> AuditData:
    """Return the refusal of an action that never became an operation."""
    detail = {"action": action, **_options(options)}
    return told_of(by, _ACTION, target=target[:_MOST_TARGET], error=error, detail=detail)


def address_in(event: StoredEvent) -> tuple[str, str] | None:
    """Return the operation that an event of the trail tells was asked for, and from where; None for any other event."""
    if event.type != TYPE:
        return None
    data = _decoder.decode(event.text).data
    operation = data.detail.get("operation")
    if data.action != _ACTION or operation is None or data.address is None:
        return None
    return operation, data.address


def _options(options: ActionOptions) -> dict[str, str]:
    """Return those that were given, as text."""
    given = {name: getattr(options, name) for name in ActionOptions.__struct_fields__}
    return {
        name: "true" if value is True else str(value)
        for name, value in given.items()
        if value is not None and value is not False
    }
