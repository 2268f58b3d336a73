"""Views of a session and the events that tell of them, as a test wants them."""

from __future__ import annotations

from typing import Any

import msgspec

from server.ids import new_id
from server.protocol.session_events import (
    SessionChange,
    SessionChangedData,
    SessionMessageData,
    SessionOpenedData,
    SessionPermissionData,
    SessionStatusData,
    SessionToolCallData,
)
from server.protocol.sessions import MessageView, PermissionView, RunView, SessionSummary, ToolCallView

AT = "2026-11-20T09:00:00.000Z"

Happening = tuple[str, msgspec.Struct]


def session_summary(id: str = "s1", **fields: Any) -> SessionSummary:
    base = {
        "id": id,
        "workspace": "w1",
        "title": "",
        "runner": "builtin",
        "state": "open",
        "created_by": "ann",
        "created_at": AT,
        "updated_at": AT,
    }
    return SessionSummary(**{**base, **fields})


def message_view(text: str = "why is web down?", **fields: Any) -> MessageView:
    return MessageView(**{"id": new_id(), "speaker": "person", "by": "ann", "text": text, "at": AT, **fields})


def run_view(message: str = "m1", session: str = "s1", **fields: Any) -> RunView:
    base = {"id": new_id(), "session": session, "runner": "builtin", "state": "queued", "message": message}
    return RunView(**{**base, "requested_by": "ann", "created_at": AT, **fields})


def tool_call(id: str = "call-1", **fields: Any) -> ToolCallView:
    base = {"id": id, "tool": "restart_container", "title": "Restart web", "arguments": {"container": "web"}}
    return ToolCallView(**{**base, "risk": "change", **fields})


def permission_view(run: RunView, call: ToolCallView | None = None, **fields: Any) -> PermissionView:
    base = {
        "id": new_id(),
        "session": run.session,
        "workspace": "w1",
        "run": run.id,
        "call": call or tool_call(),
        "sha256": "0" * 64,
        "requested_by": run.requested_by,
        "requested_at": AT,
        "expires_at": AT,
    }
    return PermissionView(**{**base, **fields})


def opened(summary: SessionSummary | None = None) -> Happening:
    return "session.opened", SessionOpenedData(session=summary or session_summary())


def changed(session: str, change: SessionChange, by: str = "ann", title: str | None = None) -> Happening:
    return "session.changed", SessionChangedData(session=session, change=change, by=by, title=title)


def told(message: MessageView, session: str = "s1") -> Happening:
    return "session.message", SessionMessageData(session=session, message=message)


def status(run: RunView) -> Happening:
    return "session.status", SessionStatusData(session=run.session, run=run)


def called(run: RunView, call: ToolCallView | None = None) -> Happening:
    return "session.tool_call", SessionToolCallData(session=run.session, run=run.id, call=call or tool_call())


def asked(permission: PermissionView) -> Happening:
    data = SessionPermissionData(session=permission.session, permission=permission)
    return "session.permission_request", data


def decided(permission: PermissionView) -> Happening:
    data = SessionPermissionData(session=permission.session, permission=permission)
    return "session.permission_decision", data
