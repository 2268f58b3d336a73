"""What REST gives of a session: its transcript is its events, in the shape in which the socket sends them."""

from __future__ import annotations

import msgspec

from server.protocol.session_events import AnySessionEvent
from server.protocol.sessions import DeltaData, PermissionView, SessionSummary


class SessionDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it is at `as_of_seq`, and the newest of its events, oldest first. `before` is what to ask the page
    before them with, null when these are all. `delta`: the message that is being written."""

    as_of_seq: int
    session: SessionSummary
    permissions: list[PermissionView]
    events: list[AnySessionEvent]
    before: int | None
    delta: DeltaData | None


class TranscriptPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events of a session with seq < the `before` that was asked for, oldest first."""

    events: list[AnySessionEvent]
    before: int | None
