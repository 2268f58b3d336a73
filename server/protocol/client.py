"""What a client may send: a closed union. An unknown type or field is an `error` with a code, never ignored."""

from __future__ import annotations

from typing import Annotated

import msgspec

from server.protocol.sessions import CommandBody, DecisionBody, SessionId, Text
from server.protocol.views import Action

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
ChannelName = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
ChannelNames = Annotated[list[ChannelName], msgspec.Meta(min_length=1, max_length=64)]
Seq = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
"""A position fits in a JavaScript number."""


class ClientMessage(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """`id` is echoed by the answer; a command's id is a ULID and makes a resend safe. `timestamp` is not read."""

    id: Id | None = None
    timestamp: str | None = None


class SubscribeData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With `since` what was missed after it is sent first; without, the channels are live from now."""

    channels: ChannelNames
    since: Seq | None = None


class Subscribe(ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="subscribe"):
    data: SubscribeData


class UnsubscribeData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    channels: ChannelNames


class Unsubscribe(ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="unsubscribe"):
    data: UnsubscribeData


class ReplayAckData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`to` is that of the `missed_events` page being acknowledged."""

    to: Seq


class ReplayAck(ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="replay-ack"):
    data: ReplayAckData


class Ping(ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="ping"):
    data: dict[str, str] | None = None


class ActionOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`grace_s`: time to end before the engine kills it (stop, restart). `signal`: what to kill with (kill). `force`:
    also when it runs (remove), or when it is Pilothouse itself. `volumes`: its anonymous volumes too (remove)."""

    grace_s: Annotated[int, msgspec.Meta(ge=0, le=3600)] | None = None
    signal: Annotated[str, msgspec.Meta(pattern="^(SIG)?[A-Z][A-Z0-9+-]{1,11}$")] | None = None
    force: bool = False
    volumes: bool = False


class ContainerActionData(ActionOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`container` is an id, an unambiguous start of one, or a name."""

    container: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    action: Action


class ContainerAction(ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="container-action"):
    data: ContainerActionData


Token = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]


class AuthData(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who a client is that could not say so in its handshake; the rest is what the address could have said."""

    token: Token
    channels: ChannelNames | None = None
    last_seq: Seq | None = None
    epoch: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    previous: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class Auth(ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="auth"):
    """The first message of such a client, within 10 s; no other comes before it, and it comes once."""

    data: AuthData


class RefreshTokenData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A newer access token of the same person, from the same sign-in."""

    token: Token


class RefreshToken(ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="refresh_token"):
    data: RefreshTokenData


class MessageData(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    session: SessionId
    text: Text


class Message(ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="message"):
    """What a person says in a session."""

    data: MessageData


class CommandData(CommandBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    session: SessionId


class Command(ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="command"):
    data: CommandData


class PermissionDecisionData(DecisionBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    permission: SessionId


class PermissionDecision(
    ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="permission-decision"
):
    data: PermissionDecisionData


AnyClientMessage = (
    Subscribe
    | Unsubscribe
    | ReplayAck
    | Ping
    | ContainerAction
    | Message
    | Command
    | PermissionDecision
    | Auth
    | RefreshToken
)
