"""All accounts, sign-ins, tokens and workspaces: in memory for the questions of every request, in SQLite for good.

There are at most some thousand of each, and every request asks who somebody is *now*. Each change is on the disk before
it shows in memory, and then whoever listens is told, so that live connections can be looked at again.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from server.access import MemberRole, Role, Scope
from server.auth.records import ApiToken, Login, User, Workspace
from server.storage.database import Database

Memberships = tuple[tuple[str, MemberRole], ...]
"""Workspace and role there."""


class Directory:
    """Whoever changes something decides and writes while holding `changing`: two changes at once would otherwise both
    rest on what was there before."""

    def __init__(self, database: Database) -> None:
        """Use `open` instead."""
        self._database = database
        self._users: dict[str, User] = {}
        self._logins: dict[str, Login] = {}
        self._tokens: dict[str, ApiToken] = {}
        self._workspaces: dict[str, Workspace] = {}
        self._logins_by_user: dict[str, dict[str, Login]] = {}
        self._memberships: dict[str, Memberships] = {}
        self._listeners: list[Callable[[], None]] = []
        self.changing = asyncio.Lock()
        self.users: Mapping[str, User] = MappingProxyType(self._users)
        self.logins: Mapping[str, Login] = MappingProxyType(self._logins)
        self.tokens: Mapping[str, ApiToken] = MappingProxyType(self._tokens)
        self.workspaces: Mapping[str, Workspace] = MappingProxyType(self._workspaces)

    @classmethod
    async def open(cls, database: Database) -> Directory:
        """Return the directory of `database`.

        Raises:
            StorageUnavailable: it cannot be read.
        """
        directory = cls(database)
        users, logins, tokens, workspaces = await database.read(_load)
        directory._users.update((user.name, user) for user in users)
        for login in logins:
            directory._keep_login(login)
        directory._tokens.update((token.id, token) for token in tokens)
        directory._workspaces.update((workspace.id, workspace) for workspace in workspaces)
        return directory

    def on_change(self, call: Callable[[], None]) -> None:
        """Have `call` called after every change that may take something from somebody who is connected."""
        self._listeners.append(call)

    def logins_of(self, user: str) -> list[Login]:
        """The sign-ins of `user`, oldest first."""
        return sorted(self._logins_by_user.get(user, {}).values(), key=lambda login: (login.created_at, login.id))

    def memberships(self, user: str) -> Memberships:
        """The workspaces of `user` with their role there: the same object until a workspace changes."""
        known = self._memberships.get(user)
        if known is None:
            found = [(one.id, one.members[user]) for one in self._workspaces.values() if user in one.members]
            known = self._memberships[user] = tuple(sorted(found))
        return known

    async def put_user(self, user: User, *, ended: Sequence[str] = ()) -> None:
        """Keep `user`, and end the sign-ins `ended` at the same time."""

        def work(connection: sqlite3.Connection) -> None:
            _replace(connection, "users", _user_row(user))
            _delete_logins(connection, ended)

        await self._database.write(work)
        before = self._users.get(user.name)
        self._users[user.name] = user
        self._forget_logins(ended)
        if ended or (before is not None and _may(before) != _may(user)):
            self._tell()

    async def put_login(self, login: Login, *, user: User | None = None, ended: Sequence[str] = ()) -> None:
        """Keep `login`, with it `user`, and end the sign-ins `ended` at the same time."""

        def work(connection: sqlite3.Connection) -> None:
            if user is not None:
                _replace(connection, "users", _user_row(user))
            _replace(connection, "logins", _login_row(login))
            _delete_logins(connection, ended)

        await self._database.write(work)
        if user is not None:
            self._users[user.name] = user
        self._keep_login(login)
        self._forget_logins(ended)
        if ended:
            self._tell()

    async def drop_logins(self, ids: Sequence[str]) -> None:
        """End these sign-ins."""
        await self._database.write(lambda connection: _delete_logins(connection, ids))
        self._forget_logins(ids)
        self._tell()

    async def put_token(self, token: ApiToken) -> None:
        await self._database.write(lambda connection: _replace(connection, "tokens", _token_row(token)))
        self._tokens[token.id] = token

    async def drop_token(self, id: str) -> None:
        await self._database.write(lambda connection: connection.execute("DELETE FROM tokens WHERE id = ?", (id,)))
        self._tokens.pop(id, None)
        self._tell()

    async def put_workspace(self, workspace: Workspace) -> None:
        await self._database.write(lambda connection: _put_workspace(connection, workspace))
        self._workspaces[workspace.id] = workspace
        self._memberships.clear()
        self._tell()

    def _keep_login(self, login: Login) -> None:
        self._logins[login.id] = login
        self._logins_by_user.setdefault(login.user, {})[login.id] = login

    def _forget_logins(self, ids: Sequence[str]) -> None:
        for one in ids:
            login = self._logins.pop(one, None)
            if login is not None:
                del self._logins_by_user[login.user][one]

    def _tell(self) -> None:
        for call in self._listeners:
            call()


_Loaded = tuple[list[User], list[Login], list[ApiToken], list[Workspace]]


def _load(connection: sqlite3.Connection) -> _Loaded:
    users = [_user(row) for row in _rows(connection, "users")]
    logins = [msgspec.convert(row, Login) for row in _rows(connection, "logins")]
    tokens = [_token(row) for row in _rows(connection, "tokens")]
    members: dict[str, dict[str, MemberRole]] = {}
    for row in _rows(connection, "members"):
        members.setdefault(row["workspace"], {})[row["user"]] = MemberRole[row["role"].upper()]
    workspaces = [Workspace(**row, members=members.get(row["id"], {})) for row in _rows(connection, "workspaces")]
    return users, logins, tokens, workspaces


def _rows(connection: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    cursor = connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own words
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _replace(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    columns, places = ", ".join(row), ", ".join("?" * len(row))
    key = next(iter(row))
    changes = ", ".join(f"{name} = excluded.{name}" for name in row if name != key)
    connection.execute(
        f"INSERT INTO {table} ({columns}) VALUES ({places}) "  # noqa: S608 - our own words
        f"ON CONFLICT ({key}) DO UPDATE SET {changes}",
        list(row.values()),
    )


def _delete_logins(connection: sqlite3.Connection, ids: Sequence[str]) -> None:
    connection.executemany("DELETE FROM logins WHERE id = ?", [(one,) for one in ids])


def _may(user: User) -> object:
    """What of `user` a live connection depends on."""
    return user.role, user.labels, user.disabled


def _put_workspace(connection: sqlite3.Connection, workspace: Workspace) -> None:
    row = {"id": workspace.id, "name": workspace.name, "created_at": workspace.created_at}
    _replace(connection, "workspaces", row)
    connection.execute("DELETE FROM members WHERE workspace = ?", (workspace.id,))
    connection.executemany(
        "INSERT INTO members (workspace, user, role) VALUES (?, ?, ?)",
        [(workspace.id, user, role.word) for user, role in workspace.members.items()],
    )


def _user_row(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": user.role.word,
        "labels": json.dumps(user.labels),
        "disabled": int(user.disabled),
        "password": user.password,
        "totp": user.totp,
        "totp_step": user.totp_step,
        "recovery": json.dumps(user.recovery),
        "subject": user.subject,
        "created_at": user.created_at,
        "last_seen_at": user.last_seen_at,
    }


def _user(row: dict[str, Any]) -> User:
    return User(
        **row
        | {
            "role": Role[row["role"].upper()],
            "labels": tuple(json.loads(row["labels"])),
            "disabled": bool(row["disabled"]),
            "recovery": tuple(json.loads(row["recovery"])),
        }
    )


def _login_row(login: Login) -> dict[str, Any]:
    return msgspec.structs.asdict(login)


def _token_row(token: ApiToken) -> dict[str, Any]:
    scopes = None if token.scopes is None else json.dumps(sorted(scope.value for scope in token.scopes))
    return msgspec.structs.asdict(token) | {"role": token.role.word, "scopes": scopes}


def _token(row: dict[str, Any]) -> ApiToken:
    scopes = None if row["scopes"] is None else frozenset(Scope(word) for word in json.loads(row["scopes"]))
    return ApiToken(**row | {"role": Role[row["role"].upper()], "scopes": scopes})
