"""Sessions on a real server without an engine: what is said, what is refused, who hears it, what a restart leaves."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from server.ids import new_id
from tests.process.client import SocketClient
from tests.process.people import Caller, People, peopled
from tests.process.server import ServerProcess
from tests.process.sessions import TERMINAL, Room, teammates

NO_ENGINE = "unix:///nonexistent/docker.sock"


class Team:
    """Ann owns the workspace, bob is a member, vera looks on, eve is a stranger."""

    def __init__(self, people: People, server: ServerProcess, room: Room, callers: dict[str, Caller]) -> None:
        self.people, self.server, self.room = people, server, room
        self.ann, self.bob, self.vera, self.eve = [callers[name] for name in ("ann", "bob", "vera", "eve")]


@pytest.fixture
async def team(http: ClientSession, tmp_path: Path) -> AsyncIterator[Team]:
    async with peopled(http, tmp_path, engine=NO_ENGINE) as (server, people):
        callers = {name: await people.add(name, "operator") for name in ("ann", "bob", "eve")}
        callers["vera"] = await people.add("vera", "viewer")
        workspace = await teammates(people, callers["ann"], callers["bob"])
        path = f"/api/v1/workspaces/{workspace}/members/vera"
        await people.ask(callers["ann"], "PUT", path, {"role": "viewer"})
        yield Team(people, server, await Room.open(people, callers["ann"], workspace=workspace), callers)


async def test_what_one_says_all_of_the_workspace_read(team: Team) -> None:
    run = await team.room.say(team.ann, "안녕, what can you do?")
    assert (await team.room.ended(team.bob, run))["state"] == "completed"
    for reader in (team.ann, team.bob, team.vera):
        messages = [data["message"] for data in await team.room.events(reader, "message")]
        assert (messages[0]["by"], messages[0]["text"]) == ("ann", "안녕, what can you do?")
        assert messages[-1]["speaker"] == "assistant"


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("", 400, "empty_message"),
        (" \n\t ", 400, "empty_message"),
        ("x" * 40_000, 400, "message_too_long"),
        ("a\u0000b", 400, "invalid_text"),
        ("\ud800", 400, "malformed_json"),
    ],
    ids=["empty", "white space", "too long", "binary", "half a character"],
)
async def test_a_message_that_is_none_is_refused_and_nothing_is_said(
    team: Team, text: str, status: int, code: str
) -> None:
    answer = await team.room.post(team.ann, text)
    assert (answer[0], answer[1]["error"]["code"]) == (status, code)
    assert await team.room.events(team.ann, "message") == []


async def test_a_megabyte_is_refused_as_too_large(team: Team, http: ClientSession) -> None:
    body = io.BytesIO(b'{"text":"%b"}' % (b"x" * 2**20))
    headers = {"Content-Type": "application/json", **team.ann.headers}
    async with http.post(team.server.url + team.room.path + "/messages", data=body, headers=headers) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (413, "too_large")


async def test_who_may_not_say_anything_says_nothing(team: Team) -> None:
    looking = await team.room.post(team.vera, "hello")
    strange = await team.room.post(team.eve, "hello")
    assert (looking[0], looking[1]["error"]["code"]) == (403, "forbidden")
    assert (strange[0], strange[1]["error"]["code"]) == (404, "session_not_found")


async def test_a_closed_session_is_read_and_not_written(team: Team) -> None:
    await team.room.ended(team.ann, await team.room.say(team.ann, "hello"))
    status, closed = await team.people.ask(team.ann, "DELETE", team.room.path)
    assert (status, closed["state"]) == (200, "closed")
    answer = await team.room.post(team.bob, "anybody there?")
    assert (answer[0], answer[1]["error"]["code"]) == (409, "session_closed")
    assert (await team.room.detail(team.bob))["session"]["state"] == "closed"


async def test_the_same_message_again_is_said_once(team: Team) -> None:
    key = new_id()
    first, second = [await team.room.post(team.ann, "hello", key) for _ in range(2)]
    other = await team.room.post(team.ann, "something else", key)
    assert (first[0], second[1]["message"]) == (202, first[1]["message"])
    assert (other[0], other[1]["error"]["code"]) == (409, "id_reused")
    people = [one["message"] for one in await team.room.events(team.ann, "message")]
    assert [one["text"] for one in people if one["speaker"] == "person"] == ["hello"]


async def test_all_of_it_is_there_after_kill_minus_9(team: Team) -> None:
    for text in ("hello", "what is the weather?"):
        await team.room.ended(team.ann, await team.room.say(team.ann, text))
    before = await team.room.detail(team.ann)
    await team.server.kill()
    await team.server.start()
    after = await team.room.detail(team.ann)
    assert (after["events"], after["session"]) == (before["events"], before["session"])


async def test_a_run_that_the_server_died_in_has_one_end_that_says_so(team: Team, http: ClientSession) -> None:
    """Whatever it was doing when that happened: the kill comes as soon as the message is accepted."""
    runs = []
    for n in range(5):
        runs.append(await team.room.say(team.ann, f"hello number {n}"))
        await team.server.kill()
        await team.server.start()
        await team.room.ended(team.ann, runs[-1])
    ends = [one["run"] for one in await team.room.events(team.ann, "status") if one["run"]["state"] in TERMINAL]
    assert [run["id"] for run in ends] == runs
    assert {run["code"] for run in ends} <= {None, "server_restarted"}


async def test_everything_is_said_over_the_socket_too(team: Team, http: ClientSession) -> None:
    async with ClientSession(headers=team.ann.headers) as own:
        client = SocketClient(own, team.server.url, channels=f"{team.room.channel},workspace:{team.room.workspace}")
        try:
            await client.connect()
            message = {"type": "message", "id": new_id(), "data": {"session": team.room.id, "text": "hello"}}
            await client.send(message)
            ack = await client.answer("message-ack", id=message["id"])
            run = ack["data"]["run"]["id"]
            await client.until(lambda: run in ended(client.events))
            await client.send(message)
            again = await client.answer("message-ack", id=message["id"])
            assert again["data"]["message"] == ack["data"]["message"]
            resume = {"session": team.room.id, "command": "resume"}
            await client.send({"type": "command", "id": new_id(), "data": resume})
            assert (await client.answer("error"))["data"]["code"] == "nothing_to_resume"
            decision = {"permission": new_id(), "decision": "allow"}
            await client.send({"type": "permission-decision", "id": new_id(), "data": decision})
            assert (await client.answer("error"))["data"]["code"] == "permission_not_found"
        finally:
            await client.close()
    kinds = {event["type"] for event in client.events}
    assert kinds >= {"session.message", "session.status", "workspace.session"}


async def test_a_stranger_hears_nothing_of_a_session(team: Team) -> None:
    async with ClientSession(headers=team.eve.headers) as own:
        client = SocketClient(own, team.server.url, channels=f"system,{team.room.channel}")
        try:
            connected = await client.connect()
            assert connected["channels"][team.room.channel] == {"recovered": None, "forbidden": True}
        finally:
            await client.close()


async def test_who_leaves_the_workspace_hears_no_more_of_its_sessions(team: Team) -> None:
    async with ClientSession(headers=team.bob.headers) as own:
        client = SocketClient(own, team.server.url, channels=f"system,{team.room.channel}")
        try:
            await client.connect()
            await team.room.ended(team.ann, await team.room.say(team.ann, "hello"))
            heard = len(client.events)
            path = f"/api/v1/workspaces/{team.room.workspace}/members/bob"
            await team.people.ask(team.ann, "DELETE", path)
            await client.until(lambda: "unsubscribed" in [message["type"] for message in client.messages])
            (lost,) = [message for message in client.messages if message["type"] == "unsubscribed"]
            assert lost["data"]["channels"] == [team.room.channel]
            assert heard
        finally:
            await client.close()


async def test_a_person_takes_a_session_and_gives_it_back(team: Team) -> None:
    room = team.room
    path = room.path + "/handover"
    status, asked = await team.people.ask(team.ann, "POST", path, {"step": "ask", "reason": "It is down again."})
    assert (status, asked["handover"]["reason"]) == (200, "It is down again.")
    status, taken = await team.people.ask(team.bob, "POST", path, {"step": "take"})
    assert (status, taken["taken_by"]) == (200, "bob")
    status, refused = await team.people.ask(team.ann, "POST", path, {"step": "take"})
    assert (status, refused["error"]["code"]) == (409, "session_taken")
    posted = await room.post(team.ann, "is anybody there?")
    assert (posted[0], posted[1]["run"]) == (202, None)
    status, released = await team.people.ask(team.bob, "POST", path, {"step": "release"})
    assert (status, released["taken_by"], released["handover"]) == (200, None, None)
    run = await room.say(team.ann, "hello")
    assert (await room.ended(team.ann, run))["state"] == "completed"


async def test_twenty_messages_at_once_are_all_said_and_all_answered(team: Team) -> None:
    answers = await asyncio.gather(*(team.room.post(team.ann, f"hello {n}") for n in range(10)))
    assert {status for status, _ in answers} == {202}
    runs = {body["run"]["id"] for _, body in answers if body["run"]}

    async def settled() -> list[dict[str, Any]]:
        return [one["run"] for one in await team.room.events(team.ann, "status")]

    for run in runs:
        await team.room.ended(team.ann, run)
    statuses = await settled()
    said = [one["message"]["text"] for one in await team.room.events(team.ann, "message")]
    assert {f"hello {n}" for n in range(10)} <= set(said)
    assert {one["id"] for one in statuses} >= runs


def ended(events: list[dict[str, Any]]) -> set[str]:
    runs = [event["data"]["run"] for event in events if event["type"] == "session.status"]
    return {run["id"] for run in runs if run["state"] in TERMINAL}
