"""An agent of a real server: a process of another user that asks people, outlives a kill -9, and is stopped."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.fakes.agent_place import UID, Place, a_place_with_the_fake, bearing
from tests.fakes.claude_cli import CALL
from tests.process.people import Caller, People, peopled
from tests.process.rest import eventually
from tests.process.server import ServerFailed, ServerProcess
from tests.process.sessions import Room

pytestmark = pytest.mark.timeout(120)


class Agency:
    """Ann has an agent of her own."""

    def __init__(self, server: ServerProcess, ann: Caller, room: Room) -> None:
        self.server, self.ann, self.room = server, ann, room


@pytest.fixture
def place() -> Iterator[Place]:
    with a_place_with_the_fake() as place:
        yield place


@pytest.fixture
async def agency(http: ClientSession, tmp_path: Path, place: Place) -> AsyncIterator[Agency]:
    async with peopled(http, tmp_path, engine=place.config.engine, **settings(place)) as (server, people):
        ann = await people.add("ann", "operator")
        await people.ask(ann, "POST", "/api/v1/workspaces", {"name": "Ours"})
        yield Agency(server, ann, await Room.open(people, ann, runner="claude"))


def settings(place: Place) -> dict[str, str]:
    config = place.config
    return {"CLAUDE": config.claude, "CLAUDE_USER": str(UID), "CLAUDE_FOLDER": config.claude_folder, "CLAUDE_KEY": "k"}


async def processes(run: str) -> list[str]:
    return bearing(run)


async def test_a_permission_survives_kill_minus_9_and_is_used_once(agency: Agency) -> None:
    room, ann = agency.room, agency.ann
    run = await room.say(ann, "!use")
    asked = await room.asked(ann)
    assert asked["call"]["title"] == CALL["command"]
    await agency.server.kill()
    # The kernel tells the agent that its server is gone.
    await eventually(lambda: processes(run), lambda left: left == [])
    await agency.server.start()
    assert await room.pending(ann) == [asked]
    status, _ = await room.decide(ann, asked["id"], "allow")
    assert status == 200
    ended = await room.ended(ann, run)
    assert (ended["state"], ended["error"]) == ("completed", None)
    results = [data["result"] for data in await room.events(ann, "tool_result")]
    assert [(result["ok"], json.loads(result["text"])) for result in results] == [(True, CALL)]
    assert await room.said(ann) == ["It was allowed."]
    assert bearing(run) == []


async def test_a_refusal_completes_the_run(agency: Agency) -> None:
    room, ann = agency.room, agency.ann
    run = await room.say(ann, "!use")
    asked = await room.asked(ann)
    await room.decide(ann, asked["id"], "deny", "not on a Friday")
    assert (await room.ended(ann, run))["state"] == "completed"
    (result,) = [data["result"] for data in await room.events(ann, "tool_result")]
    assert (result["ok"], result["code"]) == (False, "not_allowed")
    assert "not on a Friday" in result["text"]


async def test_a_stop_leaves_no_process_of_one_that_ignores_it(agency: Agency, people: People) -> None:
    room, ann = agency.room, agency.ann
    run = await room.say(ann, "!fork stubborn")
    await eventually(lambda: processes(run), lambda found: len(found) >= 3)
    status, stopped = await people.ask(ann, "POST", f"/api/v1/runs/{run}/stop", {})
    assert (status, stopped["state"]) == (200, "stopped")
    assert bearing(run) == []


@pytest.mark.parametrize("act", ["!use uptime", "!fork", "!silent", "!fork holding"])
async def test_a_stop_at_any_moment_leaves_no_process(agency: Agency, people: People, act: str) -> None:
    room, ann = agency.room, agency.ann
    for moment in (lambda run: True, lambda run: run["state"] != "queued", lambda run: bearing(run["id"])):
        run = await room.say(ann, act)
        await eventually(lambda run=run: room.run(ann, run), moment)  # type: ignore[misc]
        _, stopped = await people.ask(ann, "POST", f"/api/v1/runs/{run}/stop", {})
        # One that died by itself meanwhile has failed; nothing is left of it either.
        assert stopped["state"] in ("stopped", "failed")
        assert stopped["code"] != "stop_incomplete"
        assert bearing(run) == []


@pytest.fixture
def people(agency: Agency, http: ClientSession) -> People:
    return People(http, agency.server)


async def test_a_server_whose_socket_the_agent_could_open_does_not_start(tmp_path: Path, place: Place) -> None:
    place.socket.chmod(0o666)
    server = ServerProcess(tmp_path, engine=place.config.engine, **settings(place))
    with pytest.raises(ServerFailed, match="can open the engine's socket"):
        await server.start()
