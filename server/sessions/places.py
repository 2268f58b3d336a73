"""In which workspace somebody may do something."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Protocol

from server.access import MemberRole, Permission, Principal, Role, allows, allows_in, require
from server.auth.directory import Directory
from server.auth.workspaces import WorkspaceNotFound
from server.errors import Forbidden
from server.protocol.identity import WorkspaceView
from server.sessions.errors import WorkspaceNeeded

FIRST_NAME = "Operations"
"""Of the workspace that is made for who has none."""


class Maker(Protocol):
    """What makes workspaces: `server.auth.workspaces.Workspaces`."""

    async def add(self, by: Principal, name: str) -> WorkspaceView: ...


class Places:
    def __init__(self, workspaces: Maker, directory: Directory) -> None:
        self._workspaces = workspaces
        self._directory = directory
        self._making = asyncio.Lock()

    def check(self, by: Principal, id: str, least: MemberRole) -> None:
        """Do nothing if `by` may do in the workspace `id` what `least` may.

        Raises:
            WorkspaceNotFound: there is none, or `by` is a stranger to it.
            Forbidden: `by` belongs to it, as less than that.
        """
        require(by, Permission.VIEW)
        if id not in self._directory.workspaces or not allows_in(by, id, MemberRole.VIEWER):
            raise WorkspaceNotFound("There is no such workspace, or you do not belong to it.")
        check_role(by, id, least)

    def now(self, by: Principal) -> Principal:
        """`by` with their workspaces of now: one that was made a moment ago is in no principal yet."""
        return by if by.user is None else dataclasses.replace(by, workspaces=self._directory.memberships(by.user))

    async def first_for(self, by: Principal) -> str:
        """Return the oldest workspace that `by` takes part in, for an administrator without one the oldest of all, or a
        new one whose owner they are.

        Raises:
            WorkspaceNeeded: `by` takes part in none and may not make one.
            StorageUnavailable, TooMany: it cannot be made.
        """
        async with self._making:
            found = self._first(by)
            if found is not None:
                return found
            if not allows(by, Permission.OPERATE) or (by.user is None and by.role is not Role.ADMIN):
                raise WorkspaceNeeded("You take part in no workspace. Ask an administrator to add you to one.")
            return (await self._workspaces.add(by, FIRST_NAME)).id

    def _first(self, by: Principal) -> str | None:
        now = self.now(by)
        oldest = sorted(self._directory.workspaces.values(), key=lambda one: (one.created_at, one.id))
        may = [one.id for one in oldest if allows_in(now, one.id, MemberRole.MEMBER)]
        # An administrator may everywhere, but works where they belong.
        return min(may, key=lambda place: (now.member_role(place) or 0) < MemberRole.MEMBER, default=None)


def check_role(by: Principal, workspace: str, least: MemberRole) -> None:
    """Do nothing if `by`, who reads in `workspace`, may do there what `least` may.

    Raises:
        Forbidden: the message says who can change that.
    """
    if not allows_in(by, workspace, least):
        raise Forbidden(_REFUSALS[least])


_REFUSALS = {
    MemberRole.VIEWER: "You may not read here. Ask an owner of the workspace.",
    MemberRole.MEMBER: "You may read here, not take part. Ask an owner of the workspace.",
    MemberRole.OWNER: "Only an owner of the workspace, or an administrator, may do that. Ask one.",
}
