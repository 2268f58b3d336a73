"""The requests of agents for permission, and every way in which one changes: asked, decided, extended, ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from server.access import Principal
from server.clock import Clock, rfc3339
from server.errors import AppError
from server.eventlog.log import IdempotencyKey, NewEvent
from server.protocol.session_events import SessionPermissionData, SessionPermissionDecision
from server.protocol.sessions import TERMINAL, PermissionState, PermissionView, RunView
from server.sessions import grants, policies, rulings
from server.sessions.rulings import PermissionCancelled
from server.sessions.runner import GrantInvalid, ToolCall
from server.sessions.store import Store

log = logging.getLogger(__name__)

MOST_S = 24 * 3600.0
"""A request waits no longer than this, however often it is extended."""

_REQUEST = "session.permission_request"
_DECISION = "session.permission_decision"

Waiting = asyncio.Future[PermissionView]
"""Done when the request is settled."""


class Requests:
    """Each change happens under the lock of the session, and is in the log and in the audit trail before anybody is
    told. Nobody may hold that lock already who calls this, and none of it may be left halfway."""

    def __init__(
        self, store: Store, people: Callable[[str], Principal | None], clock: Clock, permission_s: float
    ) -> None:
        self._store = store
        self._people = people
        self._clock = clock
        self._permission_s = permission_s
        # Who waits, by permission; for no more of them than can be pending.
        self._waiting: dict[str, set[Waiting]] = {}

    async def ask(self, run: RunView, new: PermissionView, call: ToolCall) -> tuple[PermissionView, Waiting | None]:
        """Make `new` a request unless `call` of `run` is one already; return it, and what to wait for if it is not
        settled. What waits in vain is to be given to `forget`.

        Raises:
            GrantInvalid: the call was asked for with other arguments, or its container was replaced since.
            PermissionCancelled: the run is ending.
            TooManyPermissions, SessionFull, StorageUnavailable: it cannot be asked.
        """
        async with self._store.changing(new.session):
            if (await self._store.run(run.id)).state in {"stopping", *TERMINAL}:
                raise PermissionCancelled("The run is ending: nothing more is asked for it.")
            view = await self._store.permission_of(run.id, call.id)
            view = await (self._request(new) if view is None else self._same(view, new, call))
            if view.state != "pending":
                return view, None
            waiting: Waiting = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(view.id, set()).add(waiting)
            return view, waiting

    def forget(self, permission_id: str, waiting: Waiting) -> None:
        """Wait no longer. The request stays."""
        others = self._waiting.get(permission_id, set())
        others.discard(waiting)
        if not others:
            self._waiting.pop(permission_id, None)

    async def decide(
        self, view: PermissionView, state: PermissionState, reason: str | None, by: Principal
    ) -> PermissionView:
        """Return the request as `by` decided it, now or before.

        Raises:
            AlreadyDecided, PermissionExpired, PermissionCancelled: another answer counts.
            StorageUnavailable: nothing was decided.
        """
        async with self._store.changing(view.session):
            view = await self._in_time(await self._store.permission(view.id))
            if view.state == "pending":
                view = await self._settle(view, state, reason, by)
            if (view.state, view.decided_by) != (state, by.id):
                raise rulings.too_late(view)
            return view

    async def extend(self, view: PermissionView, by: Principal) -> PermissionView:
        """Return the request with its time counted from now, but no more than MOST_S in all.

        Raises:
            AlreadyDecided, PermissionExpired, PermissionCancelled: it waits no more.
            StorageUnavailable: it has the time that it had.
        """
        async with self._store.changing(view.session):
            view = await self._in_time(await self._store.permission(view.id))
            if view.state != "pending":
                raise rulings.too_late(view)
            until_s = min(self._clock.now() + self._permission_s, seconds(view.requested_at) + MOST_S)
            if until_s <= seconds(view.expires_at):
                return view
            view = replace(view, expires_at=rfc3339(until_s))
            await self._append(view, [(_REQUEST, view)], [rulings.told_extended(view, by)])
            return view

    async def cancel(self, view: PermissionView, reason: str) -> None:
        """Take the request back if it still waits.

        Raises:
            StorageUnavailable: it still waits.
        """
        async with self._store.changing(view.session):
            view = await self._store.permission(view.id)
            if view.state == "pending":
                await self._settle(view, "cancelled", reason, None)

    async def expire_due(self) -> None:
        """End what has waited too long. What the storage refuses waits on: its time is over all the same."""
        for due in self._store.pending():
            if self._is_over(due):
                try:
                    async with self._store.changing(due.session):
                        await self._in_time(await self._store.permission(due.id))
                except AppError as error:
                    extra = {"permission": due.id, "reason": error.message}
                    log.warning("the end of a permission request could not be stored", extra=extra)

    def next_s(self) -> float | None:
        """Seconds until the next request expires, 0 or less for one that should have; None when none waits."""
        soonest = min((seconds(view.expires_at) for view in self._store.pending()), default=None)
        return None if soonest is None else soonest - self._clock.now()

    async def _request(self, new: PermissionView) -> PermissionView:
        """Store `new`, and the policy's answer with it if it has one."""
        policy = self._store.policy(new.workspace)
        setter = None if policy.set_by is None else self._people(policy.set_by)
        call = new.call
        if not policies.allows_call(policy, call.tool, call.risk, workspace=new.workspace, setter=setter):
            await self._append(new, [(_REQUEST, new)], [rulings.told(new, None)])
            return new
        allowed = replace(
            new,
            state="allowed",
            # Reading is what the one who asked may do anyway: nobody else needs to answer for it.
            decided_by=policy.set_by if policies.answers(setter, new.workspace) else None,
            decided_at=new.requested_at,
            reason=f"The workspace's policy, {policy.mode}, allows it without asking.",
        )
        audit = [rulings.told(new, None), rulings.told(allowed, None)]
        await self._append(new, [(_REQUEST, new), (_DECISION, allowed)], audit, idem=_once(new))
        return allowed

    async def _same(self, known: PermissionView, new: PermissionView, call: ToolCall) -> PermissionView:
        """Return `known`, which `call` was asked for by before, if it is for the same thing."""
        known = await self._in_time(known)
        try:
            grants.check_same(known, call, new.container_id)
        except GrantInvalid:
            if known.state == "pending" and known.container_id != new.container_id:
                # Whatever people would say to it, it could not be done any more.
                await self._settle(known, "cancelled", "the container was replaced meanwhile.", None)
            raise
        return known

    async def _in_time(self, view: PermissionView) -> PermissionView:
        """Return `view`, expired if it has waited until now."""
        if view.state != "pending" or not self._is_over(view):
            return view
        return await self._settle(view, "expired", "Nobody decided in time.", None)

    def _is_over(self, view: PermissionView) -> bool:
        return self._clock.now() >= seconds(view.expires_at)

    async def _settle(
        self, view: PermissionView, state: PermissionState, reason: str | None, by: Principal | None
    ) -> PermissionView:
        """Return how the request is settled from now on: by this, unless the log knows of an answer that was first."""
        settled = replace(
            view,
            state=state,
            decided_by=None if by is None else by.id,
            decided_at=rfc3339(self._clock.now()),
            reason=reason,
        )
        settled = await self._append(view, [(_DECISION, settled)], [rulings.told(settled, by)], idem=_once(view))
        for waiting in self._waiting.pop(view.id, ()):
            if not waiting.done():
                waiting.set_result(settled)
        return settled

    async def _append(
        self,
        view: PermissionView,
        events: list[tuple[str, PermissionView]],
        audit: list[NewEvent],
        *,
        idem: IdempotencyKey | None = None,
    ) -> PermissionView:
        """Store the events and return the request as the decision among them has it, the first one of this request."""
        data = [(name, SessionPermissionData(session=each.session, permission=each)) for name, each in events]
        appended = await self._store.append(view.session, data, idem=idem, also=audit)
        return view if idem is None else appended.first(SessionPermissionDecision).data.permission


def seconds(text: str) -> float:
    """Return an RFC 3339 time as seconds since the Unix epoch."""
    return datetime.fromisoformat(text).timestamp()


def _once(view: PermissionView) -> IdempotencyKey:
    # No principal's id begins with a colon: an account that is called so must not take this key.
    return IdempotencyKey(":permission", view.id, b"")
