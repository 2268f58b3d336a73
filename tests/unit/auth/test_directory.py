"""What is kept of people: on the disk before it shows, and all of it after a restart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from server.access import MemberRole, Role, Scope
from server.auth.directory import Directory
from server.auth.records import ApiToken, Login, User, Workspace
from server.errors import StorageUnavailable
from server.storage.database import Database
from tests.fakes.database import HandledDatabase

Change = Callable[[], Awaitable[None]]

ANN = User(
    name="ann",
    role=Role.OPERATOR,
    labels=("a", "b=1"),
    password="hash",
    totp=b"\x00sealed",
    totp_step=7,
    recovery=("x", "y"),
    subject="https://id.example.net#7",
    created_at=1.5,
    last_seen_at=2.5,
)
LOGIN = Login(
    id="L", user="ann", generation=3, created_at=1, refreshed_at=2, expires_at=3, address="::1", agent="Firefox"
)
TOKEN = ApiToken(
    id="T",
    name="ci",
    user="ann",
    role=Role.VIEWER,
    scopes=frozenset({Scope.READ, Scope.ADMIN}),
    hash=b"h",
    created_at=1,
    expires_at=9,
)
WORKSPACE = Workspace(id="W", name="w", created_at=1, members={"ann": MemberRole.OWNER})


async def fill(directory: Directory) -> None:
    await directory.put_user(ANN)
    await directory.put_login(LOGIN)
    await directory.put_token(TOKEN)
    await directory.put_workspace(WORKSPACE)


async def test_everything_is_there_after_a_restart(directory: Directory, database: Database) -> None:
    await fill(directory)
    await directory.put_user(User(name="bob", role=Role.VIEWER, created_at=1))
    await directory.put_token(msgspec.structs.replace(TOKEN, id="U", user=None, scopes=None, hash=b"i"))
    again = await Directory.open(database)
    assert again.users == directory.users
    assert again.users["ann"] == ANN
    assert again.logins == directory.logins == {"L": LOGIN}
    assert again.tokens == directory.tokens
    assert again.workspaces == directory.workspaces == {"W": WORKSPACE}
    assert again.logins_of("ann") == [LOGIN]
    assert again.memberships("ann") == (("W", MemberRole.OWNER),)


async def test_sign_ins_of_one_person_are_oldest_first(directory: Directory) -> None:
    await directory.put_user(ANN)
    for one, created_at in (("C", 2), ("A", 3), ("B", 1)):
        await directory.put_login(msgspec.structs.replace(LOGIN, id=one, created_at=created_at))
    assert [login.id for login in directory.logins_of("ann")] == ["B", "C", "A"]
    await directory.drop_logins(["C", "unknown"])
    assert [login.id for login in directory.logins_of("ann")] == ["B", "A"]
    assert directory.logins_of("ghost") == []


async def test_what_the_disk_refuses_does_not_show(tmp_path: Path) -> None:
    database = await HandledDatabase.open(tmp_path / "handled.db")
    assert isinstance(database, HandledDatabase)
    directory = await Directory.open(database)
    await fill(directory)
    told: list[None] = []
    directory.on_change(lambda: told.append(None))
    changes: list[Change] = [
        lambda: directory.put_user(msgspec.structs.replace(ANN, disabled=True), ended=["L"]),
        lambda: directory.put_login(msgspec.structs.replace(LOGIN, id="M"), user=ANN, ended=["L"]),
        lambda: directory.drop_logins(["L"]),
        lambda: directory.drop_token("T"),
        lambda: directory.put_workspace(msgspec.structs.replace(WORKSPACE, members={})),
    ]
    for change in changes:
        database.failures.append(StorageUnavailable("The disk is full."))
        with pytest.raises(StorageUnavailable):
            await change()
    await database.close()
    assert dict(directory.users) == {"ann": ANN}
    assert dict(directory.logins) == {"L": LOGIN}
    assert (dict(directory.tokens), dict(directory.workspaces)) == ({"T": TOKEN}, {"W": WORKSPACE})
    assert not told


async def test_listeners_hear_of_what_may_take_something_away_and_of_nothing_else(directory: Directory) -> None:
    await fill(directory)
    told: list[str] = []
    directory.on_change(lambda: told.append("told"))
    await directory.put_user(msgspec.structs.replace(ANN, last_seen_at=9.0, totp=None))
    await directory.put_login(msgspec.structs.replace(LOGIN, id="M"), user=ANN)
    await directory.put_token(msgspec.structs.replace(TOKEN, last_used_at=9.0))
    assert told == []
    changes: list[Change] = [
        lambda: directory.put_user(msgspec.structs.replace(ANN, labels=())),
        lambda: directory.put_user(msgspec.structs.replace(ANN, labels=(), role=Role.VIEWER)),
        lambda: directory.put_user(msgspec.structs.replace(ANN, disabled=True)),
        lambda: directory.put_login(LOGIN, ended=["M"]),
        lambda: directory.drop_logins(["L"]),
        lambda: directory.drop_token("T"),
        lambda: directory.put_workspace(msgspec.structs.replace(WORKSPACE, members={})),
    ]
    for number, change in enumerate(changes, start=1):
        await change()
        assert len(told) == number


async def test_one_ended_sign_in_and_a_new_one_are_one_transaction(directory: Directory, database: Database) -> None:
    await directory.put_user(ANN)
    await directory.put_login(LOGIN)
    await directory.put_login(
        msgspec.structs.replace(LOGIN, id="M"), user=msgspec.structs.replace(ANN, last_seen_at=8.0), ended=["L"]
    )
    again = await Directory.open(database)
    assert list(again.logins) == list(directory.logins) == ["M"]
    assert again.users["ann"].last_seen_at == 8.0
