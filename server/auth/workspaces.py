"""Workspaces: who works together, and who of them may what. Administrators see and manage all of them."""

from __future__ import annotations

import dataclasses

import msgspec

from server.access import MemberRole, Permission, Principal, Role, allows_in, require
from server.auth.bounds import TooMany
from server.auth.directory import Directory
from server.auth.people import UserNotFound
from server.auth.records import Workspace
from server.auth.titles import checked_title
from server.clock import Clock, rfc3339
from server.errors import AppError, Forbidden, NotFound
from server.eventlog.audit import Audit, told_of
from server.ids import new_id
from server.protocol.events import AuditAction
from server.protocol.identity import MemberView, WorkspaceList, WorkspaceView

MOST = 1000


class WorkspaceNotFound(NotFound):
    """There is no such workspace, or the one who asks is a stranger to it: they must not learn which."""

    code = "workspace_not_found"


class LastOwner(AppError):
    """Without this owner nobody in the workspace could say who else belongs to it."""

    code = "last_owner"
    status = 409


class Workspaces:
    """Makes workspaces and changes who belongs to them."""

    def __init__(self, directory: Directory, audit: Audit, clock: Clock) -> None:
        self._directory = directory
        self._audit = audit
        self._clock = clock

    def list(self, by: Principal) -> WorkspaceList:
        """The workspaces of the one who asks, all of them for an administrator; oldest first."""
        require(by, Permission.VIEW)
        known = sorted(self._directory.workspaces.values(), key=lambda workspace: workspace.created_at)
        return WorkspaceList([_view(one, by) for one in known if allows_in(_now(by, one), one.id, MemberRole.VIEWER)])

    async def add(self, by: Principal, name: str) -> WorkspaceView:
        """Return a new workspace, whose owner is the one who asks.

        Raises:
            Forbidden: `by` may only look, or is nobody who could own it and no administrator either.
            InvalidTitle, TooMany: as they say.
        """
        require(by, Permission.OPERATE)
        if by.user is None and by.role is not Role.ADMIN:
            raise Forbidden("A workspace needs an owner: make it as a person, not with a token of nobody.")
        now_s = self._clock.now()
        members = {} if by.user is None else {by.user: MemberRole.OWNER}
        workspace = Workspace(id=new_id(now_s).lower(), name=checked_title(name), created_at=now_s, members=members)
        async with self._directory.changing:
            if len(self._directory.workspaces) >= MOST:
                raise TooMany(f"There are {MOST} workspaces, and no more fit.")
            await self._record(by, "workspace_added", workspace, target=workspace.name)
            await self._directory.put_workspace(workspace)
        return _view(workspace, by)

    async def set_member(self, by: Principal, id: str, user: str, role: MemberRole) -> WorkspaceView:
        """Return the workspace, in which `user` now has `role`, whether they were a member before or not.

        Raises:
            WorkspaceNotFound: there is none, or `by` is a stranger to it.
            Forbidden: `by` is neither an owner nor an administrator.
            UserNotFound: there is no such account.
            LastOwner: `user` is the last owner and would not be one any more.
        """
        async with self._directory.changing:
            workspace = self._managed(by, id)
            if user not in self._directory.users:
                raise UserNotFound("There is no account of this name. Add it first.")
            if workspace.members.get(user) is role:
                return _view(workspace, by)
            if role is not MemberRole.OWNER:
                _keep_an_owner(workspace, user)
            await self._record(by, "member_changed", workspace, target=user, role=role)
            changed = msgspec.structs.replace(workspace, members={**workspace.members, user: role})
            await self._directory.put_workspace(changed)
        return _view(changed, by)

    async def remove_member(self, by: Principal, id: str, user: str) -> None:
        """Take `user` out of the workspace.

        Raises:
            WorkspaceNotFound, Forbidden: as `set_member`.
            UserNotFound: `user` is no member.
            LastOwner: `user` is the last owner.
        """
        async with self._directory.changing:
            workspace = self._managed(by, id)
            if user not in workspace.members:
                raise UserNotFound("Nobody of this name belongs to the workspace.")
            _keep_an_owner(workspace, user)
            await self._record(by, "member_removed", workspace, target=user)
            left = {name: role for name, role in workspace.members.items() if name != user}
            await self._directory.put_workspace(msgspec.structs.replace(workspace, members=left))

    def _managed(self, by: Principal, id: str) -> Workspace:
        """The workspace `id`, if `by` may say who belongs to it."""
        workspace = self._directory.workspaces.get(id)
        if workspace is None or not _is_known_to(by, workspace):
            raise WorkspaceNotFound("There is no such workspace, or you do not belong to it.")
        if not allows_in(_now(by, workspace), id, MemberRole.OWNER):
            raise Forbidden("Only an owner of the workspace, or an administrator, says who belongs to it. Ask one.")
        return workspace

    async def _record(
        self, by: Principal, action: AuditAction, workspace: Workspace, *, target: str, role: MemberRole | None = None
    ) -> None:
        detail = {"id": workspace.id}
        if action != "workspace_added":
            detail["workspace"] = workspace.name
        if role is not None:
            detail["role"] = role.word
        await self._audit.record(told_of(by, action, target=target, detail=detail))


def _now(by: Principal, workspace: Workspace) -> Principal:
    """`by` with the membership of this moment: another change may have been written since they were identified."""
    role = None if by.user is None else workspace.members.get(by.user)
    return dataclasses.replace(by, workspaces=() if role is None else ((workspace.id, role),))


def _is_known_to(by: Principal, workspace: Workspace) -> bool:
    # A member whose token may not read does know of the workspace: they get Forbidden, and not a riddle.
    return by.role is Role.ADMIN or (by.user is not None and by.user in workspace.members)


def _keep_an_owner(workspace: Workspace, user: str) -> None:
    owners = [name for name, role in workspace.members.items() if role is MemberRole.OWNER]
    if owners == [user]:
        raise LastOwner("They are the last owner. Make somebody else an owner first.")


def _view(workspace: Workspace, by: Principal) -> WorkspaceView:
    role = None if by.user is None else workspace.members.get(by.user)
    return WorkspaceView(
        id=workspace.id,
        name=workspace.name,
        created_at=rfc3339(workspace.created_at),
        role=None if role is None else role.word,
        members=[MemberView(user, member.word) for user, member in sorted(workspace.members.items())],
    )
