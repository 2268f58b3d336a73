"""The check at execution: whether a permission that was given is still good for what is about to be done."""

from __future__ import annotations

from collections.abc import Callable

from server.access import MemberRole, Permission, Principal, allows, allows_in
from server.clock import Clock
from server.eventlog.audit import Audit
from server.protocol.sessions import TERMINAL, PermissionView, RunView
from server.sessions import grants, rulings
from server.sessions.errors import PermissionNotFound
from server.sessions.requests import seconds
from server.sessions.runner import GrantInvalid, ToolCall
from server.sessions.store import Store


class Redemption:
    """Uses permissions up. Whoever asked and whoever allowed are judged by what they may do now."""

    def __init__(
        self,
        store: Store,
        people: Callable[[str], Principal | None],
        audit: Audit,
        clock: Clock,
        good_s: float,
    ) -> None:
        """`good_s`: what was allowed has to be begun within this time."""
        self._store = store
        self._people = people
        self._audit = audit
        self._clock = clock
        self._good_s = good_s

    async def redeem(
        self, permission_id: str, call: ToolCall, container_id: str | None, run: RunView, *, once: bool
    ) -> Principal:
        """Use the permission up and return who answers for it. Both are in the audit trail when this returns; so is a
        refusal, soon after.

        Raises:
            GrantInvalid: nothing is to be done, and the message says why.
            StorageUnavailable: nothing is to be done now.
        """
        try:
            view = await self._store.permission(permission_id)
        except PermissionNotFound as error:
            raise GrantInvalid("There is no such permission. Ask for the call.") from error
        try:
            await self._check_under_way(run)
            begun = not once and await self._store.grant_used_for(view.id) == call.id
            self._check(view, call, container_id, run, begun=begun)
            again = not await self._store.use_grant(view.id, call.id)
            if again and (once or await self._store.grant_used_for(view.id) != call.id):
                raise GrantInvalid("The permission was used already, and is good once. Ask again.")
            await self._audit.record(rulings.used(view, again=again))
            # Anew: the writes took their time, and somebody may have lost their role in it.
            return self._answering(view)
        except GrantInvalid as error:
            error.audited = True
            await self._audit.refused(rulings.used(view, error=error))
            raise

    async def _check_under_way(self, run: RunView) -> None:
        if (await self._store.run(run.id)).state in {"stopping", *TERMINAL}:
            raise GrantInvalid("The run is ending: nothing more is done in it.")

    def _check(
        self, view: PermissionView, call: ToolCall, container_id: str | None, run: RunView, *, begun: bool
    ) -> None:
        grants.check_run(view, run)
        grants.check_allowed(view)
        grants.check_same(view, call, container_id)
        try:
            self._check_still(view)
        except GrantInvalid as error:
            if not begun:
                raise
            # Not that nothing was done: whoever believed that would have it done twice.
            raise GrantInvalid("It was begun before a restart, and is not begun again: see what came of it.") from error

    def _check_still(self, view: PermissionView) -> None:
        if self._clock.now() >= seconds(view.decided_at or view.requested_at) + self._good_s:
            # After a long time without the server nobody expects any more what they once allowed.
            raise GrantInvalid("It was allowed too long ago: nothing was done. Ask again.")
        self._answering(view)

    def _answering(self, view: PermissionView) -> Principal:
        requester = self._people(view.requested_by)
        if requester is None or not allows_in(requester, view.workspace, MemberRole.MEMBER):
            raise GrantInvalid(f"{view.requested_by}, who wrote to the agent, may not any more: nothing was done.")
        if view.decided_by is None:
            if view.call.risk != "read":
                raise GrantInvalid("Nobody answers for it: nothing was done. Ask again.")
            return requester
        approver = self._people(view.decided_by)
        if (
            approver is None
            or not allows(approver, Permission.APPROVE)
            or not allows_in(approver, view.workspace, MemberRole.MEMBER)
        ):
            raise GrantInvalid(f"{view.decided_by}, who allowed it, may not any more: nothing was done. Ask again.")
        return approver
