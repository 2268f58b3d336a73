"""What is taken away from somebody is gone from their live connections, whoever takes it and however."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.process.people import PASSWORD, STRANGER, Caller, People, peopled
from tests.process.server import ServerProcess

NO_ENGINE = "unix:///nonexistent/docker.sock"

Taken = Callable[[ServerProcess, People, Caller], Awaitable[None]]


@pytest.fixture
async def peopled_server(http: ClientSession, tmp_path: Path) -> AsyncIterator[tuple[ServerProcess, People]]:
    async with peopled(http, tmp_path, engine=NO_ENGINE) as found:
        yield found


async def sign_out(_: ServerProcess, people: People, caller: Caller) -> None:
    assert (await people.ask(caller, "POST", "/api/v1/auth/sign-out"))[0] == 204


async def disable(_: ServerProcess, people: People, caller: Caller) -> None:
    assert (await people.ask(people.admin, "PATCH", f"/api/v1/users/{caller.name}", {"disabled": True}))[0] == 200


async def disable_on_the_command_line(server: ServerProcess, _: People, caller: Caller) -> None:
    await server.command("user", "disable", caller.name)


async def end_logins(_: ServerProcess, people: People, caller: Caller) -> None:
    assert (await people.ask(people.admin, "DELETE", f"/api/v1/users/{caller.name}/logins"))[0] == 204


@pytest.mark.parametrize("take", [sign_out, disable, disable_on_the_command_line, end_logins])
async def test_an_ended_sign_in_closes_its_sockets(
    peopled_server: tuple[ServerProcess, People], http: ClientSession, take: Taken
) -> None:
    server, people = peopled_server
    ann = await people.add("ann", "operator")
    async with await opened(http, server, ann) as socket:
        # Read meanwhile, as a page does: a close frame that nobody answers for 2 s is followed by the end of the line.
        _, code = await asyncio.gather(take(server, people, ann), closed_with(socket))
        assert code == 4500
    assert (await people.ask(ann, "GET", "/api/v1/containers"))[0] == 401


async def test_a_revoked_token_closes_its_sockets_and_ends_its_streams(
    peopled_server: tuple[ServerProcess, People], http: ClientSession
) -> None:
    server, people = peopled_server
    token = await people.service_token("wall", "viewer")
    _, found = await people.ask(people.admin, "GET", "/api/v1/tokens")
    stream = await http.get(f"{server.url}/api/v1/events/stream", headers=token.headers)
    assert (await stream.content.readline()).startswith(b"retry:")
    async with await opened(http, server, token) as socket:
        assert (await people.ask(people.admin, "DELETE", f"/api/v1/tokens/{found['tokens'][0]['id']}"))[0] == 204
        assert await closed_with(socket) == 4500
    rest = await stream.content.read()
    assert b"token_revoked" in rest


async def test_a_lost_role_takes_the_channels_that_needed_it_and_leaves_the_others(
    peopled_server: tuple[ServerProcess, People], http: ClientSession
) -> None:
    server, people = peopled_server
    boss = await people.add("boss", "admin")
    async with (
        await opened(http, server, boss, "system,audit") as both,
        await opened(http, server, boss, "audit") as only,
    ):
        assert (await people.ask(people.admin, "PATCH", "/api/v1/users/boss", {"role": "viewer"}))[0] == 200
        message = await next_message(both, "unsubscribed")
        assert message["data"] == {"channels": ["audit"], "reason": "permission"}
        assert await closed_with(only) == 4503
        await both.send_json({"type": "ping", "id": "still there"})
        assert (await next_message(both, "pong"))["id"] == "still there"


async def test_a_gained_role_counts_on_the_open_socket(
    peopled_server: tuple[ServerProcess, People], http: ClientSession
) -> None:
    server, people = peopled_server
    ann = await people.add("ann", "viewer")
    async with await opened(http, server, ann) as socket:
        await socket.send_json({"type": "subscribe", "id": "1", "data": {"channels": ["audit"]}})
        assert (await next_message(socket, "error"))["data"]["code"] == "forbidden"
        await people.ask(people.admin, "PATCH", "/api/v1/users/ann", {"role": "admin"})
        await socket.send_json({"type": "subscribe", "id": "2", "data": {"channels": ["audit"]}})
        assert (await next_message(socket, "ack"))["id"] == "2"


async def test_a_stolen_refresh_cookie_ends_the_sign_in_when_it_is_used_again(
    peopled_server: tuple[ServerProcess, People], http: ClientSession
) -> None:
    server, people = peopled_server
    ann = await people.add("ann", "viewer")
    async with http.post(
        f"{server.url}/api/v1/auth/sign-in", json={"name": "ann", "password": "a horse, a battery and a staple"}
    ) as answer:
        stolen = answer.cookies["pilothouse_refresh"].value
    latest = stolen
    for _ in range(2):
        async with http.post(
            f"{server.url}/api/v1/auth/refresh", headers={"Cookie": f"pilothouse_refresh={latest}"}
        ) as answer:
            assert answer.status == 200
            latest = answer.cookies["pilothouse_refresh"].value
    codes = []
    for cookie in (stolen, latest):
        headers = {"Cookie": f"pilothouse_refresh={cookie}"}
        codes.append((await people.ask(STRANGER, "POST", "/api/v1/auth/refresh", **headers))[1]["error"]["code"])
    assert codes == ["session_reused", "session_ended"]
    # Her other sign-in has nothing to do with it.
    assert (await people.ask(ann, "GET", "/api/v1/containers"))[0] == 200


@pytest.mark.parametrize("take", [end_logins, disable])
async def test_a_body_that_comes_after_its_sender_was_let_go_changes_nothing(
    peopled_server: tuple[ServerProcess, People], take: Taken
) -> None:
    server, people = peopled_server
    thief = await people.add("thief", "admin")
    body = json.dumps({"name": "backdoor", "role": "admin", "password": PASSWORD, "labels": []}).encode()
    head = {**thief.headers, "Host": "localhost", "Content-Type": "application/json", "Expect": "100-continue"}
    lines = [f"{name}: {value}" for name, value in (head | {"Content-Length": str(len(body))}).items()]
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write("\r\n".join(["POST /api/v1/users HTTP/1.1", *lines, "", ""]).encode())
    assert b" 100 " in await reader.readuntil(b"\r\n\r\n")  # The server knows who asks, and waits for the body.
    await take(server, people, thief)
    writer.write(body)
    assert b" 401 " in await reader.readline()
    writer.close()
    _, users = await people.ask(people.admin, "GET", "/api/v1/users")
    assert [user["name"] for user in users["users"]] == ["admin", "thief"]


async def opened(
    http: ClientSession, server: ServerProcess, caller: Caller, channels: str = "system"
) -> ClientWebSocketResponse:
    """A socket that has said `connected`."""
    socket = await http.ws_connect(f"{server.url}/ws", params={"channels": channels}, headers=caller.headers)
    assert (await socket.receive_json())["type"] == "connected"
    return socket


async def next_message(socket: ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            message: dict[str, Any] = await socket.receive_json()
            if message["type"] == kind:
                return message


async def closed_with(socket: ClientWebSocketResponse) -> int | None:
    async with asyncio.timeout(20):
        while (await socket.receive()).type is WSMsgType.TEXT:
            pass
    return socket.close_code
