"""Looking at sessions: lists, one of them, and its transcript."""

from __future__ import annotations

import builtins

import msgspec

from server.access import MemberRole, Permission, Principal, allows_in, require
from server.errors import InvalidRequest
from server.protocol.sessions import RunnerList, RunnerView, RunView, SessionList, SessionState, SessionSummary
from server.sessions.desk import Desk

MOST_LISTED = 100
MOST_EVENTS = 500
"""Of one page of a transcript, which also ends at 4 MiB."""

_encode = msgspec.json.Encoder().encode


class Pages(Desk):
    def runners(self, by: Principal) -> RunnerList:
        """The runners that a session may have.

        Raises:
            Forbidden: `by` may not look.
        """
        require(by, Permission.VIEW)
        return RunnerList(
            [
                RunnerView(name=name, label=runner.label, default=name == self._default)
                for name, runner in self._runners.items()
            ]
        )

    def list(
        self, by: Principal, *, workspace: str | None, state: SessionState | None, before: str | None, limit: int
    ) -> SessionList:
        """The sessions that `by` may read, the ones changed last first, from the `next` of the page before on.

        Raises:
            Forbidden: `by` may not look.
            InvalidRequest: `before` came from no page, or `limit` is not 1 to 100.
        """
        require(by, Permission.VIEW)
        _check_limit(limit, MOST_LISTED)
        as_of_seq, below = self._as_of(), _cursor(before)
        page: builtins.list[SessionSummary] = []
        at = None
        for seq, summary in self._store.newest_first():
            if below is not None and seq >= below:
                continue
            if _fits(summary, workspace, state) and allows_in(by, summary.workspace, MemberRole.VIEWER):
                if len(page) == limit:
                    return SessionList(as_of_seq=as_of_seq, sessions=page, next=str(at))
                page.append(summary)
                at = seq
        return SessionList(as_of_seq=as_of_seq, sessions=page, next=None)

    async def detail(self, by: Principal, id: str, *, limit: int) -> bytes:
        """A `SessionDetail` as JSON with the newest `limit` events, as they were sent.

        Raises:
            SessionNotFound, Forbidden: `by` may not read it.
            InvalidRequest: `limit` is not 1 to 500.
            StorageUnavailable: it cannot be read.
        """
        self._session(by, id)
        _check_limit(limit, MOST_EVENTS)
        as_of_seq = self._as_of()
        permissions = await self._store.permissions(id)
        texts, before = await self._store.transcript(id, before=None, limit=limit)
        # Not older than the events: who has no message any more for a text that is being written has it as an event.
        summary, delta = self._session(by, id), self._conductor.delta(id)
        return b'{"as_of_seq":%d,"session":%b,"permissions":%b,"events":[%b],"before":%b,"delta":%b}' % (
            as_of_seq,
            _encode(summary),
            _encode(permissions),
            b",".join(texts),
            _encode(before),
            _encode(delta),
        )

    async def page(self, by: Principal, id: str, *, before: int | None, limit: int) -> bytes:
        """A `TranscriptPage` as JSON: the newest `limit` events with seq < `before`, as they were sent.

        Raises:
            SessionNotFound, Forbidden, InvalidRequest, StorageUnavailable: as `detail`.
        """
        self._session(by, id)
        _check_limit(limit, MOST_EVENTS)
        texts, further = await self._store.transcript(id, before=before, limit=limit)
        return b'{"events":[%b],"before":%b}' % (b",".join(texts), _encode(further))

    async def run(self, by: Principal, id: str) -> RunView:
        """A run.

        Raises:
            RunNotFound, Forbidden: `by` may not read it.
            StorageUnavailable: it cannot be read.
        """
        return await self._run(by, id)


def _fits(summary: SessionSummary, workspace: str | None, state: SessionState | None) -> bool:
    return workspace in (None, summary.workspace) and state in (None, summary.state)


def _cursor(before: str | None) -> int | None:
    if before is None:
        return None
    if not (before.isascii() and before.isdecimal() and len(before) < 20):
        raise InvalidRequest("before is the `next` of the page before. Ask for the first page without it.")
    return int(before)


def _check_limit(limit: int, most: int) -> None:
    if not 1 <= limit <= most:
        raise InvalidRequest(f"limit is a number from 1 to {most}.")
