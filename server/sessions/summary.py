"""What each event makes of a session in short. Pure."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from server.protocol.session_events import (
    SessionChangedData,
    SessionHandoverData,
    SessionMessageData,
    SessionOpenedData,
    SessionPermissionData,
    SessionStatusData,
)
from server.protocol.sessions import SessionSummary

TITLE = 80
"""Characters of the first message that become the title of a session that was given none."""

PREVIEW = 120


class Standing(msgspec.Struct, frozen=True):
    """A session in short, and the ids of the permissions that wait in it."""

    summary: SessionSummary
    pending: frozenset[str] = frozenset()


def opening(data: SessionOpenedData) -> Standing:
    return Standing(data.session)


def after(standing: Standing, data: msgspec.Struct, at: str) -> Standing:
    """Return how the session stands after the event with `data`: the same object if it says nothing that shows in
    short. `at`: when that is, RFC 3339."""
    changed = _after(standing, data)
    if changed == standing:
        return standing
    return replace(changed, summary=replace(changed.summary, updated_at=at, pending=len(changed.pending)))


def _after(standing: Standing, data: msgspec.Struct) -> Standing:
    summary = standing.summary
    match data:
        case SessionMessageData():
            return replace(standing, summary=_said(summary, data))
        case SessionStatusData():
            return replace(standing, summary=replace(summary, run=data.run))
        case SessionPermissionData():
            asked = frozenset([data.permission.id])
            waits = data.permission.state == "pending"
            return replace(standing, pending=standing.pending | asked if waits else standing.pending - asked)
        case SessionHandoverData():
            return replace(standing, summary=replace(summary, handover=data.handover))
        case SessionChangedData():
            return replace(standing, summary=_changed(summary, data))
        case _:
            return standing


def _said(summary: SessionSummary, data: SessionMessageData) -> SessionSummary:
    message = data.message
    title = summary.title
    if not title and message.speaker == "person":
        title = beginning(message.text)
    return replace(
        summary,
        messages=summary.messages + 1,
        title=title,
        preview=" ".join(message.text[: 2 * PREVIEW].split())[:PREVIEW],
    )


def _changed(summary: SessionSummary, data: SessionChangedData) -> SessionSummary:
    match data.change:
        case "title":
            return replace(summary, title=data.title or summary.title)
        case "closed":
            return replace(summary, state="closed")
        case "taken":
            return replace(summary, taken_by=data.by)
        case "released":
            return replace(summary, taken_by=None, handover=None)


def beginning(text: str) -> str:
    """Return the first line of `text`, cut to what a title may be."""
    line = text.strip().partition("\n")[0].strip()
    return line if len(line) <= TITLE else f"{line[: TITLE - 1].rstrip()}…"
