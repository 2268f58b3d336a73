"""Asks people whether an agent may do what it wants to, and checks each answer again when it is used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from server.access import MemberRole, Permission, Principal, allows_in, require
from server.clock import Clock, rfc3339
from server.errors import Forbidden
from server.eventlog.audit import Audit
from server.ids import new_id
from server.protocol.sessions import PermissionState, PermissionView, Risk, RunView, SessionSummary, ToolCallView
from server.sessions import grants, rulings
from server.sessions.errors import permission_not_found
from server.sessions.redemption import Redemption
from server.sessions.requests import Requests
from server.sessions.runner import Decision, ToolCall
from server.sessions.store import Store
from server.sessions.tools.errors import InvalidArguments
from server.sessions.whole import whole
from server.tasks import Tasks

LOOK_S = 5.0
"""Requests are looked through at least this often: the wall clock may be set, and a machine may sleep."""

LEAST_GOOD_S = 60.0
"""What was allowed can be begun for at least this long: also where people have only seconds to answer."""

MAX_TITLE = 200
"""Characters of the line that people see first; the arguments are shown whole."""

MAX_NAME = 128
"""Characters of a call's id and of a tool's name."""

_STATES: dict[Literal["allow", "deny"], PermissionState] = {"allow": "allowed", "deny": "denied"}


class Broker:
    """The permissions of all sessions. A request is pending until it is allowed, denied, expired or cancelled, once.

    What is begun is finished when its caller goes away in the middle of it: a run that is stopped, a browser that hangs
    up. `tasks` are for that; who owns them closes them after the broker.
    """

    def __init__(
        self,
        store: Store,
        people: Callable[[str], Principal | None],
        audit: Audit,
        clock: Clock,
        permission_s: float,
        tasks: Tasks,
    ) -> None:
        """`people` gives who an id is now, None when there is nobody of that id any more. `permission_s`: time to
        answer, and afterwards time to begin what was allowed."""
        self._store = store
        self._audit = audit
        self._clock = clock
        self._permission_s = permission_s
        self._tasks = tasks
        self._requests = Requests(store, people, clock, permission_s)
        self._redemption = Redemption(store, people, audit, clock, max(permission_s, LEAST_GOOD_S))
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up the requests that wait: those whose time is over expire, those whose run has ended are cancelled.

        Raises:
            StorageUnavailable: one that is to be cancelled still waits.
        """
        unfinished = {run.id for run in self._store.unfinished()}
        for view in self._store.pending():
            if view.run not in unfinished:
                await whole(self._tasks, "cancel", self._requests.cancel(view, "its run has ended."))
        await whole(self._tasks, "expire", self._requests.expire_due())
        self._watch()

    async def close(self) -> None:
        """Let go: what waits, waits again after the next start."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)

    async def ask(
        self,
        run: RunView,
        session: SessionSummary,
        call: ToolCall,
        *,
        title: str,
        risk: Risk,
        container: tuple[str, str] | None,
    ) -> Decision:
        """Ask whether `run` may do `call`, and return when that is decided: by the workspace's policy at once, or by
        people, for whom this waits. The same call again is the same request, before and after a restart. `container`:
        id and name of the one it is about. Not to be called while the session is being changed.

        Raises:
            InvalidArguments: they are no JSON, or too large to be shown.
            GrantInvalid: the call was asked for with other arguments, or its container was replaced since.
            PermissionCancelled: the run is ending.
            TooManyPermissions, SessionFull, StorageUnavailable: it cannot be asked.
        """
        shown = ToolCallView(id=call.id, tool=call.tool, title=_line(title), arguments=call.arguments, risk=risk)
        new = self._new(run, session, shown, container)
        view, waiting = await whole(self._tasks, "ask", self._requests.ask(run, new, call))
        if waiting is None:
            return rulings.ruling(view)
        self._watch()
        try:
            return rulings.ruling(await waiting)
        finally:
            self._requests.forget(view.id, waiting)

    async def decide(
        self, permission_id: str, decision: Literal["allow", "deny"], reason: str | None, by: Principal
    ) -> PermissionView:
        """Decide a request that waits. The same answer of the same person again is no error.

        Raises:
            PermissionNotFound: there is no such request, or not for `by`.
            Forbidden: `by` is no operator who signed in, or only reads in the workspace.
            AlreadyDecided, PermissionExpired, PermissionCancelled: another answer counts; the message says which.
            StorageUnavailable: nothing was decided.
        """
        view = await self._admitted(permission_id, by)
        return await whole(self._tasks, "decide", self._requests.decide(view, _STATES[decision], reason, by))

    async def extend(self, permission_id: str, by: Principal) -> PermissionView:
        """Give a request its whole time from now on, but no more than 24 hours in all.

        Raises:
            PermissionNotFound, Forbidden, AlreadyDecided, PermissionExpired, PermissionCancelled, StorageUnavailable:
                as `decide`.
        """
        view = await self._admitted(permission_id, by)
        return await whole(self._tasks, "extend", self._requests.extend(view, by))

    async def cancel_run(self, run_id: str, reason: str) -> None:
        """Take back what `run_id` asks for. `reason` is the end of a sentence for people. Not to be called while its
        session is being changed.

        Raises:
            StorageUnavailable: some of it still waits.
        """
        for view in self._store.pending():
            if view.run == run_id:
                await whole(self._tasks, "cancel", self._requests.cancel(view, reason))

    async def withdraw(self, run_id: str, call_id: str) -> None:
        """Take back what `run_id` asks for one call, if it still waits. Not to be called while its session is being
        changed.

        Raises:
            StorageUnavailable: it still waits.
        """
        view = await self._store.permission_of(run_id, call_id)
        if view is not None:
            await whole(self._tasks, "withdraw", self._requests.cancel(view, "the agent does not want it any more."))

    async def redeem(
        self, permission_id: str, call: ToolCall, container_id: str | None, *, run: RunView, once: bool = False
    ) -> Principal:
        """Use up a permission just before `run` does `call` on the container that has `container_id` now, and return
        who answers for it, as they are now.

        The same call may come again, after a crash between this and its effect; that effect must then not happen twice.
        `once`: nothing would keep it from that, so that the call may not come again.

        Raises:
            GrantInvalid: it was not allowed, or too long ago; it is for something else; it was used; who asked or who
                allowed it may not any more. Nothing is to be done.
            StorageUnavailable: nothing is to be done now.
        """
        return await whole(
            self._tasks, "redeem", self._redemption.redeem(permission_id, call, container_id, run, once=once)
        )

    async def _admitted(self, permission_id: str, by: Principal) -> PermissionView:
        """Return the request if `by` may decide it."""
        view = await self._store.permission(permission_id)
        if not allows_in(by, view.workspace, MemberRole.VIEWER):
            raise permission_not_found()
        try:
            require(by, Permission.APPROVE)
            if not allows_in(by, view.workspace, MemberRole.MEMBER):
                raise Forbidden("You may read in this workspace, not decide. Ask one of its owners.")
        except Forbidden as error:
            error.audited = True
            await self._audit.refused(rulings.refused(view, by, error))
            raise
        return view

    def _new(
        self, run: RunView, session: SessionSummary, call: ToolCallView, container: tuple[str, str] | None
    ) -> PermissionView:
        if not (0 < len(call.id) <= MAX_NAME and 0 < len(call.tool) <= MAX_NAME):
            raise InvalidArguments(f"A call has an id and the name of a tool, of at most {MAX_NAME} characters each.")
        now_s = self._clock.now()
        container_id, container_name = container or (None, None)
        return PermissionView(
            id=new_id(now_s),
            session=session.id,
            workspace=session.workspace,
            run=run.id,
            call=call,
            sha256=grants.digest(call.tool, call.arguments),
            requested_by=run.requested_by,
            requested_at=rfc3339(now_s),
            expires_at=rfc3339(now_s + self._permission_s),
            container_id=container_id,
            container_name=container_name,
        )

    def _watch(self) -> None:
        """Have what waits looked through until nothing does."""
        if self._sweeper is None or self._sweeper.done():
            self._sweeper = self._tasks.spawn("expiry", self._sweep())

    async def _sweep(self) -> None:
        while (wait_s := self._requests.next_s()) is not None:
            # One that should have expired is there because the storage refused: it is tried again, but not at once.
            await self._clock.sleep(min(wait_s, LOOK_S) if wait_s > 0 else LOOK_S)
            await self._requests.expire_due()


def _line(text: str) -> str:
    """Return `text` as one line in which nothing is hidden: an agent wrote it, and what turns the direction of text
    makes a command read as another one."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MAX_TITLE]
