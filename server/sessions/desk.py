"""What every part of the service stands on: the parts behind it, and who may reach what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from server.access import MemberRole, Permission, Principal, allows_in, require
from server.clock import Clock, rfc3339
from server.protocol.sessions import (
    TERMINAL,
    DeltaData,
    MessageView,
    PermissionView,
    Risk,
    RunnerName,
    RunView,
    SessionSummary,
)
from server.sessions.answered import Answered
from server.sessions.errors import RunnerUnavailable, SessionNotFound, run_not_found, session_not_found
from server.sessions.places import Places, check_role
from server.sessions.runner import Runner
from server.sessions.store import Store
from server.tasks import Tasks


class Conducting(Protocol):
    """What runs the runs: `server.sessions.conductor.Conductor`."""

    def new_run(self, session: SessionSummary, message: MessageView) -> RunView: ...
    def launch(self, run: RunView) -> None: ...
    async def stop(self, run_id: str, by_id: str) -> RunView: ...
    def delta(self, session_id: str) -> DeltaData | None: ...


class Brokering(Protocol):
    """What asks for permissions: `server.sessions.broker.Broker`."""

    async def decide(
        self, permission_id: str, decision: Literal["allow", "deny"], reason: str | None, by: Principal
    ) -> PermissionView: ...
    async def extend(self, permission_id: str, by: Principal) -> PermissionView: ...
    async def cancel_run(self, run_id: str, reason: str) -> None: ...


class Desk:
    def __init__(
        self,
        *,
        store: Store,
        conductor: Conducting,
        broker: Brokering,
        places: Places,
        runners: Mapping[RunnerName, Runner],
        default: RunnerName,
        risk_of: Callable[[str], Risk | None],
        published: Callable[[], int],
        clock: Clock,
    ) -> None:
        """`runners`: those that are configured, `default` among them. `risk_of` tells that of a tool of the server's.
        `published` tells the newest seq handed to any client."""
        self._store = store
        self._conductor = conductor
        self._broker = broker
        self._places = places
        self._runners = runners
        self._default = default
        self._risk_of = risk_of
        self._published = published
        self._clock = clock
        self._answered = Answered()
        self._tasks = Tasks("sessions")

    def workspace_of(self, session: str) -> str | None:
        """The workspace of a session, None for one that is not there. For whoever decides who may hear it."""
        return self._store.workspace_of(session)

    async def end(self) -> None:
        """Cancel what is under way. To be done before the parts behind it are closed."""
        await self._tasks.close()

    def _session(self, by: Principal, id: str, least: MemberRole = MemberRole.VIEWER) -> SessionSummary:
        """The session `id`, if `by` may do in it what `least` may.

        Raises:
            SessionNotFound: there is none, or `by` is a stranger to its workspace.
            Forbidden: `by` may not do that.
        """
        require(by, Permission.VIEW)
        summary = self._store.find(id)
        if summary is None or not allows_in(by, summary.workspace, MemberRole.VIEWER):
            raise session_not_found()
        check_role(by, summary.workspace, least)
        return summary

    async def _run(self, by: Principal, id: str, least: MemberRole = MemberRole.VIEWER) -> RunView:
        require(by, Permission.VIEW)
        run = await self._store.run(id)
        try:
            self._session(by, run.session, least)
        except SessionNotFound:
            raise run_not_found() from None
        return run

    def _runner(self, name: RunnerName) -> RunnerName:
        if name not in self._runners:
            raise RunnerUnavailable(f"This server has no runner {name!r}. Choose another one, or ask an administrator.")
        return name

    def _as_of(self) -> int:
        """To be noted before anything is read."""
        return self._store.known_to(self._published())

    def _now(self) -> str:
        return rfc3339(self._clock.now())


def is_active(run: RunView | None) -> bool:
    return run is not None and run.state not in TERMINAL
