"""Every event: a fact that happened, stored in the log and delivered once to each client that may see it."""

from __future__ import annotations

from typing import Literal

import msgspec

from server.protocol.client import ActionOptions
from server.protocol.event import Event
from server.protocol.session_events import AnySessionEvent
from server.protocol.views import OperationView

Observed = Literal["event", "resync"]
"""How a change was seen: by the engine's own event, or found by comparing lists after the event stream was interrupted
(then the time of the change is unknown and changes that cancelled out in between were not seen)."""


class ContainerRef(msgspec.Struct, frozen=True):
    """A container as events name it."""

    id: str
    name: str
    image: str
    project: str | None
    service: str | None


class ContainerEventData(msgspec.Struct, frozen=True, kw_only=True):
    """What every container event says. `at` is the engine's own time (nanoseconds kept to microseconds), null when the
    change was found by a resync. `by` and `operation` are set when an operation of ours caused it."""

    engine: str
    container: ContainerRef
    observed: Observed
    at: str | None
    by: str | None = None
    operation: str | None = None


class ContainerExitedData(ContainerEventData, frozen=True, kw_only=True):
    exit_code: int | None
    oom_killed: bool = False


class ContainerKilledData(ContainerEventData, frozen=True, kw_only=True):
    signal: str


class ContainerRenamedData(ContainerEventData, frozen=True, kw_only=True):
    old_name: str


class ContainerHealthData(ContainerEventData, frozen=True, kw_only=True):
    health: Literal["healthy", "unhealthy", "starting"]


class EngineUpData(msgspec.Struct, frozen=True):
    engine: str
    version: str


class EngineDownData(msgspec.Struct, frozen=True):
    engine: str
    message: str


class OperationData(msgspec.Struct, frozen=True, kw_only=True):
    """An operation and how it was asked for: the id of the `command`, the `target` as it was given, the `options`.
    `before` is when the container had last been started, as the engine knew it when the action was sent."""

    operation: OperationView
    command: str | None = None
    target: str | None = None
    options: ActionOptions | None = None
    before: str | None = None


class ServerStartedData(msgspec.Struct, frozen=True):
    version: str


AuditAction = Literal[
    "setup",
    "sign_in",
    "sign_out",
    "session_reused",
    "session_revoked",
    "password_changed",
    "second_factor_enabled",
    "second_factor_disabled",
    "user_added",
    "user_changed",
    "user_disabled",
    "user_enabled",
    "token_created",
    "token_revoked",
    "workspace_added",
    "member_changed",
    "member_removed",
    "container_action",
    "session_closed",
    "policy_changed",
    "permission_requested",
    "permission_decided",
    "grant_used",
    "session_taken",
    "access",
]
"""What was done or tried. `access` is a request that was refused before it became one of the others."""

AuditOutcome = Literal["requested", "ok", "refused", "failed"]
"""`requested` is followed by one of the others once it is known."""


class AuditData(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to what, from where, and how it ended. `actor` is a principal's id, or the name that somebody gave
    who was not let in; null where not even that is known. `code` is that of the refusal or failure. `detail` is what
    else there is to say, without any secret. `repeated`: how many more of the same were left out just before this."""

    actor: str | None
    action: AuditAction
    outcome: AuditOutcome
    target: str | None = None
    address: str | None = None
    agent: str | None = None
    code: str | None = None
    detail: dict[str, str] = {}
    repeated: int = 0


class ContainerCreated(Event, frozen=True, kw_only=True, tag="container.created"):
    data: ContainerEventData


class ContainerStarted(Event, frozen=True, kw_only=True, tag="container.started"):
    data: ContainerEventData


class ContainerExited(Event, frozen=True, kw_only=True, tag="container.exited"):
    data: ContainerExitedData


class ContainerRestarted(Event, frozen=True, kw_only=True, tag="container.restarted"):
    data: ContainerEventData


class ContainerPaused(Event, frozen=True, kw_only=True, tag="container.paused"):
    data: ContainerEventData


class ContainerUnpaused(Event, frozen=True, kw_only=True, tag="container.unpaused"):
    data: ContainerEventData


class ContainerKilled(Event, frozen=True, kw_only=True, tag="container.killed"):
    data: ContainerKilledData


class ContainerOom(Event, frozen=True, kw_only=True, tag="container.oom"):
    data: ContainerEventData


class ContainerRenamed(Event, frozen=True, kw_only=True, tag="container.renamed"):
    data: ContainerRenamedData


class ContainerHealth(Event, frozen=True, kw_only=True, tag="container.health"):
    data: ContainerHealthData


class ContainerRemoved(Event, frozen=True, kw_only=True, tag="container.removed"):
    data: ContainerEventData


class EngineUp(Event, frozen=True, kw_only=True, tag="engine.up"):
    data: EngineUpData


class EngineDown(Event, frozen=True, kw_only=True, tag="engine.down"):
    data: EngineDownData


class OperationRequested(Event, frozen=True, kw_only=True, tag="operation.requested"):
    data: OperationData


class OperationRunning(Event, frozen=True, kw_only=True, tag="operation.running"):
    data: OperationData


class OperationConfirmed(Event, frozen=True, kw_only=True, tag="operation.confirmed"):
    data: OperationData


class OperationFailed(Event, frozen=True, kw_only=True, tag="operation.failed"):
    data: OperationData


class ServerStarted(Event, frozen=True, kw_only=True, tag="server.started"):
    data: ServerStartedData


class AuditRecorded(Event, frozen=True, kw_only=True, tag="audit.recorded"):
    """`chain`: the hash over this and, through its predecessor's, over everything before it, in hexadecimal."""

    data: AuditData
    chain: str


class Skip(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="skip"):
    """An event of a subscribed channel that this client may not see: only its place in the order."""

    channel: str
    seq: int
    prev: int


AnyEvent = (
    ContainerCreated
    | ContainerStarted
    | ContainerExited
    | ContainerRestarted
    | ContainerPaused
    | ContainerUnpaused
    | ContainerKilled
    | ContainerOom
    | ContainerRenamed
    | ContainerHealth
    | ContainerRemoved
    | EngineUp
    | EngineDown
    | OperationRequested
    | OperationRunning
    | OperationConfirmed
    | OperationFailed
    | ServerStarted
    | AuditRecorded
    | AnySessionEvent
)
