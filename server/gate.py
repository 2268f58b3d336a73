"""Who may hear what on the socket, on the long poll and in the event stream: the channels, and what is in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from server.access import MemberRole, Permission, Principal, allows, allows_in
from server.eventlog.log import StoredEvent
from server.protocol import channels as names
from server.realtime.connection import EventFilter

_WORKSPACE = "workspace:"
_SESSION = "session:"
_OPEN = frozenset({names.METRICS, names.CONTAINERS, names.SYSTEM})


class Narrowed(Protocol):
    """What limits a principal to some of the containers."""

    def event_filter(self, by: Principal) -> Callable[[StoredEvent], bool] | None: ...

    def narrow(self, by: Principal, channel: str, message: bytes) -> bytes: ...


class ChannelGate:
    """The hub's `Gate`. `containers` and `workspace_of` (that of a session) are set once those services are there,
    before anybody is let in."""

    def __init__(self) -> None:
        self.containers: Narrowed | None = None
        self.workspace_of: Callable[[str], str | None] = lambda _: None

    def joins(self, principal: Principal, channel: str) -> bool:
        """A session is heard by those who may read in its workspace; one that is not there, by nobody."""
        if channel in _OPEN:
            return allows(principal, Permission.VIEW)
        if channel == names.AUDIT:
            return allows(principal, Permission.AUDIT)
        if channel.startswith(_WORKSPACE):
            return allows_in(principal, channel.removeprefix(_WORKSPACE), MemberRole.VIEWER)
        if channel.startswith(_SESSION):
            workspace = self.workspace_of(channel.removeprefix(_SESSION))
            return workspace is not None and allows_in(principal, workspace, MemberRole.VIEWER)
        return False

    def filter(self, principal: Principal) -> EventFilter | None:
        return None if self.containers is None else self.containers.event_filter(principal)

    def narrow(self, principal: Principal, channel: str, message: bytes) -> bytes:
        return message if self.containers is None else self.containers.narrow(principal, channel, message)
