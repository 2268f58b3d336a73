"""Every session in short, what is unfinished and what waits: what is asked for all the time. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from server.protocol.session_events import (
    SessionChangedData,
    SessionOpenedData,
    SessionPermissionData,
    SessionStatusData,
)
from server.protocol.sessions import TERMINAL, PermissionView, PolicyView, RunView, SessionSummary
from server.sessions.errors import SessionFull, TooManyPermissions, TooManySessions, session_not_found
from server.sessions.rows import Loaded
from server.sessions.seats import holder
from server.sessions.summary import Standing, after, opening

MOST_SESSIONS = 5000
"""The closed ones that changed longest ago go when there are more."""

MOST_EVENTS = 20_000
MOST_B = 64 * 1024 * 1024
"""Of one session."""

MOST_PENDING = 500
"""Permissions that wait for a decision, in all sessions."""

_ENDING = frozenset({"session.status", "session.changed", "session.permission_decision", "session.error"})
"""What always fits: it ends what was begun while there was room."""

MOST_OPEN_OF_ONE = MOST_SESSIONS // 2
MOST_PENDING_OF_ONE = 32
"""What one person and their tokens may take of these, in open sessions and in permissions, of which each holds the
place of a run; the others' would find none."""

V = TypeVar("V")
Happening = tuple[str, msgspec.Struct]
"""The type and the data of an event of a session."""


class Known(msgspec.Struct, frozen=True):
    """`seq`: of the event that changed it last. `events`: how many it has had, `size_b`: what they take."""

    standing: Standing
    seq: int
    events: int
    size_b: int


class Memory:
    """Changes by `apply` alone."""

    def __init__(self, loaded: Loaded) -> None:
        waiting: dict[str, set[str]] = {}
        for view in loaded.permissions:
            waiting.setdefault(view.session, set()).add(view.id)
        self.sessions = {
            summary.id: Known(Standing(summary, frozenset(waiting.get(summary.id, ()))), seq, events, size_b)
            for summary, seq, events, size_b in loaded.sessions
        }
        self.runs: dict[str, RunView] = {run.id: run for run in loaded.runs}
        self.permissions: dict[str, PermissionView] = {view.id: view for view in loaded.permissions}
        self.policies: dict[str, PolicyView] = dict(loaded.policies)

    def summary(self, id: str) -> SessionSummary:
        """Return the session `id`.

        Raises:
            SessionNotFound: there is none.
        """
        known = self.sessions.get(id)
        if known is None:
            raise session_not_found()
        return known.standing.summary

    def newest_first(self) -> list[tuple[int, SessionSummary]]:
        """Every session with the seq of what changed it last."""
        ordered = sorted(self.sessions.values(), key=lambda known: known.seq, reverse=True)
        return [(known.seq, known.standing.summary) for known in ordered]

    def foresee(self, id: str, happenings: Sequence[Happening], at: str) -> tuple[Standing, str | None]:
        """Return how session `id` will stand after `happenings`, and the type of the last of them that shows in short.

        Raises:
            SessionNotFound: there is none, and none is opened.
            SessionFull, TooManySessions, TooManyPermissions: there is no room for it.
        """
        self._check_room(id, happenings)
        known = self.sessions.get(id)
        standing = None if known is None else known.standing
        shows = None
        for name, data in happenings:
            if isinstance(data, SessionOpenedData):
                then = opening(data)
            elif standing is None:
                raise session_not_found()
            else:
                then = after(standing, data, at)
            if then is not standing:
                standing, shows = then, name
        assert standing is not None, "an append without an event"  # noqa: S101
        return standing, shows

    def apply(self, id: str, happenings: Sequence[Happening], standing: Standing, seq: int | None, size_b: int) -> None:
        """Take up what was stored. `seq`: of the event that tells of it in short, None when it does not show. `size_b`:
        what the events take."""
        known = self.sessions.get(id) or Known(standing, 0, 0, 0)
        events = known.events + len(happenings)
        self.sessions[id] = Known(standing, known.seq if seq is None else seq, events, known.size_b + size_b)
        for _, data in happenings:
            if isinstance(data, SessionStatusData):
                _put(self.runs, data.run.id, data.run, there=data.run.state not in TERMINAL)
            elif isinstance(data, SessionPermissionData):
                view = data.permission
                _put(self.permissions, view.id, view, there=view.state == "pending")

    def surplus(self) -> list[str]:
        """The sessions that have to go for there to be no more than may be."""
        over = len(self.sessions) - MOST_SESSIONS
        return [] if over <= 0 else self._closed_first()[:over]

    def drop(self, ids: Iterable[str]) -> None:
        for one in ids:
            del self.sessions[one]

    def _closed_first(self) -> list[str]:
        """The closed sessions, in the order in which they go: first of who began most, so that nobody makes room for
        themselves among what is the others'."""
        summaries = [summary for _, summary in reversed(self.newest_first())]
        began = Counter(holder(summary.created_by) for summary in summaries)
        closed = [summary for summary in summaries if summary.state == "closed"]
        return [summary.id for summary in sorted(closed, key=lambda summary: -began[holder(summary.created_by)])]

    def _check_share(self, opened: SessionSummary) -> None:
        whose = holder(opened.created_by)
        views = (known.standing.summary for known in self.sessions.values())
        if sum(view.state == "open" and holder(view.created_by) == whose for view in views) >= MOST_OPEN_OF_ONE:
            raise TooManySessions(
                f"{MOST_OPEN_OF_ONE} sessions of yours are open. Close one that is not needed any more."
            )

    def _check_room(self, id: str, happenings: Sequence[Happening]) -> None:
        known = self.sessions.get(id)
        if known is None:
            for _, data in happenings:
                if isinstance(data, SessionOpenedData):
                    self._check_share(data.session)
            if len(self.sessions) >= MOST_SESSIONS and not self._closed_first():
                raise TooManySessions(f"{MOST_SESSIONS} sessions are open. Close one that is not needed any more.")
        elif _is_full(known, len(happenings)) and not _only_ends(happenings):
            raise SessionFull("This session holds as much as one may hold. Open a new one.")
        asked = [data.permission for _, data in happenings if isinstance(data, SessionPermissionData)]
        # What a policy answers in the same breath waits for nobody.
        settled = {view.id for view in asked if view.state != "pending"} | self.permissions.keys()
        new = [view for view in asked if view.id not in settled]
        if new and len(self.permissions) + len(new) > MOST_PENDING:
            raise TooManyPermissions(f"{MOST_PENDING} permissions wait for a decision. Decide some of them first.")
        for view in new:
            whose = holder(view.requested_by)
            if sum(holder(one.requested_by) == whose for one in self.permissions.values()) >= MOST_PENDING_OF_ONE:
                raise TooManyPermissions(f"{MOST_PENDING_OF_ONE} requests for {whose} wait. Decide some of them first.")


def _is_full(known: Known, more: int) -> bool:
    return known.events + more > MOST_EVENTS or known.size_b >= MOST_B


def _only_ends(happenings: Sequence[Happening]) -> bool:
    """Whether there is always room for them. The run that follows one which ends is part of its end."""
    first = happenings[0][1]
    if isinstance(first, SessionChangedData) and first.change not in ("closed", "released"):
        return False
    if isinstance(first, SessionStatusData) and first.run.state == "queued":
        return False
    return all(name in _ENDING for name, _ in happenings)


def _put(views: dict[str, V], id: str, view: V, *, there: bool) -> None:
    if there:
        views[id] = view
    else:
        views.pop(id, None)
