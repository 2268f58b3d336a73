"""A person in place of the runner: asked for, taking the session, and releasing it."""

from __future__ import annotations

from typing import Literal

from server.access import MemberRole, Principal, allows_in
from server.eventlog.audit import audit_event, told_of
from server.protocol.session_events import SessionChangedData, SessionHandoverData
from server.protocol.sessions import HandoverView, MessageView, SessionSummary
from server.sessions.desk import Desk
from server.sessions.errors import SessionTaken
from server.sessions.posting import closed
from server.sessions.text import cleaned
from server.sessions.whole import whole

MESSAGES = 6
"""The newest ones, which the summary for whoever takes over is made of."""

LONGEST_LINE = 200


class Handovers(Desk):
    async def handover(
        self, by: Principal, id: str, step: Literal["ask", "take", "release"], reason: str | None
    ) -> SessionSummary:
        """Return the session after `step`. `ask`: who watches the workspace is told. `take`: from now on `by` answers,
        and no run begins; who takes it first has it. `release`: the runner answers again, nobody is asked for any more.

        Raises:
            SessionNotFound, Forbidden: `by` may not write in it.
            SessionClosed: nobody is needed in it.
            SessionTaken: somebody else has it; an owner of the workspace may release it for them.
            EmptyMessage, InvalidText: the reason is none.
            StorageUnavailable: nothing changed.
        """
        reason = cleaned(reason) if reason and reason.strip() else None
        self._session(by, id, MemberRole.MEMBER)
        return await whole(self._tasks, "handover", self._step(by, id, step, reason))

    async def _step(
        self, by: Principal, id: str, step: Literal["ask", "take", "release"], reason: str | None
    ) -> SessionSummary:
        async with self._store.changing(id):
            summary = self._session(by, id, MemberRole.MEMBER)
            if summary.state == "closed":
                raise closed()
            match step:
                case "ask":
                    await self._ask(by, summary, reason)
                case "take":
                    await self._take(by, summary)
                case "release":
                    await self._release(by, summary)
            return self._store.get(id)

    async def _ask(self, by: Principal, summary: SessionSummary, reason: str | None) -> None:
        handover = HandoverView(
            reason=reason or f"{by.id} asks for a person.",
            summary=in_short(await self._store.said(summary.id, limit=MESSAGES)),
            requested_by=by.id,
            requested_at=self._now(),
        )
        data = SessionHandoverData(session=summary.id, handover=handover)
        await self._store.append(summary.id, [("session.handover", data)])

    async def _take(self, by: Principal, summary: SessionSummary) -> None:
        if summary.taken_by == by.id:
            return
        if summary.taken_by is not None:
            raise SessionTaken(f"{summary.taken_by} was first and answers in this session. Ask them to release it.")
        data = SessionChangedData(session=summary.id, change="taken", by=by.id)
        detail = {"workspace": summary.workspace, "title": summary.title}
        audit = audit_event(told_of(by, "session_taken", target=summary.id, detail=detail))
        await self._store.append(summary.id, [("session.changed", data)], also=[audit])

    async def _release(self, by: Principal, summary: SessionSummary) -> None:
        if summary.taken_by is None and summary.handover is None:
            return
        if summary.taken_by not in (None, by.id) and not allows_in(by, summary.workspace, MemberRole.OWNER):
            raise SessionTaken(f"{summary.taken_by} answers in this session. Ask them, or an owner, to release it.")
        data = SessionChangedData(session=summary.id, change="released", by=by.id)
        await self._store.append(summary.id, [("session.changed", data)])


def in_short(messages: list[MessageView]) -> str:
    """What was said, a line for each message."""
    lines = [f"{message.by}: {' '.join(message.text[: 2 * LONGEST_LINE].split())}" for message in messages]
    return "\n".join(line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…" for line in lines)
