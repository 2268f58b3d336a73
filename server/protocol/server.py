"""What the server sends on the socket, beside the events themselves. These messages may grow fields."""

from __future__ import annotations

from typing import Literal

import msgspec

from server.errors import AppError
from server.protocol.events import AnyEvent, Skip
from server.protocol.sessions import DeltaData, MessageAccepted, PermissionView, RunView
from server.protocol.views import ContainersData, MetricsData, OperationState

NotRecovered = Literal["epoch_changed", "expired", "ahead", "too_many"]


class ChannelStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """`recovered` is null for a state channel and for a channel without a position to resume from."""

    recovered: bool | None
    forbidden: bool = False


class ConnectedData(msgspec.Struct, frozen=True, kw_only=True):
    """`recovered`: everything after the client's position follows (true), cannot follow because of `reason` (false), or
    no position was given (null). `server_seq` is the newest event that was handed to any client, `floor_seq` the lowest
    position that can still be resumed from. `previous_close` says why the connection named by `previous` was cut."""

    connection_id: str
    epoch: str
    server_seq: int
    floor_seq: int
    recovered: bool | None
    reason: NotRecovered | None
    channels: dict[str, ChannelStatus]
    heartbeat_s: float
    previous_close: str | None
    token_expires_at: str | None


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    timestamp: str


class Connected(Message, frozen=True, kw_only=True, tag="connected"):
    data: ConnectedData


class MissedEventsData(msgspec.Struct, frozen=True, kw_only=True):
    """All events of `channels` with `from` < seq <= `to`. With `has_more` the next page follows a `replay-ack {to}`."""

    channels: list[str]
    from_: int = msgspec.field(name="from")
    to: int
    events: list[AnyEvent | Skip]
    has_more: bool


class MissedEvents(Message, frozen=True, kw_only=True, tag="missed_events"):
    data: MissedEventsData


class GapData(msgspec.Struct, frozen=True, kw_only=True):
    """Events of `channels` with `from` < seq <= `to` will not come: load a snapshot over REST."""

    channels: list[str]
    from_: int = msgspec.field(name="from")
    to: int
    reason: Literal["expired", "ahead", "too_many", "not_acknowledged"]


class Gap(Message, frozen=True, kw_only=True, tag="gap"):
    data: GapData


class AckData(msgspec.Struct, frozen=True, kw_only=True):
    """The channels of the subscription as it is now changed. They are complete after `from`."""

    channels: list[str]
    from_: int | None = msgspec.field(name="from")


class Ack(Message, frozen=True, kw_only=True, tag="ack"):
    id: str | None
    data: AckData


class TokenRefreshedData(msgspec.Struct, frozen=True):
    """The connection ends 25 s after this time unless it is refreshed again; null: never."""

    token_expires_at: str | None


class TokenRefreshed(Message, frozen=True, kw_only=True, tag="token_refreshed"):
    """The answer to `refresh_token`."""

    id: str | None
    data: TokenRefreshedData


class UnsubscribedData(msgspec.Struct, frozen=True):
    """Channels that this client may not hear any more. `permission`: its role, membership or scope has changed."""

    channels: list[str]
    reason: Literal["permission"]


class Unsubscribed(Message, frozen=True, kw_only=True, tag="unsubscribed"):
    data: UnsubscribedData


class HeartbeatData(msgspec.Struct, frozen=True):
    """The newest seq of each subscribed event channel."""

    heads: dict[str, int]


class Heartbeat(Message, frozen=True, kw_only=True, tag="heartbeat"):
    """Every event of a caught-up channel up to `seq` was sent before this."""

    seq: int
    data: HeartbeatData


class PongData(msgspec.Struct, frozen=True):
    pass


class Pong(Message, frozen=True, kw_only=True, tag="pong"):
    id: str | None
    data: PongData


class ErrorData(msgspec.Struct, frozen=True, kw_only=True):
    """`temporary`: the same message may work later."""

    code: str
    message: str
    temporary: bool

    @classmethod
    def of(cls, error: AppError) -> ErrorData:
        return cls(code=error.code, message=error.message, temporary=error.temporary)


class Error(Message, frozen=True, kw_only=True, tag="error"):
    id: str | None
    data: ErrorData


class ContainerAckData(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a `container-action`, sent once, when it is final."""

    success: bool
    operation: str
    state: OperationState
    code: str | None
    message: str | None


class ContainerAck(Message, frozen=True, kw_only=True, tag="container-ack"):
    id: str | None
    data: ContainerAckData


class MessageAck(Message, frozen=True, kw_only=True, tag="message-ack"):
    """The answer to `message`: it is in the session."""

    id: str | None
    data: MessageAccepted


class CommandAckData(msgspec.Struct, frozen=True):
    run: RunView


class CommandAck(Message, frozen=True, kw_only=True, tag="command-ack"):
    """The answer to `command`: the run as it is once the command took effect; a stopped one has ended."""

    id: str | None
    data: CommandAckData


class PermissionAckData(msgspec.Struct, frozen=True):
    permission: PermissionView


class PermissionAck(Message, frozen=True, kw_only=True, tag="permission-ack"):
    """The answer to `permission-decision`."""

    id: str | None
    data: PermissionAckData


class Delta(Message, frozen=True, kw_only=True, tag="delta"):
    """The message that a run is writing: a state, sent at most ten times a second, and never part of the log."""

    channel: str
    data: DeltaData


class Metrics(Message, frozen=True, kw_only=True, tag="metrics"):
    channel: Literal["metrics"] = "metrics"
    data: MetricsData


class Containers(Message, frozen=True, kw_only=True, tag="containers"):
    channel: Literal["containers"] = "containers"
    data: ContainersData


AnyServerMessage = (
    Connected
    | MissedEvents
    | Gap
    | Ack
    | Heartbeat
    | Pong
    | TokenRefreshed
    | Unsubscribed
    | Error
    | ContainerAck
    | MessageAck
    | CommandAck
    | PermissionAck
    | Delta
    | Metrics
    | Containers
    | Skip
    | AnyEvent
)
