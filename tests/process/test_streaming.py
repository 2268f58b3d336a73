"""A model's words over a real server: shown as they come, whole in the end, for who watched and for who was away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.fakes.model_stub import Answer, ModelStub, Refuse, Silence, say
from tests.fakes.model_wire import Call, Cut, Text, Wait
from tests.process.client import SocketClient
from tests.process.people import Caller, People, peopled
from tests.process.rest import eventually
from tests.process.server import ServerProcess
from tests.process.sessions import TERMINAL, Room

NO_ENGINE = "unix:///nonexistent/docker.sock"
KEY = "sk-loopback-0123456789abcdef"
HALF, REST = "The first half of it, ", "and then the rest of what there is to say."


BOTH = pytest.mark.parametrize("studio", ["openai", "anthropic"], indirect=True)


class Studio:
    """A server whose runner asks the model `stub`, and ann with a session in it."""

    def __init__(self, stub: ModelStub, server: ServerProcess, people: People, ann: Caller, room: Room) -> None:
        self.stub, self.server, self.people, self.ann, self.room = stub, server, people, ann, room


@pytest.fixture
async def studio(request: pytest.FixtureRequest, http: ClientSession, tmp_path: Path) -> AsyncIterator[Studio]:
    """Over OpenAI's API, or the one that a test names."""
    api = getattr(request, "param", "openai")
    async with ModelStub().running() as stub:
        settings = {
            "RUNNER": "llm",
            "LLM_API": api,
            "LLM_URL": f"{stub.url}/v1" if api == "openai" else stub.url,
            "LLM_MODEL": "claude-sonnet-4-5" if api == "anthropic" else "gpt-4o",
            "LLM_KEY": KEY,
        }
        async with peopled(http, tmp_path, engine=NO_ENGINE, **settings) as (server, people):
            ann = await people.add("ann", "operator")
            yield Studio(stub, server, people, ann, await Room.open(people, ann))


@asynccontextmanager
async def watching(studio: Studio) -> AsyncIterator[SocketClient]:
    async with ClientSession(headers=studio.ann.headers) as own:
        client = SocketClient(own, studio.server.url, channels=studio.room.channel)
        try:
            await client.connect()
            yield client
        finally:
            await client.close()


@BOTH
async def test_who_comes_back_in_the_middle_has_the_same_text_in_the_end_as_who_stayed(studio: Studio) -> None:
    more = asyncio.Event()
    studio.stub.script = [Answer([Text(HALF), Wait(more), Text(REST)])]
    async with watching(studio) as stayed, watching(studio) as left:
        run = await studio.room.say(studio.ann, "Tell me.")
        for client in (stayed, left):
            await client.until(lambda client=client: written(client) == HALF.strip())  # type: ignore[misc]
        await left.socket.close()
        await left.connect()
        # The text so far comes at once, though the model has said nothing since.
        await left.until(lambda: deltas(left)[-1:] and len(deltas(left)) > 1)
        more.set()
        for client in (stayed, left):
            await client.until(lambda client=client: run in ended(client))  # type: ignore[misc]
            # Two blocks of one answer are two paragraphs.
            assert [" ".join(text.split()) for text in said(client)] == [HALF + REST]
        assert said(stayed) == said(left)
        assert {delta["message"] for delta in deltas(stayed)} == {messages(stayed)[0]["id"]}


async def test_deltas_are_never_part_of_the_log(studio: Studio) -> None:
    studio.stub.script = [say(HALF, REST)]
    await studio.room.ended(studio.ann, await studio.room.say(studio.ann, "Tell me."))
    _, page = await studio.people.ask(studio.ann, "GET", "/api/v1/events?after=0&limit=1000")
    assert [event["type"] for event in page["events"] if event["type"] == "delta"] == []
    assert (await studio.room.detail(studio.ann))["delta"] is None


async def test_a_stop_in_the_middle_keeps_what_was_said_and_hangs_up_on_the_model(studio: Studio) -> None:
    studio.stub.script = [Answer([Text(HALF), Wait(asyncio.Event()), Text(REST)])]
    async with watching(studio) as client:
        run = await studio.room.say(studio.ann, "Tell me.")
        await client.until(lambda: written(client) == HALF.strip())
        status, stopped = await studio.people.ask(
            studio.ann, "POST", studio.room.path + "/command", {"command": "stop"}
        )
        assert (status, stopped["id"], stopped["state"]) == (200, run, "stopped")
        await client.until(lambda: run in ended(client))
        (kept,) = messages(client)
        assert (kept["text"].strip(), kept["partial"]) == (HALF.strip(), True)
    async with asyncio.timeout(20):
        await studio.stub.left.wait()
    assert studio.stub.hung_up == 1


@pytest.mark.parametrize(
    ("scripted", "code"),
    [
        (Answer([Text(HALF), Cut()]), "model_unavailable"),
        (Refuse(401, "no such key"), "run_failed"),
        (Refuse(400, "too long"), "run_failed"),
    ],
    ids=["cut", "key", "refused"],
)
async def test_a_model_that_fails_is_said_with_what_to_do(studio: Studio, scripted: Any, code: str) -> None:
    studio.stub.otherwise = scripted
    run = await studio.room.ended(studio.ann, await studio.room.say(studio.ann, "Tell me."))
    assert (run["state"], run["code"]) == ("failed", code)
    assert run["error"]
    assert KEY not in str(await studio.room.detail(studio.ann))
    studio.stub.otherwise = say("Better now.")
    status, resumed = await studio.people.ask(studio.ann, "POST", studio.room.path + "/command", {"command": "resume"})
    assert status == 200
    assert (await studio.room.ended(studio.ann, resumed["id"]))["state"] == "completed"
    assert (await studio.room.said(studio.ann))[-1] == "Better now."


async def test_a_model_that_says_nothing_can_be_stopped(studio: Studio) -> None:
    studio.stub.script = [Silence()]
    run = await studio.room.say(studio.ann, "Tell me.")
    await asyncio.wait_for(studio.stub.arrived.wait(), 20)
    _, stopped = await studio.people.ask(studio.ann, "POST", f"/api/v1/runs/{run}/stop")
    assert stopped["state"] == "stopped"


@BOTH
async def test_a_model_that_asks_to_act_waits_over_a_restart_and_is_told_of_the_denial(studio: Studio) -> None:
    await studio.people.ask(
        studio.ann, "PUT", f"/api/v1/workspaces/{studio.room.workspace}/policy", {"mode": "ask_always"}
    )
    studio.stub.script = [Answer([Text("I look."), Call("list_containers", {}, "c1")]), say("Then not.")]
    run = await studio.room.say(studio.ann, "What is there?")
    asked = await studio.room.asked(studio.ann)
    await studio.server.kill()
    await studio.server.start()
    assert await studio.room.pending(studio.ann) == [asked]
    await studio.room.decide(studio.ann, asked["id"], "deny", "not at night")
    assert (await studio.room.ended(studio.ann, run))["state"] == "completed"
    assert (await studio.room.said(studio.ann))[-1] == "Then not."
    assert "not at night" in studio.stub.asked[-1].everything()


async def test_the_key_of_the_model_is_nowhere(studio: Studio) -> None:
    studio.stub.script = [Refuse(401, f"the key {KEY} is wrong")]
    await studio.room.ended(studio.ann, await studio.room.say(studio.ann, "Tell me."))
    assert any(KEY in asked.everything() for asked in studio.stub.asked)
    await eventually(lambda: studio.room.detail(studio.ann))
    kept = [studio.server.log, *studio.server.data.iterdir()]
    held = [path.name for path in kept if path.is_file() and KEY.encode() in await asyncio.to_thread(path.read_bytes)]
    assert held == []


def deltas(client: SocketClient) -> list[dict[str, Any]]:
    return [message["data"] for message in client.messages if message["type"] == "delta"]


def written(client: SocketClient) -> str:
    shown = deltas(client)
    return shown[-1]["text"].strip() if shown else ""


def messages(client: SocketClient) -> list[dict[str, Any]]:
    """What the runner said."""
    found = [event["data"]["message"] for event in client.events if event["type"] == "session.message"]
    return [message for message in found if message["speaker"] == "assistant"]


def said(client: SocketClient) -> list[str]:
    return [message["text"] for message in messages(client)]


def ended(client: SocketClient) -> set[str]:
    runs = [event["data"]["run"] for event in client.events if event["type"] == "session.status"]
    return {run["id"] for run in runs if run["state"] in TERMINAL}
