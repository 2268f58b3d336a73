"""The tables of sessions: projections of their events. Everything here runs in the database's thread."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from server.eventlog.log import StoredEvent
from server.protocol.session_events import (
    SessionOpened,
    SessionPermissionDecision,
    SessionPermissionRequest,
    SessionStatus,
    WorkspacePolicy,
    WorkspaceSession,
)
from server.protocol.sessions import PermissionView, PolicyView, RunView, SessionSummary

_PROJECTION = "sessions"

_Telling = (
    SessionOpened
    | SessionStatus
    | SessionPermissionRequest
    | SessionPermissionDecision
    | WorkspaceSession
    | WorkspacePolicy
)
_TELLING = frozenset({kind.__struct_config__.tag for kind in _Telling.__args__})
"""The types of events that change a row besides the transcript's."""

_decode = msgspec.json.Decoder(_Telling).decode


def projected(connection: sqlite3.Connection) -> int:
    """Return the seq up to which every event has its rows."""
    row = connection.execute("SELECT seq FROM projections WHERE name = ?", (_PROJECTION,)).fetchone()
    return row[0] if row else 0


def project(connection: sqlite3.Connection, events: Iterable[StoredEvent], complete_to: int) -> None:
    """Write the rows of `events`, in their order; every event up to `complete_to` has its rows then. What is written
    already stays, and so does the absence of a session that was dropped."""
    count: Counter[str] = Counter()
    size_b: Counter[str] = Counter()
    for event in events:
        if event.type in _TELLING:
            _tell(connection, event.seq, _decode(event.text))
        kind, _, session = event.channel.partition(":")
        if kind == "session":
            new = _keep(connection, session, event)
            count[session] += new
            size_b[session] += new * len(event.text)
    for session, more in count.items():
        connection.execute(
            "UPDATE sessions SET events = events + ?, size_b = size_b + ? WHERE id = ?",
            (more, size_b[session], session),
        )
    connection.execute(
        "INSERT INTO projections (name, seq) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq)",
        (_PROJECTION, complete_to),
    )


def _keep(connection: sqlite3.Connection, session: str, event: StoredEvent) -> int:
    """Add `event` to the transcript and return how many events that made it more."""
    return connection.execute(
        "INSERT OR IGNORE INTO messages (session, seq, type, text)"
        " SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM sessions WHERE id = ?1)",
        (session, event.seq, event.type, event.text),
    ).rowcount


def _tell(connection: sqlite3.Connection, seq: int, event: _Telling) -> None:
    match event:
        case SessionOpened():
            summary = event.data.session
            connection.execute(
                "INSERT OR IGNORE INTO sessions (id, seq, events, size_b, data) VALUES (?, ?, 0, 0, ?)",
                (summary.id, seq, _text(summary)),
            )
        case WorkspaceSession():
            summary = event.data.session
            connection.execute(
                "UPDATE sessions SET seq = ?1, data = ?2 WHERE id = ?3 AND seq < ?1", (seq, _text(summary), summary.id)
            )
        case SessionStatus():
            _put_run(connection, seq, event.data.run)
        case SessionPermissionRequest() | SessionPermissionDecision():
            _put_permission(connection, seq, event.data.permission)
        case WorkspacePolicy():
            connection.execute(
                "INSERT INTO policies (workspace, seq, data) VALUES (?, ?, ?) ON CONFLICT (workspace)"
                " DO UPDATE SET seq = excluded.seq, data = excluded.data WHERE excluded.seq > seq",
                (event.data.workspace, seq, _text(event.data.policy)),
            )


def _put_run(connection: sqlite3.Connection, seq: int, run: RunView) -> None:
    connection.execute(
        "INSERT INTO runs (id, session, seq, state, data)"
        " SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM sessions WHERE id = ?2) ON CONFLICT (id)"
        " DO UPDATE SET seq = excluded.seq, state = excluded.state, data = excluded.data WHERE excluded.seq > seq",
        (run.id, run.session, seq, run.state, _text(run)),
    )


def _put_permission(connection: sqlite3.Connection, seq: int, permission: PermissionView) -> None:
    view = permission
    connection.execute(
        "INSERT INTO permission_requests (id, session, run, call, seq, state, data)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM sessions WHERE id = ?2) ON CONFLICT (id)"
        " DO UPDATE SET seq = excluded.seq, state = excluded.state, data = excluded.data WHERE excluded.seq > seq",
        (view.id, view.session, view.run, view.call.id, seq, view.state, _text(view)),
    )


def drop(connection: sqlite3.Connection, sessions: Sequence[str]) -> None:
    """Forget `sessions` with all that belongs to them."""
    for session in sessions:
        of_session = (session,)
        connection.execute(
            "DELETE FROM grants WHERE permission IN (SELECT id FROM permission_requests WHERE session = ?)", of_session
        )
        connection.execute("DELETE FROM continuations WHERE run IN (SELECT id FROM runs WHERE session = ?)", of_session)
        for table in ("permission_requests", "messages", "runs"):
            connection.execute(f"DELETE FROM {table} WHERE session = ?", of_session)  # noqa: S608 - our own words
        connection.execute("DELETE FROM sessions WHERE id = ?", of_session)


class Loaded(msgspec.Struct, frozen=True):
    """What is in memory: every session with its seq, the number of its events and their bytes, what is unfinished, what
    waits, and the policies by workspace."""

    sessions: list[tuple[SessionSummary, int, int, int]]
    runs: list[RunView]
    permissions: list[PermissionView]
    policies: dict[str, PolicyView]


_summary = msgspec.json.Decoder(SessionSummary).decode
_run = msgspec.json.Decoder(RunView).decode
_permission = msgspec.json.Decoder(PermissionView).decode
_policy = msgspec.json.Decoder(PolicyView).decode


def load(connection: sqlite3.Connection) -> Loaded:
    sessions = connection.execute("SELECT data, seq, events, size_b FROM sessions ORDER BY seq")
    runs = "SELECT data FROM runs WHERE state NOT IN ('completed', 'failed', 'stopped') ORDER BY seq"
    pending = "SELECT data FROM permission_requests WHERE state = 'pending' ORDER BY seq"
    return Loaded(
        sessions=[(_summary(data), *figures) for data, *figures in sessions],
        runs=[_run(data) for (data,) in connection.execute(runs)],
        permissions=[_permission(data) for (data,) in connection.execute(pending)],
        policies={
            workspace: _policy(data) for workspace, data in connection.execute("SELECT workspace, data FROM policies")
        },
    )


def run(connection: sqlite3.Connection, id: str) -> RunView | None:
    row = connection.execute("SELECT data FROM runs WHERE id = ?", (id,)).fetchone()
    return None if row is None else _run(row[0])


def permissions(
    connection: sqlite3.Connection, where: str, values: Sequence[str], *, limit: int
) -> list[PermissionView]:
    """Return the newest requests that fulfil `where`, oldest first."""
    query = f"SELECT data FROM permission_requests WHERE {where} ORDER BY seq DESC LIMIT ?"  # noqa: S608 - our own words
    found = [_permission(data) for (data,) in connection.execute(query, (*values, limit))]
    return found[::-1]


def _text(view: msgspec.Struct) -> str:
    return msgspec.json.encode(view).decode()
