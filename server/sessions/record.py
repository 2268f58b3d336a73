"""What is written down of one run: its part of the transcript, its states in a legal order, and its one end."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import msgspec

from server.clock import Clock, rfc3339
from server.errors import AppError, StorageUnavailable
from server.eventlog.log import IdempotencyKey
from server.ids import new_id
from server.protocol.session_events import SessionErrorData, SessionMessageData, SessionStatusData
from server.protocol.sessions import TERMINAL, MessageView, RunState, RunView
from server.sessions.endings import Ending, RunOver
from server.sessions.lengths import cut, parts
from server.sessions.limits import Budget
from server.sessions.runner import Reply
from server.sessions.store import Store
from server.sessions.turns import answered_together, new_run

log = logging.getLogger(__name__)

Entry = tuple[str, msgspec.Struct]
"""An event of a session: its type and its data."""

MAX_ERROR_B = 4096
"""Of why a run failed, in UTF-8: it is in every event that shows the session in short."""

_BEFORE: dict[RunState, frozenset[RunState]] = {
    "running": frozenset({"queued", "waiting"}),
    "waiting": frozenset({"running"}),
    "stopping": frozenset({"running", "waiting"}),
}
"""From which states a run comes to one that is not final."""


class Record:
    """Writes for one run. `view` is the run as it was written down last. Each write holds the session's lock."""

    def __init__(self, view: RunView, *, store: Store, clock: Clock, budget: Budget) -> None:
        self.view = view
        self._store = store
        self._clock = clock
        self._budget = budget
        self._over = False

    def close(self) -> None:
        """Take nothing from the runner any more; a write that has begun may still get through."""
        self._over = True

    def check_open(self) -> None:
        """Raises:
        RunOver: the run has ended, or is about to.
        """
        if self._over:
            raise RunOver("This run has ended: nothing more is taken from it.")

    async def add(self, entries: Sequence[Entry]) -> None:
        """Write `entries` into the transcript.

        Raises:
            RunOver: the run has ended; nothing was written.
            AppError: as `Store.append`.
        """
        async with self._store.changing(self.view.session):
            self.check_open()
            await self._store.append(self.view.session, entries)

    async def say(self, reply: Reply, message_id: str) -> None:
        """Write a message, in parts where it is long; the first has the id `message_id`. Raises as `add`."""
        await self.add(self._messages(reply, message_id))

    async def become(self, state: RunState, *, stopped_by: str | None = None) -> bool:
        """Write the new state of the run, unless it is past that; return whether it is in `state` now.

        Raises:
            AppError: as `Store.append`.
        """
        async with self._store.changing(self.view.session):
            if self._over or self.view.state not in _BEFORE[state]:
                return not self._over and self.view.state == state
            await self._set(self._changed(state, stopped_by=stopped_by))
            return True

    async def keep_partial(self, message_id: str, text: str) -> None:
        """Write what was streamed and is in no message. Raises as `Store.append`."""
        if text:
            async with self._store.changing(self.view.session):
                await self._store.append(self.view.session, self._messages(Reply(text=text), message_id, partial=True))

    async def end(
        self, ending: Ending, *, message_id: str, text: str, stopped_by: str | None = None
    ) -> tuple[RunView, list[MessageView]] | None:
        """Write, together, `text` as a partial message, the end of the run, and the run that answers the messages that
        came meanwhile; return that one, and what it answers. However often this is done, the run ends once.

        Raises:
            AppError: as `Store.append`: nothing was written.
        """
        session = self.view.session
        # Whatever a runner, or what it ran, is called or says.
        ending = msgspec.structs.replace(ending, error=cut(ending.error or "", MAX_ERROR_B) or None)
        async with self._store.changing(session):
            # An idempotency key is good for a day, and this may be the end of a run that was left a week ago.
            if (await self._store.run(self.view.id)).state in TERMINAL:
                return None
            view = self._changed(ending.state, stopped_by=stopped_by, ending=ending)
            entries = self._messages(Reply(text=text), message_id, partial=True) if text else []
            if ending.state == "failed":
                entries.append(("session.error", self._error(ending)))
            entries.append(("session.status", SessionStatusData(session=session, run=view)))
            group = answered_together(await self._waiting())
            following = None
            if group:
                following = new_run(group[-1], session=session, runner=view.runner, clock=self._clock)
                entries.append(("session.status", SessionStatusData(session=session, run=following)))
            # No principal's id begins with a colon: an account that is called so must not take this key.
            once = IdempotencyKey(":run-end", view.id, b"")
            try:
                appended = await self._store.append(session, entries, idem=once)
            except StorageUnavailable:
                raise
            except AppError:
                # Nothing that a runner wrote may keep its run from ending.
                log.exception("run ends without its last words", extra={"run": view.id})
                entries = [entry for entry in entries if entry[0] == "session.status"]
                appended = await self._store.append(session, entries, idem=once)
            self.view = view
            if appended.repeated or following is None:
                return None
            return following, group

    async def _waiting(self) -> list[MessageView]:
        """The messages that a run should answer now."""
        summary = self._store.get(self.view.session)
        if summary.state == "closed" or summary.taken_by is not None:
            return []
        return await self._store.unanswered(self.view.session)

    async def _set(self, view: RunView) -> None:
        await self._store.append(view.session, [("session.status", SessionStatusData(session=view.session, run=view))])
        self.view = view

    def _changed(self, state: RunState, *, stopped_by: str | None, ending: Ending | None = None) -> RunView:
        now = rfc3339(self._clock.now())
        view = self.view
        return msgspec.structs.replace(
            view,
            state=state,
            started_at=view.started_at or (now if state == "running" else None),
            finished_at=now if state in TERMINAL else None,
            code=None if ending is None else ending.code,
            error=None if ending is None else ending.error,
            stopped_by=view.stopped_by or stopped_by,
            turns=self._budget.turns,
            output_b=self._budget.output_b,
            cost_usd=self._budget.cost_usd,
        )

    def _error(self, ending: Ending) -> SessionErrorData:
        return SessionErrorData(
            session=self.view.session,
            run=self.view.id,
            code=ending.code or AppError.code,
            message=ending.error or "",
            temporary=ending.temporary,
        )

    def _messages(self, reply: Reply, message_id: str, *, partial: bool = False) -> list[Entry]:
        texts = parts(reply.text)
        entries: list[Entry] = []
        for at, text in enumerate(texts):
            last = at == len(texts) - 1
            message = MessageView(
                id=message_id if at == 0 else new_id(self._clock.now()),
                speaker="assistant",
                by=self.view.runner,
                text=text,
                at=rfc3339(self._clock.now()),
                run=self.view.id,
                # What a reply concludes stands at its end.
                intent=reply.intent if last else None,
                suggested_action=reply.suggested_action if last else None,
                sources=list(reply.sources) if last else [],
                partial=partial,
            )
            entries.append(("session.message", SessionMessageData(session=self.view.session, message=message)))
        return entries
