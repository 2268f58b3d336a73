"""Who belongs to a workspace, and who says so."""

from __future__ import annotations

import asyncio

import pytest

from server.access import CONSOLE, MemberRole, Principal, Role, Scope
from server.auth.bounds import TooMany
from server.auth.directory import Directory
from server.auth.people import UserNotFound
from server.auth.records import Workspace
from server.auth.titles import InvalidTitle
from server.auth.workspaces import MOST, LastOwner, WorkspaceNotFound, Workspaces
from server.errors import Forbidden, StorageUnavailable
from server.eventlog.audit import Audit
from server.protocol.identity import MemberView
from server.storage.database import Database
from tests.fakes.clock import FakeClock
from tests.fakes.log import HandledLog
from tests.unit.auth.conftest import AddUser, Trail


@pytest.fixture
async def workspaces(directory: Directory, audit: Audit, clock: FakeClock, add_user: AddUser) -> Workspaces:
    for name in ("ann", "bob", "eve"):
        await add_user(name, Role.OPERATOR)
    return Workspaces(directory, audit, clock)


def person(name: str = "ann", role: Role = Role.OPERATOR, scopes: frozenset[Scope] | None = None) -> Principal:
    return Principal(id=name, role=role, user=name, scopes=scopes, address="10.0.0.7")


async def test_who_makes_a_workspace_owns_it(workspaces: Workspaces, database: Database) -> None:
    made = await workspaces.add(person(), "Shop")
    assert made.role == "owner"
    assert made.members == [MemberView("ann", "owner")]
    assert (await Directory.open(database)).workspaces[made.id].members == {"ann": MemberRole.OWNER}


async def test_the_id_of_a_workspace_fits_a_channel(workspaces: Workspaces) -> None:
    made = await workspaces.add(person(), "Shop")
    assert made.id == made.id.lower()
    assert len(made.id) == 26


async def test_who_may_only_look_makes_none(workspaces: Workspaces) -> None:
    with pytest.raises(Forbidden):
        await workspaces.add(person(role=Role.VIEWER), "Shop")
    with pytest.raises(Forbidden):
        await workspaces.add(person(scopes=frozenset({Scope.READ})), "Shop")


async def test_a_token_of_nobody_makes_none_that_nobody_owns(workspaces: Workspaces) -> None:
    with pytest.raises(Forbidden):
        await workspaces.add(Principal(id="token:ci", role=Role.OPERATOR, scopes=frozenset(Scope)), "Shop")
    assert (await workspaces.add(CONSOLE, "Shop")).role is None


async def test_a_name_is_what_people_can_read(workspaces: Workspaces) -> None:
    with pytest.raises(InvalidTitle):
        await workspaces.add(person(), "Sh\u202eop")


async def test_members_see_their_own_and_administrators_all(workspaces: Workspaces) -> None:
    await workspaces.add(person("ann"), "first")
    await workspaces.add(person("bob"), "second")
    assert [one.name for one in workspaces.list(person("ann")).workspaces] == ["first"]
    assert workspaces.list(person("eve")).workspaces == []
    assert [(one.name, one.role) for one in workspaces.list(person("root", Role.ADMIN)).workspaces] == [
        ("first", None),
        ("second", None),
    ]


async def test_a_token_that_may_not_read_lists_none(workspaces: Workspaces) -> None:
    with pytest.raises(Forbidden):
        workspaces.list(person(scopes=frozenset({Scope.OPERATE})))


async def test_an_owner_says_who_belongs_to_it(workspaces: Workspaces) -> None:
    made = await workspaces.add(person(), "Shop")
    changed = await workspaces.set_member(person(), made.id, "bob", MemberRole.VIEWER)
    assert changed.members == [MemberView("ann", "owner"), MemberView("bob", "viewer")]
    assert workspaces.list(person("bob")).workspaces[0].role == "viewer"
    await workspaces.remove_member(person(), made.id, "bob")
    assert workspaces.list(person("bob")).workspaces == []


async def test_a_change_is_told_to_live_connections(workspaces: Workspaces, directory: Directory) -> None:
    made = await workspaces.add(person(), "Shop")
    told: list[None] = []
    directory.on_change(lambda: told.append(None))
    await workspaces.set_member(person(), made.id, "bob", MemberRole.MEMBER)
    await workspaces.remove_member(person(), made.id, "bob")
    assert len(told) == 2


async def test_administrators_may_too_and_members_may_not(workspaces: Workspaces) -> None:
    made = await workspaces.add(person(), "Shop")
    await workspaces.set_member(CONSOLE, made.id, "bob", MemberRole.MEMBER)
    for change in (
        workspaces.set_member(person("bob"), made.id, "bob", MemberRole.OWNER),
        workspaces.set_member(person("bob"), made.id, "eve", MemberRole.VIEWER),
        workspaces.remove_member(person("bob"), made.id, "ann"),
    ):
        with pytest.raises(Forbidden):
            await change


async def test_an_owners_token_that_may_only_read_changes_nothing(workspaces: Workspaces) -> None:
    made = await workspaces.add(person(), "Shop")
    with pytest.raises(Forbidden):
        await workspaces.set_member(person(scopes=frozenset({Scope.READ})), made.id, "bob", MemberRole.VIEWER)


async def test_strangers_cannot_tell_a_workspace_from_none(workspaces: Workspaces) -> None:
    made = await workspaces.add(person(), "Shop")
    messages = set()
    for workspace in (made.id, "0" * 26):
        with pytest.raises(WorkspaceNotFound) as caught:
            await workspaces.set_member(person("eve"), workspace, "eve", MemberRole.OWNER)
        messages.add(caught.value.message)
        with pytest.raises(WorkspaceNotFound):
            await workspaces.remove_member(person("eve"), workspace, "ann")
    assert len(messages) == 1


async def test_what_an_owner_was_a_moment_ago_does_not_count(workspaces: Workspaces) -> None:
    made = await workspaces.add(person(), "Shop")
    before = Principal(
        id="bob", role=Role.OPERATOR, user="bob", workspaces=((made.id, MemberRole.OWNER),), address="10.0.0.7"
    )
    with pytest.raises(WorkspaceNotFound):
        await workspaces.set_member(before, made.id, "eve", MemberRole.VIEWER)


async def test_only_accounts_become_members(workspaces: Workspaces) -> None:
    made = await workspaces.add(person(), "Shop")
    with pytest.raises(UserNotFound):
        await workspaces.set_member(person(), made.id, "nobody", MemberRole.VIEWER)
    with pytest.raises(UserNotFound):
        await workspaces.remove_member(person(), made.id, "bob")


async def test_the_last_owner_stays(workspaces: Workspaces) -> None:
    made = await workspaces.add(person(), "Shop")
    with pytest.raises(LastOwner):
        await workspaces.remove_member(person(), made.id, "ann")
    with pytest.raises(LastOwner):
        await workspaces.set_member(CONSOLE, made.id, "ann", MemberRole.MEMBER)
    await workspaces.set_member(person(), made.id, "bob", MemberRole.OWNER)
    await workspaces.remove_member(person(), made.id, "ann")
    with pytest.raises(LastOwner):
        await workspaces.remove_member(person("bob"), made.id, "bob")


async def test_two_owners_who_remove_each_other_leave_one(workspaces: Workspaces) -> None:
    made = await workspaces.add(person(), "Shop")
    await workspaces.set_member(person(), made.id, "bob", MemberRole.OWNER)
    results = await asyncio.gather(
        workspaces.remove_member(person("ann"), made.id, "bob"),
        workspaces.remove_member(person("bob"), made.id, "ann"),
        return_exceptions=True,
    )
    assert [type(one) for one in results] == [type(None), WorkspaceNotFound]


async def test_there_is_an_end_to_workspaces(workspaces: Workspaces, directory: Directory) -> None:
    for number in range(MOST):
        await directory.put_workspace(Workspace(id=str(number), name="one of many", created_at=0.0))
    with pytest.raises(TooMany):
        await workspaces.add(person(), "one more")


async def test_every_change_leaves_a_trace(workspaces: Workspaces, trail: Trail) -> None:
    made = await workspaces.add(person(), "Shop")
    await workspaces.set_member(person(), made.id, "bob", MemberRole.MEMBER)
    await workspaces.set_member(person(), made.id, "bob", MemberRole.MEMBER)
    await workspaces.remove_member(person(), made.id, "bob")
    found = [(one.actor, one.action, one.target, one.detail, one.address) for one in await trail()]
    inside = {"id": made.id, "workspace": "Shop"}
    assert found == [
        ("ann", "workspace_added", "Shop", {"id": made.id}, "10.0.0.7"),
        ("ann", "member_changed", "bob", {**inside, "role": "member"}, "10.0.0.7"),
        ("ann", "member_removed", "bob", inside, "10.0.0.7"),
    ]


async def test_without_a_trace_nothing_changes(workspaces: Workspaces, log: HandledLog) -> None:
    made = await workspaces.add(person(), "Shop")
    log.full = True
    with pytest.raises(StorageUnavailable):
        await workspaces.set_member(person(), made.id, "bob", MemberRole.OWNER)
    assert workspaces.list(person()).workspaces[0].members == [MemberView("ann", "owner")]
