"""The bodies of REST that are not views already."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from server.protocol.events import AnyEvent, Skip
from server.protocol.views import OperationView


class ErrorBody(msgspec.Struct, frozen=True):
    code: str
    message: str
    request_id: str


class ErrorAnswer(msgspec.Struct, frozen=True):
    """Every error of REST."""

    error: ErrorBody


class EventsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events after the position asked for, oldest first. `next` is the `after` of the following call."""

    epoch: str
    floor: int
    head: int
    next: int
    events: list[AnyEvent | Skip]
    has_more: bool


class OperationAnswer(msgspec.Struct, frozen=True):
    operation: OperationView


class PartHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the server. `degraded` still serves; `down` does not."""

    state: Literal["ok", "degraded", "down"]
    message: str | None = None
    details: dict[str, Any] = {}


class HealthAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is the worst of the parts that the server cannot do without. Who may not look gets that alone."""

    state: Literal["ok", "degraded", "down"]
    version: str | None
    uptime_s: float | None
    parts: dict[str, PartHealth]


class SocketStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What `GET /ws` answers without an upgrade."""

    connections: int
    channels: dict[str, int]
    epoch: str
    server_seq: int
    floor_seq: int
