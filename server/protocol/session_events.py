"""What happens in a session: on `session:{id}`, and in short on `workspace:{id}`."""

from __future__ import annotations

from typing import Literal

import msgspec

from server.protocol.event import Event
from server.protocol.sessions import (
    HandoverView,
    MessageView,
    PermissionView,
    PolicyView,
    RunView,
    SessionSummary,
    ToolCallView,
    ToolResultView,
)

SessionChange = Literal["title", "closed", "taken", "released"]
Stage = Literal["thinking", "reading", "searching", "acting"]


class SessionOpenedData(msgspec.Struct, frozen=True, kw_only=True):
    session: SessionSummary


class SessionChangedData(msgspec.Struct, frozen=True, kw_only=True):
    session: str
    change: SessionChange
    by: str
    title: str | None = None


class SessionMessageData(msgspec.Struct, frozen=True, kw_only=True):
    session: str
    message: MessageView


class SessionStatusData(msgspec.Struct, frozen=True, kw_only=True):
    session: str
    run: RunView


class SessionProcessingData(msgspec.Struct, frozen=True, kw_only=True):
    """What a run does now. `detail` is a few words: a container's name, a tool."""

    session: str
    run: str
    stage: Stage
    detail: str | None = None


class SessionToolCallData(msgspec.Struct, frozen=True, kw_only=True):
    session: str
    run: str
    call: ToolCallView


class SessionToolResultData(msgspec.Struct, frozen=True, kw_only=True):
    session: str
    run: str
    result: ToolResultView


class SessionPermissionData(msgspec.Struct, frozen=True, kw_only=True):
    """The request as it is now; a request that comes again has more time."""

    session: str
    permission: PermissionView


class SessionLogData(msgspec.Struct, frozen=True, kw_only=True):
    session: str
    run: str | None
    level: Literal["info", "warning", "error"]
    text: str


class SessionErrorData(msgspec.Struct, frozen=True, kw_only=True):
    session: str
    run: str | None
    code: str
    message: str
    temporary: bool


class SessionHandoverData(msgspec.Struct, frozen=True, kw_only=True):
    session: str
    handover: HandoverView


class WorkspaceSessionData(msgspec.Struct, frozen=True, kw_only=True):
    """`event` is the type of what changed the session."""

    event: str
    session: SessionSummary


class WorkspacePolicyData(msgspec.Struct, frozen=True, kw_only=True):
    workspace: str
    policy: PolicyView


class SessionOpened(Event, frozen=True, kw_only=True, tag="session.opened"):
    data: SessionOpenedData


class SessionChanged(Event, frozen=True, kw_only=True, tag="session.changed"):
    data: SessionChangedData


class SessionMessage(Event, frozen=True, kw_only=True, tag="session.message"):
    data: SessionMessageData


class SessionStatus(Event, frozen=True, kw_only=True, tag="session.status"):
    data: SessionStatusData


class SessionProcessing(Event, frozen=True, kw_only=True, tag="session.processing"):
    data: SessionProcessingData


class SessionToolCall(Event, frozen=True, kw_only=True, tag="session.tool_call"):
    data: SessionToolCallData


class SessionToolResult(Event, frozen=True, kw_only=True, tag="session.tool_result"):
    data: SessionToolResultData


class SessionPermissionRequest(Event, frozen=True, kw_only=True, tag="session.permission_request"):
    data: SessionPermissionData


class SessionPermissionDecision(Event, frozen=True, kw_only=True, tag="session.permission_decision"):
    data: SessionPermissionData


class SessionLog(Event, frozen=True, kw_only=True, tag="session.log"):
    data: SessionLogData


class SessionError(Event, frozen=True, kw_only=True, tag="session.error"):
    data: SessionErrorData


class SessionHandover(Event, frozen=True, kw_only=True, tag="session.handover"):
    data: SessionHandoverData


class WorkspaceSession(Event, frozen=True, kw_only=True, tag="workspace.session"):
    data: WorkspaceSessionData


class WorkspacePolicy(Event, frozen=True, kw_only=True, tag="workspace.policy"):
    data: WorkspacePolicyData


AnySessionEvent = (
    SessionOpened
    | SessionChanged
    | SessionMessage
    | SessionStatus
    | SessionProcessing
    | SessionToolCall
    | SessionToolResult
    | SessionPermissionRequest
    | SessionPermissionDecision
    | SessionLog
    | SessionError
    | SessionHandover
    | WorkspaceSession
    | WorkspacePolicy
)
