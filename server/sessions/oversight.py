"""What people decide about agents: the policy of a workspace, and each permission that is asked for."""

from __future__ import annotations

from typing import Literal

from server.access import MemberRole, Permission, Principal, allows_in, require
from server.eventlog.audit import audit_event, told_of
from server.protocol.sessions import PermissionList, PermissionState, PermissionView, PolicyBody, PolicyView
from server.sessions import policies
from server.sessions.desk import Desk
from server.sessions.errors import permission_not_found
from server.sessions.whole import whole


class Oversight(Desk):
    def policy(self, by: Principal, workspace: str) -> PolicyView:
        """What an agent of the workspace may do without asking.

        Raises:
            WorkspaceNotFound, Forbidden: `by` may not read there.
        """
        self._places.check(by, workspace, MemberRole.VIEWER)
        return self._store.policy(workspace)

    async def set_policy(self, by: Principal, workspace: str, body: PolicyBody) -> PolicyView:
        """Make `body` the policy of the workspace, from the next tool call on. `by` answers for what it allows.

        Raises:
            WorkspaceNotFound, Forbidden: `by` is no owner, or no operator who signed in.
            PolicyInvalid: it cannot be a policy.
            StorageUnavailable: the old one stays.
        """
        self._places.check(by, workspace, MemberRole.OWNER)
        # Else an agent that holds a token could allow itself everything.
        require(by, Permission.APPROVE)
        checked = policies.checked(body, self._risk_of)
        view = PolicyView(mode=checked.mode, tools=checked.tools, set_by=by.id, set_at=self._now())
        detail = {"mode": view.mode, "tools": " ".join(view.tools)}
        audit = audit_event(told_of(by, "policy_changed", target=workspace, detail=detail))
        await self._store.set_policy(workspace, view, also=[audit])
        return view

    async def pending(self, by: Principal, *, state: PermissionState = "pending") -> PermissionList:
        """The permissions in `state` that `by` may read of, oldest first: of those that are decided, among the newest
        500.

        Raises:
            Forbidden: `by` may not look.
            StorageUnavailable: they cannot be read.
        """
        require(by, Permission.VIEW)
        as_of_seq = self._as_of()
        found = self._store.pending() if state == "pending" else await self._store.permissions_in(state)
        readable = [view for view in found if allows_in(by, view.workspace, MemberRole.VIEWER)]
        return PermissionList(as_of_seq=as_of_seq, permissions=readable)

    async def permission(self, by: Principal, id: str) -> PermissionView:
        """A permission that is or was asked for.

        Raises:
            PermissionNotFound, Forbidden: `by` may not read of it.
            StorageUnavailable: it cannot be read.
        """
        require(by, Permission.VIEW)
        view = await self._store.permission(id)
        if not allows_in(by, view.workspace, MemberRole.VIEWER):
            raise permission_not_found()
        return view

    async def decide(
        self, by: Principal, id: str, decision: Literal["allow", "deny"], reason: str | None
    ) -> PermissionView:
        """Decide a permission that waits, as `Broker.decide` says."""
        return await whole(self._tasks, "decide", self._broker.decide(id, decision, reason, by))

    async def extend(self, by: Principal, id: str) -> PermissionView:
        """Give a permission that waits its time anew, as `Broker.extend` says."""
        return await whole(self._tasks, "extend", self._broker.extend(id, by))
