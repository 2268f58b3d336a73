"""Reading sessions: from memory what is asked for all the time, the rest from the tables."""

from __future__ import annotations

from functools import partial

from server.protocol.sessions import MessageView, PermissionState, PermissionView, PolicyView, RunView, SessionSummary
from server.sessions import rows, transcript
from server.sessions.errors import permission_not_found, run_not_found
from server.sessions.journal import Journal
from server.sessions.memory import Memory
from server.storage.database import Database, T, Work

MOST_PERMISSIONS = 500
"""The newest ones that one question about permissions is answered with."""

_DEFAULT_POLICY = PolicyView(mode="allow_reads")


class Reads:
    """What is read without `await` is in memory. What is awaited raises StorageUnavailable when it cannot be read."""

    def __init__(self, database: Database, memory: Memory, journal: Journal) -> None:
        self._database = database
        self._memory = memory
        self._journal = journal

    def get(self, id: str) -> SessionSummary:
        """Return a session.

        Raises:
            SessionNotFound: there is none.
        """
        return self._memory.summary(id)

    def find(self, id: str) -> SessionSummary | None:
        known = self._memory.sessions.get(id)
        return None if known is None else known.standing.summary

    def all(self) -> list[SessionSummary]:
        """Every session, the one that changed last first."""
        return [summary for _, summary in self._memory.newest_first()]

    def newest_first(self) -> list[tuple[int, SessionSummary]]:
        """Every session with the seq of what changed it last, highest first."""
        return self._memory.newest_first()

    def workspace_of(self, id: str) -> str | None:
        summary = self.find(id)
        return None if summary is None else summary.workspace

    def unfinished(self) -> list[RunView]:
        """The runs that have not ended, oldest first."""
        return list(self._memory.runs.values())

    def pending(self) -> list[PermissionView]:
        """The permissions that wait for a decision, oldest first."""
        return list(self._memory.permissions.values())

    def policy(self, workspace: str) -> PolicyView:
        return self._memory.policies.get(workspace, _DEFAULT_POLICY)

    def known_to(self, published: int) -> int:
        """Return the highest seq up to `published` (which is to be asked for before anything is read) of which all that
        is read here says everything: an event may be shown to clients a moment before its append returns."""
        return self._journal.known_to(published)

    async def run(self, id: str) -> RunView:
        """Return a run.

        Raises:
            RunNotFound: there is none.
        """
        known = self._memory.runs.get(id) or await self._read(partial(rows.run, id=id))
        if known is None:
            raise run_not_found()
        return known

    async def last_run(self, session: str) -> RunView | None:
        """Return the newest run of a session, None before the first.

        Raises:
            SessionNotFound: there is no such session.
        """
        return self.get(session).run

    async def permission(self, id: str) -> PermissionView:
        """Return a request for a permission.

        Raises:
            PermissionNotFound: there is none.
        """
        known = self._memory.permissions.get(id)
        found = [known] if known else await self._permissions("id = ?", id)
        if not found:
            raise permission_not_found()
        return found[0]

    async def permission_of(self, run: str, call: str) -> PermissionView | None:
        """Return what was asked for the tool call `call` of `run`, None if nothing was."""
        found = await self._permissions("run = ? AND call = ?", run, call)
        return found[0] if found else None

    async def permissions(self, session: str) -> list[PermissionView]:
        """Return the newest requests of a session, oldest first."""
        return await self._permissions("session = ?", session)

    async def permissions_in(self, state: PermissionState) -> list[PermissionView]:
        """Return the newest requests that are in `state`, oldest first."""
        return await self._permissions("state = ?", state)

    async def transcript(self, session: str, *, before: int | None, limit: int) -> tuple[list[bytes], int | None]:
        """Return the newest events of a session with seq < `before`, as they were sent, oldest first, and the `before`
        of the page that precedes them, None when nothing does. A page ends early at 4 MiB."""
        return await self._read(partial(transcript.page, session=session, before=before, limit=limit))

    async def said(self, session: str, *, limit: int) -> list[MessageView]:
        """Return the newest messages of a session, oldest first."""
        return await self._read(partial(transcript.said, session=session, limit=limit))

    async def message(self, session: str, id: str) -> MessageView | None:
        """Return one of the newest 500 messages of a session."""
        return await self._read(partial(transcript.message, session=session, id=id))

    async def unanswered(self, session: str) -> list[MessageView]:
        """Return what people said since the message that the newest run answers, and since the session was last taken
        or released; oldest first.

        Raises:
            SessionNotFound: there is no such session.
        """
        run = self.get(session).run
        answered = None if run is None else run.message
        return await self._read(partial(transcript.unanswered, session=session, answered=answered))

    async def _permissions(self, where: str, *values: str) -> list[PermissionView]:
        return await self._read(partial(rows.permissions, where=where, values=values, limit=MOST_PERMISSIONS))

    async def _read(self, work: Work[T]) -> T:
        # The tables show what memory shows.
        await self._journal.flush()
        return await self._database.read(work)
