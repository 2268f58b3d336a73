"""Reading what was said and done in a session. Everything here runs in the database's thread."""

from __future__ import annotations

import sqlite3

import msgspec

from server.protocol.session_events import SessionChanged, SessionMessage
from server.protocol.sessions import MessageView

MAX_PAGE_B = 4 * 1024 * 1024
"""A page ends early when its texts would exceed this, whatever its limit; it always holds one event."""

_READ = 500
"""Messages that are looked through at most for those without an answer, or for one of them."""

_decode = msgspec.json.Decoder(SessionMessage | SessionChanged).decode
_SAID = (
    "SELECT text FROM messages WHERE session = ? AND type IN ('session.message', 'session.changed')"
    " ORDER BY seq DESC LIMIT ?"
)


def page(
    connection: sqlite3.Connection, session: str, before: int | None, limit: int
) -> tuple[list[bytes], int | None]:
    """Return the newest events with seq < `before` as they were sent, oldest first, and the `before` of the page that
    precedes them."""
    query = "SELECT seq, text FROM messages WHERE session = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
    found = connection.execute(query, (session, 2**62 if before is None else before, limit + 1))
    texts: list[bytes] = []
    size_b, oldest = 0, None
    for seq, text in found:
        size_b += len(text)
        if len(texts) == limit or (texts and size_b > MAX_PAGE_B):
            return texts[::-1], oldest
        texts.append(text)
        oldest = seq
    return texts[::-1], None


def said(connection: sqlite3.Connection, session: str, limit: int) -> list[MessageView]:
    """Return the newest messages, oldest first."""
    found: list[MessageView] = []
    # Changes of the session itself are few, but they are in the same index.
    for (text,) in connection.execute(_SAID, (session, limit + _READ)):
        event = _decode(text)
        if isinstance(event, SessionMessage):
            found.append(event.data.message)
        if len(found) == limit:
            break
    return found[::-1]


def message(connection: sqlite3.Connection, session: str, id: str) -> MessageView | None:
    """Return the message `id`, if it is one of the newest."""
    return next((one for one in reversed(said(connection, session, _READ)) if one.id == id), None)


def unanswered(connection: sqlite3.Connection, session: str, answered: str | None) -> list[MessageView]:
    """Return what people said after the message `answered` and after the session was last taken or released, oldest
    first."""
    found: list[MessageView] = []
    for (text,) in connection.execute(_SAID, (session, _READ)):
        event = _decode(text)
        if isinstance(event, SessionChanged):
            if event.data.change in ("taken", "released"):
                break
        elif event.data.message.id == answered:
            break
        elif event.data.message.speaker == "person":
            found.append(event.data.message)
    return found[::-1]
