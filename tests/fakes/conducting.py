"""What stands behind the service of sessions, as a test wants it."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from server.access import Principal
from server.ids import new_id
from server.protocol.session_events import SessionPermissionData, SessionStatusData
from server.protocol.sessions import DeltaData, MessageView, PermissionView, RunView, SessionSummary
from server.sessions.store import Store
from tests.fakes.session_views import AT


class FakeConductor:
    """Runs that go on until they are stopped. `launched`: each in order. `follow_up`: how often a run that was stopped
    is followed by another one at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.launched: list[RunView] = []
        self.stopped: list[tuple[str, str]] = []
        self.deltas: dict[str, DeltaData] = {}
        self.follow_up = 0

    def new_run(self, session: SessionSummary, message: MessageView) -> RunView:
        return RunView(
            id=new_id(),
            session=session.id,
            runner=session.runner,
            state="queued",
            message=message.id,
            requested_by=message.by,
            created_at=AT,
        )

    def launch(self, run: RunView) -> None:
        self.launched.append(run)

    async def stop(self, run_id: str, by_id: str) -> RunView:
        self.stopped.append((run_id, by_id))
        run = replace(await self._store.run(run_id), state="stopped", stopped_by=by_id)
        await self.put(run)
        if self.follow_up:
            self.follow_up -= 1
            await self.put(replace(run, id=new_id(), state="running", stopped_by=None))
        return run

    def delta(self, session_id: str) -> DeltaData | None:
        return self.deltas.get(session_id)

    async def put(self, run: RunView) -> None:
        """Have `run` be as it says."""
        async with self._store.changing(run.session):
            await self._store.append(run.session, [("session.status", SessionStatusData(session=run.session, run=run))])


class FakeBroker:
    """Cancels what it is told to, and decides whatever it is asked. `asked`: what it was asked to decide."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[tuple[str, str, str | None, str]] = []

    async def decide(
        self, permission_id: str, decision: Literal["allow", "deny"], reason: str | None, by: Principal
    ) -> PermissionView:
        self.asked.append((permission_id, decision, reason, by.id))
        return await self._store.permission(permission_id)

    async def extend(self, permission_id: str, by: Principal) -> PermissionView:
        self.asked.append((permission_id, "extend", None, by.id))
        return await self._store.permission(permission_id)

    async def cancel_run(self, run_id: str, reason: str) -> None:
        for view in [one for one in self._store.pending() if one.run == run_id]:
            cancelled = replace(view, state="cancelled", reason=reason)
            data = SessionPermissionData(session=view.session, permission=cancelled)
            await self._store.append(view.session, [("session.permission_decision", data)])


class NamedRunner:
    """Is there, by its label; nothing runs it."""

    def __init__(self, label: str) -> None:
        self.label = label
