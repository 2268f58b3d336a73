"""Saying something in a session, stopping the run that answers, and having it answer again."""

from __future__ import annotations

from typing import Literal

import msgspec

from server.access import MemberRole, Principal
from server.eventlog.log import IdempotencyKey
from server.ids import new_id
from server.protocol.session_events import SessionMessage, SessionMessageData, SessionStatus, SessionStatusData
from server.protocol.sessions import MessageAccepted, MessageView, RunView, SessionSummary
from server.sessions.desk import Desk, is_active
from server.sessions.errors import NothingToResume, NothingToStop, SessionBusy, SessionClosed, SessionTaken
from server.sessions.text import cleaned
from server.sessions.whole import whole

MOST_UNANSWERED = 16
"""Messages of one session that wait for a run; the next run answers all of them at once."""


class Posting(Desk):
    async def post(self, by: Principal, id: str, text: str, *, command_id: str) -> MessageAccepted:
        """Say `text` in the session, once for each `command_id` of `by`. A run begins to answer it, unless one is under
        way (another one follows it then) or a person has taken the session.

        Raises:
            SessionNotFound, Forbidden: `by` may not write in it.
            EmptyMessage, MessageTooLong, InvalidText: it is no message.
            SessionClosed, SessionBusy, SessionFull, RunnerUnavailable: it takes none, or not now.
            IdReused: the same id came with something else.
            StorageUnavailable: nothing was said.
        """
        self._session(by, id, MemberRole.MEMBER)
        message = MessageView(
            id=new_id(self._clock.now()), speaker="person", by=by.id, text=cleaned(text), at=self._now()
        )
        idem = IdempotencyKey(by.id, command_id, msgspec.json.encode(("message", id, message.text)))
        # To the end, whoever goes away: a run that is durable must be launched.
        return await whole(self._tasks, "post", self._post(by, id, message, idem))

    async def command(self, by: Principal, id: str, command: Literal["stop", "resume"], *, command_id: str) -> RunView:
        """`stop` the session's newest run and return it as it ended, or `resume`: begin one that answers the same
        message again, once for each `command_id` of `by`.

        Raises:
            SessionNotFound, Forbidden: `by` may not write in it.
            NothingToStop: there never was a run.
            NothingToResume: the last one is under way or was completed.
            SessionClosed, SessionTaken, SessionFull, RunnerUnavailable: nothing is answered in it.
            IdReused, StorageUnavailable: as `post`.
        """
        self._session(by, id, MemberRole.MEMBER)
        idem = IdempotencyKey(by.id, command_id, msgspec.json.encode((command, id)))
        if command == "stop":
            return await self._stop_newest(by, id, idem)
        return await whole(self._tasks, "resume", self._resume(by, id, idem))

    async def stop_run(self, by: Principal, run_id: str) -> RunView:
        """Stop a run, and return it as it ended.

        Raises:
            RunNotFound, Forbidden: `by` may not stop it.
            StorageUnavailable: it cannot be read.
        """
        return await self._stopped(by, await self._run(by, run_id, MemberRole.MEMBER))

    async def _post(self, by: Principal, id: str, message: MessageView, idem: IdempotencyKey) -> MessageAccepted:
        async with self._store.changing(id):
            known = self._answered.find(idem, MessageAccepted)
            if known is not None:
                return known
            summary = self._session(by, id, MemberRole.MEMBER)
            run = await self._answering(summary, message)
            events: list[tuple[str, msgspec.Struct]] = [
                ("session.message", SessionMessageData(session=id, message=message))
            ]
            if run is not None:
                events.append(("session.status", SessionStatusData(session=id, run=run)))
            appended = await self._store.append(id, events, idem=idem)
            if run is not None and not appended.repeated:
                self._conductor.launch(run)
            status = appended.find(SessionStatus)
            accepted = MessageAccepted(
                message=appended.first(SessionMessage).data.message, run=None if status is None else status.data.run
            )
            self._answered.keep(idem, accepted)
            return accepted

    async def _answering(self, summary: SessionSummary, message: MessageView) -> RunView | None:
        """The run that is to answer `message`, None when none begins now."""
        if summary.state == "closed":
            raise closed()
        if summary.taken_by is not None:
            return None
        self._runner(summary.runner)
        if not is_active(summary.run):
            return self._conductor.new_run(summary, message)
        if len(await self._store.unanswered(summary.id)) >= MOST_UNANSWERED:
            raise SessionBusy(f"{MOST_UNANSWERED} messages wait for an answer. Wait for the one that is being written.")
        return None

    async def _resume(self, by: Principal, id: str, idem: IdempotencyKey) -> RunView:
        async with self._store.changing(id):
            known = self._answered.find(idem, RunView)
            if known is not None:
                return known
            summary = self._session(by, id, MemberRole.MEMBER)
            run = self._conductor.new_run(summary, await self._to_answer_again(summary))
            event = ("session.status", SessionStatusData(session=id, run=run))
            appended = await self._store.append(id, [event], idem=idem)
            if not appended.repeated:
                self._conductor.launch(run)
            begun = appended.first(SessionStatus).data.run
            self._answered.keep(idem, begun)
            return begun

    async def _to_answer_again(self, summary: SessionSummary) -> MessageView:
        if summary.state == "closed":
            raise closed()
        if summary.taken_by is not None:
            raise SessionTaken(f"{summary.taken_by} answers in this session. It has to be released first.")
        self._runner(summary.runner)
        run = summary.run
        message = None
        if run is not None and run.state in ("failed", "stopped"):
            message = await self._store.message(summary.id, run.message)
        if message is None:
            raise NothingToResume("There is no answer here that was broken off. Send a message.")
        return message

    async def _stop_newest(self, by: Principal, id: str, idem: IdempotencyKey) -> RunView:
        # The same command again stops what it stopped, not what began since.
        known = self._answered.find(idem, RunView)
        run = known or self._session(by, id, MemberRole.MEMBER).run
        if run is None:
            raise NothingToStop("Nothing was ever answered in this session, so there is nothing to stop.")
        self._answered.keep(idem, run)
        return await self._stopped(by, await self._store.run(run.id))

    async def _stopped(self, by: Principal, run: RunView) -> RunView:
        return await self._conductor.stop(run.id, by.id) if is_active(run) else run


def closed() -> SessionClosed:
    return SessionClosed("This session was closed. Open a new one.")
