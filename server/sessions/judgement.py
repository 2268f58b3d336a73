"""Whether a person should take a session over, for who asks from outside."""

from __future__ import annotations

import asyncio

from server.access import Principal
from server.protocol.chat import HandoverAnalysis
from server.sessions.builtin.handover import analyze
from server.sessions.desk import Desk
from server.sessions.lifecycle import alias_id
from server.sessions.runner import Said

MESSAGES = 50
"""The newest ones, which are judged."""


class Judgement(Desk):
    def is_taken(self, id: str) -> bool:
        """Whether a person answers in the session, or nobody because there is none."""
        summary = self._store.find(id)
        return summary is None or summary.taken_by is not None

    async def analyze(self, by: Principal, name: str) -> HandoverAnalysis:
        """Judge a session by its id, or by what `by` calls it; it is not opened by that.

        Raises:
            SessionNotFound: there is none, or `by` is a stranger to its workspace.
            StorageUnavailable: it cannot be read.
        """
        own = alias_id(by.id, name)
        summary = self._session(by, own if self._store.find(own) is not None else name)
        said = await self._store.said(summary.id, limit=MESSAGES)
        # A third of a second for fifty long messages of an unkind person.
        judged = await asyncio.to_thread(analyze, [Said(one.speaker, one.by, one.text) for one in said])
        needed = judged.needed or summary.handover is not None
        return HandoverAnalysis(
            session_id=name,
            handover=needed,
            reason=judged.reason if summary.handover is None else summary.handover.reason,
            summary=judged.summary,
            intent=judged.intent,
            suggested_action="HANDOVER" if needed else "CONTINUE",
        )
