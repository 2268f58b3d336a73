"""Everything that can be asked for × everybody who can ask, on a real server: who is let through, and who is not.

What each operation needs is declared in the OpenAPI document; what each channel and message needs is declared here. A
new one of either that is not declared fails.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from aiohttp import ClientSession, WSMsgType

from server.access import MemberRole, Permission, Principal, Role, Scope, allows, allows_in
from server.ids import new_id
from server.protocol.channels import STATE_CHANNELS
from server.protocol.client import AnyClientMessage
from tests.process.people import STRANGER, Caller, People, peopled
from tests.process.sessions import Room, teammates

NO_ENGINE = "unix:///nonexistent/docker.sock"
REFUSALS = {"unauthenticated", "forbidden"}

Declared = dict[str, "Permission | str"]

# What a body must have for its operation to be asked for at all; nothing of it comes true.
BODIES: dict[str, Any] = {
    "changePassword": {"current": "not the password", "new": "another long password"},
    "createOwnToken": {"name": "t", "scopes": ["read"]},
    "createToken": {"name": "t", "role": "viewer"},
    "confirmSecondFactor": {"code": "000000"},
    "addUser": {"name": "no name!", "role": "viewer", "password": "some long password"},
    "changeUser": {"role": "viewer"},
    "setPassword": {"password": "some long password"},
    "addWorkspace": {"name": "w"},
    "setMember": {"role": "viewer"},
    "signIn": {"name": "nobody", "password": "nothing"},
    "setUp": {"token": "t", "name": "n", "password": "p"},
    "openSession": {"workspace": "{workspace}"},
    "renameSession": {"title": "t"},
    "postMessage": {"text": "hello"},
    "commandSession": {"command": "resume"},
    "handOver": {"step": "ask"},
    "decidePermission": {"decision": "deny"},
    "setPolicy": {"mode": "allow_reads"},
    "chatMessage": {"session_id": "{session}", "user_message": "hello"},
    "analyzeHandover": {"session_id": "{session}"},
}
# What a membership must be at least; a viewer's where it is not named.
LEAST = {
    "setMember": MemberRole.OWNER,
    "removeMember": MemberRole.OWNER,
    "openSession": MemberRole.MEMBER,
    "renameSession": MemberRole.MEMBER,
    "closeSession": MemberRole.MEMBER,
    "postMessage": MemberRole.MEMBER,
    "commandSession": MemberRole.MEMBER,
    "handOver": MemberRole.MEMBER,
    "stopRun": MemberRole.MEMBER,
    "chatMessage": MemberRole.MEMBER,
}
# To who may not know of them they are not there.
UNKNOWN = {"workspace_not_found", "session_not_found", "run_not_found", "permission_not_found", "workspace_needed"}
CHANNELS: Declared = {
    "metrics": Permission.VIEW,
    "containers": Permission.VIEW,
    "system": Permission.VIEW,
    "audit": Permission.AUDIT,
    "workspace:{id}": "membership",
    "session:{id}": "membership",
}
MESSAGES: Declared = {
    "subscribe": "the channel's",
    "unsubscribe": "nothing",
    "replay-ack": "nothing",
    "ping": "nothing",
    "auth": "nothing",
    "refresh_token": "nothing",
    "container-action": Permission.OPERATE,
    "message": "membership",
    "command": "membership",
    "permission-decision": Permission.APPROVE,
}


class Cast:
    """Everybody, with the principal that the rules are held against."""

    def __init__(
        self, people: People, room: Room, run: str, permission: str, callers: dict[str, tuple[Caller, Principal]]
    ) -> None:
        """`run` is one of `room`, which waits for `permission`."""
        self.people = people
        self.workspace = room.workspace
        self.session = room.id
        self.run = run
        self.permission = permission
        self.callers = callers

    def id_in(self, path: str) -> str:
        """The id of the thing that `path` is about."""
        kinds = {"workspaces": self.workspace, "sessions": self.session, "chat": self.session, "runs": self.run}
        kind = path.removeprefix("/api/v1/").partition("/")[0]
        return (kinds | {"permissions": self.permission}).get(kind, "nothing")

    def may(self, name: str, needs: Permission | str, least: MemberRole = MemberRole.VIEWER) -> bool:
        """Whether the rules let `name` through."""
        principal = self.callers[name][1]
        if isinstance(needs, Permission):
            return name != STRANGER.name and allows(principal, needs)
        if needs == "membership":
            return name != STRANGER.name and allows_in(principal, self.workspace, least)
        return needs == "nothing"


@pytest.fixture
async def cast(http: ClientSession, tmp_path: Path) -> AsyncIterator[Cast]:
    async with peopled(http, tmp_path, engine=NO_ENGINE) as (_, people):
        operator = await people.add("oscar", "operator")
        workspace = await teammates(people, operator)
        room, run, permission = await asking(people, operator, workspace)
        owner = ((workspace, MemberRole.OWNER),)
        read, operate, admin = frozenset({Scope.READ}), frozenset({Scope.READ, Scope.OPERATE}), frozenset(Scope)
        callers = {
            "stranger": (STRANGER, Principal("", Role.VIEWER)),
            "viewer": (await people.add("vera", "viewer"), Principal("vera", Role.VIEWER, "vera")),
            "operator": (operator, Principal("oscar", Role.OPERATOR, "oscar", workspaces=owner)),
            "admin": (people.admin, Principal("admin", Role.ADMIN, "admin")),
            "operator's token: read": (
                await people.token(operator, "look", "read"),
                Principal("oscar:look", Role.OPERATOR, "oscar", scopes=read, workspaces=owner),
            ),
            "operator's token: read, operate": (
                await people.token(operator, "work", "read", "operate"),
                Principal("oscar:work", Role.OPERATOR, "oscar", scopes=operate, workspaces=owner),
            ),
            "admin's token: read": (
                await people.token(people.admin, "peek", "read"),
                Principal("admin:peek", Role.ADMIN, "admin", scopes=read),
            ),
            "viewer service token": (
                await people.service_token("wall", "viewer"),
                Principal("token:wall", Role.VIEWER, scopes=admin),
            ),
            "admin service token": (
                await people.service_token("root", "admin"),
                Principal("token:root", Role.ADMIN, scopes=admin),
            ),
        }
        yield Cast(people, room, run, permission, callers)


async def test_every_route_lets_through_exactly_those_that_it_declares(
    cast: Cast, http: ClientSession, figure: Callable[[str], None]
) -> None:
    _, document = await cast.people.ask(STRANGER, "GET", "/api/v1/openapi.json")
    wrong, rows = [], []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            needs = declared(operation)
            marks = []
            for name, (caller, _) in cast.callers.items():
                # Asked for as itself it would end the sign-in that everything after it needs.
                asking = STRANGER if operation["operationId"] == "signOut" else caller
                let_in = await is_let_in(http, cast, asking, method.upper(), path, operation["operationId"])
                if let_in != cast.may(name, needs, LEAST.get(operation["operationId"], MemberRole.VIEWER)):
                    wrong.append(f"{name}: {method} {path} is {'let in' if let_in else 'refused'}")
                marks.append(let_in)
            rows.append((f"{method.upper()} {path}", marks))
    show(figure, "route", list(cast.callers), rows)
    assert wrong == []


async def test_every_channel_lets_through_exactly_those_that_it_declares(
    cast: Cast, http: ClientSession, figure: Callable[[str], None]
) -> None:
    assert {name.partition(":")[0] for name in CHANNELS} == STATE_CHANNELS | {"system", "audit", "workspace", "session"}
    wrong, rows = [], []
    for channel, needs in CHANNELS.items():
        real = channel.replace("{id}", cast.session if channel.startswith("session") else cast.workspace)
        marks = []
        for name, (caller, _) in cast.callers.items():
            answer = await tell(http, cast, caller, {"type": "subscribe", "id": "1", "data": {"channels": [real]}})
            let_in = answer["type"] == "ack"
            if let_in != cast.may(name, needs):
                wrong.append(f"{name}: {channel} is {'let in' if let_in else 'refused'}: {answer}")
            marks.append(let_in)
        rows.append((f"subscribe {channel}", marks))
    show(figure, "channel", list(cast.callers), rows)
    assert wrong == []


async def test_every_message_that_changes_something_is_refused_to_whoever_may_not(
    cast: Cast, http: ClientSession, figure: Callable[[str], None]
) -> None:
    assert MESSAGES.keys() == {kind.__struct_config__.tag for kind in get_args(AnyClientMessage)}
    wrong, rows = [], []
    asks = {
        "container-action": {"container": "web", "action": "restart"},
        "message": {"session": cast.session, "text": "hello"},
        "command": {"session": cast.session, "command": "resume"},
        "permission-decision": {"permission": cast.permission, "decision": "deny"},
    }
    assert asks.keys() == {message for message, needs in MESSAGES.items() if needs not in ("nothing", "the channel's")}
    for message, data in asks.items():
        needs = MESSAGES[message]
        marks = []
        for name, (caller, _) in cast.callers.items():
            answer = await tell(http, cast, caller, {"type": message, "id": new_id(), "data": data})
            let_in = answer["data"].get("code") not in {*REFUSALS, *UNKNOWN, "protocol_error", "invalid_request"}
            if let_in != cast.may(name, needs, MemberRole.MEMBER):
                wrong.append(f"{name}: {message} is {'let in' if let_in else 'refused'}: {answer}")
            marks.append(let_in)
        rows.append((message, marks))
    show(figure, "message", list(cast.callers), rows)
    assert wrong == []


def declared(operation: dict[str, Any]) -> Permission | str:
    match = re.fullmatch(r"Needs: (\w+)\.", operation.get("description", ""))
    assert match is not None, f"{operation['operationId']} does not declare what it needs"
    word = match[1]
    return word if word in ("nothing", "membership") else Permission(word)


async def is_let_in(http: ClientSession, cast: Cast, caller: Caller, method: str, path: str, operation_id: str) -> bool:
    """Whether what comes back is anything but a refusal."""
    path = path.replace("{action}", "restart").replace("{id}", cast.id_in(path)).replace("{name}", "nobody")
    url = cast.people.url + path.replace("{user}", "nobody")
    body = filled(cast, BODIES.get(operation_id)) if method != "GET" else None
    request = http.request(method, url, json=body, headers=caller.headers, allow_redirects=False)
    async with request as answer:
        if answer.content_type != "application/json" or answer.status < 400:
            return answer.status < 400
        code = (await answer.json()).get("error", {}).get("code")
    assert code not in ("token_revoked", "token_expired", "invalid_token"), f"{caller.name} is not who they were"
    return code not in REFUSALS | UNKNOWN


def filled(cast: Cast, body: Any) -> Any:
    """`body` with the ids of this server."""
    names = {"{workspace}": cast.workspace, "{session}": cast.session}
    return None if body is None else {key: names.get(str(value), value) for key, value in body.items()}


async def asking(people: People, owner: Caller, workspace: str) -> tuple[Room, str, str]:
    """A session with a run that waits for a permission: where everything is asked for, reading is too."""
    await people.ask(owner, "PUT", f"/api/v1/workspaces/{workspace}/policy", {"mode": "ask_always"})
    room = await Room.open(people, owner, workspace=workspace)
    run = await room.say(owner, "what is the status?")
    return room, run, (await room.asked(owner))["id"]


async def tell(http: ClientSession, cast: Cast, caller: Caller, message: dict[str, Any]) -> dict[str, Any]:
    """The answer to `message` on a socket of its own."""
    async with http.ws_connect(f"{cast.people.url}/ws", headers=caller.headers) as socket:
        await socket.send_json(message)
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                answer: dict[str, Any] = frame.json()
                if answer.get("id") == message["id"] or answer["type"] == "error":
                    return answer
    raise AssertionError("the socket ended without an answer")


def show(figure: Callable[[str], None], what: str, names: list[str], rows: list[tuple[str, list[bool]]]) -> None:
    """Print a matrix: who is let through."""
    width = max(len(row) for row, _ in rows)
    letters = [chr(ord("a") + index) for index in range(len(names))]
    figure(f"{what} × role: " + "; ".join(f"{letter} = {name}" for letter, name in zip(letters, names, strict=True)))
    figure(f"{'':{width}}  {' '.join(letters)}")
    for row, marks in rows:
        figure(f"{row:{width}}  {' '.join('+' if mark else '-' for mark in marks)}")
