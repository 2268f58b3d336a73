"""Opening, naming and closing sessions."""

from __future__ import annotations

import hashlib

import msgspec

from server.access import MemberRole, Permission, Principal, allows_in, require
from server.eventlog.audit import audit_event, told_of
from server.eventlog.log import IdempotencyKey, NewEvent
from server.ids import new_id
from server.protocol.session_events import SessionChangedData, SessionOpened, SessionOpenedData
from server.protocol.sessions import NewSessionBody, RunnerName, SessionSummary
from server.sessions.desk import Desk, is_active
from server.sessions.errors import SessionBusy, session_not_found
from server.sessions.text import cleaned_line
from server.sessions.whole import whole

MOST_STOPS = 10
"""Runs that are stopped one after the other, as new messages begin new ones, before closing gives up."""

LONGEST_ALIAS = 200


class Lifecycle(Desk):
    async def open(self, by: Principal, body: NewSessionBody, *, command_id: str) -> SessionSummary:
        """Return a new session, the same one for the same `command_id` of `by`.

        Raises:
            WorkspaceNotFound, WorkspaceNeeded, Forbidden: `by` may not open one there, or has nowhere to.
            RunnerUnavailable: there is no such runner.
            EmptyMessage, InvalidText: the title is none.
            SessionNotFound: it was opened before, and `by` may not read it any more.
            TooManySessions, IdReused, StorageUnavailable: nothing was opened.
        """
        runner = self._runner(body.runner or self._default)
        title = "" if body.title is None else cleaned_line(body.title)
        summary = await self._fresh(by, new_id(self._clock.now()), runner, title, workspace=body.workspace)
        idem = IdempotencyKey(by.id, command_id, msgspec.json.encode(("open", body)))
        appended = await self._store.append(summary.id, [_opened(summary)], idem=idem)
        # Opened before, it may be where they do not belong any more.
        return self._session(self._places.now(by), appended.first(SessionOpened).data.session.id)

    async def named(self, by: Principal, alias: str) -> SessionSummary:
        """Return the session `alias`: the one with this id if `by` may read it, or else the one that another system
        calls so for `by`, opened at its first use with the default runner.

        Raises:
            SessionNotFound: `by` may not read it any more, or nothing can be called so.
            WorkspaceNeeded, Forbidden, TooManySessions, StorageUnavailable: as `open`.
        """
        require(by, Permission.VIEW)
        known = self._store.find(alias)
        if known is not None and allows_in(by, known.workspace, MemberRole.VIEWER):
            return known
        if not 1 <= len(alias) <= LONGEST_ALIAS or not alias.isprintable():
            raise session_not_found()
        own = alias_id(by.id, alias)
        async with self._store.changing(own):
            if self._store.find(own) is not None:
                return self._session(by, own)
            summary = await self._fresh(by, own, self._runner(self._default), "", workspace=None)
            await self._store.append(own, [_opened(summary)])
            return self._store.get(own)

    async def rename(self, by: Principal, id: str, title: str) -> SessionSummary:
        """Return the session with its new title.

        Raises:
            SessionNotFound, Forbidden: `by` may not change it.
            EmptyMessage, MessageTooLong, InvalidText: it is no title.
            StorageUnavailable: it has its old one.
        """
        title = cleaned_line(title)
        async with self._store.changing(id):
            if self._session(by, id, MemberRole.MEMBER).title != title:
                data = SessionChangedData(session=id, change="title", by=by.id, title=title)
                await self._store.append(id, [("session.changed", data)])
            return self._store.get(id)

    async def close(self, by: Principal, id: str) -> SessionSummary:
        """Return the session, closed: its run has ended before, and nothing more is said or decided in it.

        Raises:
            SessionNotFound, Forbidden: `by` may not close it.
            SessionBusy: new runs began as fast as they were stopped.
            StorageUnavailable: it is not closed.
        """
        self._session(by, id, MemberRole.MEMBER)
        return await whole(self._tasks, "close", self._close(by, id))

    async def _close(self, by: Principal, id: str) -> SessionSummary:
        for _ in range(MOST_STOPS):
            await self._come_to_rest(by, id)
            async with self._store.changing(id):
                summary = self._session(by, id, MemberRole.MEMBER)
                if is_active(summary.run):
                    # Messages were waiting for it: another one has begun to answer them.
                    continue
                if summary.state != "closed":
                    await self._store.append(id, [_closed(summary, by)], also=[_audited(summary, by)])
                return self._store.get(id)
        raise SessionBusy("New messages keep this session going. Close it again when its members know of it.")

    async def _come_to_rest(self, by: Principal, id: str) -> None:
        run = self._store.get(id).run
        if run is not None and is_active(run):
            await self._conductor.stop(run.id, by.id)
        for run_id in {view.run for view in self._store.pending() if view.session == id}:
            await self._broker.cancel_run(run_id, "The session was closed.")

    async def _fresh(
        self, by: Principal, id: str, runner: RunnerName, title: str, *, workspace: str | None
    ) -> SessionSummary:
        if workspace is None:
            workspace = await self._places.first_for(by)
        else:
            self._places.check(by, workspace, MemberRole.MEMBER)
        now = self._now()
        return SessionSummary(
            id=id,
            workspace=workspace,
            title=title,
            runner=runner,
            state="open",
            created_by=by.id,
            created_at=now,
            updated_at=now,
        )


def alias_id(owner: str, alias: str) -> str:
    """Return the id of the session that the principal `owner` calls `alias`. It follows from the two, so that no crash
    comes between the session and its name."""
    return f"named-{hashlib.sha256(msgspec.json.encode((owner, alias))).hexdigest()[:32]}"


def _opened(summary: SessionSummary) -> tuple[str, SessionOpenedData]:
    return "session.opened", SessionOpenedData(session=summary)


def _closed(summary: SessionSummary, by: Principal) -> tuple[str, SessionChangedData]:
    return "session.changed", SessionChangedData(session=summary.id, change="closed", by=by.id)


def _audited(summary: SessionSummary, by: Principal) -> NewEvent:
    detail = {"workspace": summary.workspace, "title": summary.title}
    return audit_event(told_of(by, "session_closed", target=summary.id, detail=detail))
