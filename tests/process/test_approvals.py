"""An agent asks before it acts: on a real engine, over restarts and kills, with several people who answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.process.people import Caller, People, peopled
from tests.process.rest import eventually
from tests.process.server import ServerProcess
from tests.process.sessions import TERMINAL, Room, teammates
from tests.provision.engine import IMAGE, Engine

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]


RUN = ("run", "--detach", "--name", "web", "--network", "none", "--stop-signal", "KILL", IMAGE, "sleep", "3600")


class Team:
    """Ann asks; bob, of the same workspace, decides; eve belongs to neither."""

    def __init__(self, people: People, server: ServerProcess, room: Room, **callers: Caller) -> None:
        self.people, self.server, self.room = people, server, room
        self.ann, self.bob, self.eve = callers["ann"], callers["bob"], callers["eve"]


@pytest.fixture
async def team(engine: Engine, http: ClientSession, tmp_path: Path) -> AsyncIterator[Team]:
    await asyncio.to_thread(engine.docker, *RUN)
    async with peopled(http, tmp_path, engine=engine.url) as (server, people):
        ann, bob, eve = [await people.add(name, "operator") for name in ("ann", "bob", "eve")]
        workspace = await teammates(people, ann, bob)
        room = await Room.open(people, ann, workspace=workspace, title="Why is web slow?")
        await eventually(lambda: names(people, ann), lambda found: "web" in found)
        yield Team(people, server, room, ann=ann, bob=bob, eve=eve)
    await asyncio.to_thread(engine.docker, "rm", "--force", "web")


async def test_a_prompt_survives_kill_minus_9_and_what_was_allowed_is_done_once(engine: Engine, team: Team) -> None:
    room, ann, bob = team.room, team.ann, team.bob
    before = await started_at(engine)
    run = await room.say(ann, "restart web")
    asked = await room.asked(bob)
    await team.server.kill()
    await team.server.start()
    assert await room.pending(bob) == [asked]
    status, decided = await room.decide(bob, asked["id"], "allow")
    assert (status, decided["state"], decided["decided_by"]) == (200, "allowed", "bob")
    assert (await room.ended(ann, run))["state"] == "completed"
    assert await started_at(engine) != before
    assert await operations(team) == [("requested", "bob"), ("running", "bob"), ("confirmed", "bob")]
    assert await terminals(team, run) == ["completed"]
    trail = [(entry["action"], entry["outcome"], entry["actor"]) for entry in await audit(team, asked["id"])]
    assert [one for one in trail if one[0] == "permission_requested"] == [("permission_requested", "requested", "ann")]
    assert [one for one in trail if one[0] == "permission_decided"] == [("permission_decided", "ok", "bob")]
    assert [one for one in trail if one[0] == "grant_used"] == [("grant_used", "ok", "bob")]


@pytest.mark.parametrize("decision", ["allow", "deny"])
async def test_the_server_killed_right_after_a_decision_does_what_was_decided_once(
    engine: Engine, team: Team, decision: str
) -> None:
    room, ann = team.room, team.ann
    before = await started_at(engine)
    run = await room.say(ann, "restart web")
    asked = await room.asked(ann)
    status, _ = await room.decide(ann, asked["id"], decision)
    assert status == 200
    await team.server.kill()
    await team.server.start()
    assert (await room.ended(ann, run))["state"] == "completed"
    assert await terminals(team, run) == ["completed"]
    done = [state for state, _ in await operations(team) if state == "confirmed"]
    assert (len(done), await started_at(engine) != before) == ((1, True) if decision == "allow" else (0, False))


async def test_of_two_decisions_at_once_one_wins_and_the_other_is_told_whose(team: Team) -> None:
    room, ann, bob = team.room, team.ann, team.bob
    run = await room.say(ann, "restart web")
    asked = await room.asked(ann)
    answers = await asyncio.gather(room.decide(ann, asked["id"], "deny"), room.decide(bob, asked["id"], "allow"))
    assert sorted(status for status, _ in answers) == [200, 409]
    (winner,) = [body for status, body in answers if status == 200]
    (loser,) = [body["error"] for status, body in answers if status == 409]
    assert loser["code"] == "already_decided"
    assert winner["decided_by"] in loser["message"]
    assert (await room.ended(ann, run))["state"] == "completed"
    done = [state for state, _ in await operations(team) if state == "confirmed"]
    assert len(done) == (1 if winner["state"] == "allowed" else 0)


async def test_the_same_decision_again_is_the_same_decision(team: Team) -> None:
    room, ann = team.room, team.ann
    run = await room.say(ann, "restart web")
    asked = await room.asked(ann)
    first, second = [await room.decide(ann, asked["id"], "allow") for _ in range(2)]
    assert (first[0], second[0], second[1]["decided_at"]) == (200, 200, first[1]["decided_at"])
    await room.ended(ann, run)
    assert [state for state, _ in await operations(team)] == ["requested", "running", "confirmed"]


async def test_who_does_not_belong_to_the_workspace_learns_nothing_of_its_prompts(team: Team) -> None:
    room, eve = team.room, team.eve
    await room.say(team.ann, "restart web")
    asked = await room.asked(team.ann)
    status, body = await room.decide(eve, asked["id"], "allow")
    assert (status, body["error"]["code"]) == (404, "permission_not_found")
    assert await room.pending(eve) == []
    assert (await room.asked(team.ann))["state"] == "pending"


async def test_a_token_decides_nothing_not_even_its_owners(team: Team) -> None:
    room = team.room
    await room.say(team.ann, "restart web")
    asked = await room.asked(team.ann)
    token = await team.people.token(team.ann, "script", "read", "operate")
    status, body = await room.decide(token, asked["id"], "allow")
    assert (status, body["error"]["code"]) == (403, "forbidden")
    assert (await room.asked(team.ann))["state"] == "pending"


async def test_whose_role_was_taken_meanwhile_decides_nothing(team: Team) -> None:
    room = team.room
    await room.say(team.ann, "restart web")
    asked = await room.asked(team.bob)
    await team.people.ask(team.people.admin, "PATCH", "/api/v1/users/bob", {"role": "viewer"})
    status, body = await room.decide(team.bob, asked["id"], "allow")
    assert (status, body["error"]["code"]) == (403, "forbidden")
    assert (await room.asked(team.ann))["state"] == "pending"


async def test_a_container_that_was_replaced_since_the_request_is_left_alone(engine: Engine, team: Team) -> None:
    room, ann = team.room, team.ann
    run = await room.say(ann, "restart web")
    asked = await room.asked(ann)
    await asyncio.to_thread(engine.docker, "rm", "--force", "web")
    await asyncio.to_thread(engine.docker, *RUN)
    before = await started_at(engine)
    await eventually(lambda: ids(team.people, ann), lambda found: asked["container_id"] not in found)
    status, _ = await room.decide(ann, asked["id"], "allow")
    assert status == 200
    await room.ended(ann, run)
    assert await started_at(engine) == before
    assert await operations(team) == []
    refused = [entry for entry in await audit(team, asked["id"]) if entry["outcome"] == "refused"]
    assert [entry["code"] for entry in refused] == ["grant_invalid"]


async def test_a_stop_takes_the_prompt_away_and_it_can_no_longer_be_answered(team: Team) -> None:
    room, ann = team.room, team.ann
    run = await room.say(ann, "restart web")
    asked = await room.asked(ann)
    status, stopped = await team.people.ask(ann, "POST", room.path + "/command", {"command": "stop"})
    assert (status, stopped["state"], stopped["stopped_by"]) == (200, "stopped", "ann")
    status, body = await room.decide(ann, asked["id"], "allow")
    assert (status, body["error"]["code"]) == (409, "permission_cancelled")
    assert await terminals(team, run) == ["stopped"]
    assert await operations(team) == []


async def test_a_message_during_a_prompt_cancels_nothing_and_is_answered_after_it(team: Team) -> None:
    room, ann = team.room, team.ann
    first = await room.say(ann, "restart web")
    asked = await room.asked(ann)
    status, body = await room.post(ann, "what is the status of web?")
    assert (status, body["run"]) == (202, None)
    assert (await room.asked(ann))["id"] == asked["id"]
    await room.decide(ann, asked["id"], "deny", "not at noon")
    await room.ended(ann, first)

    async def both() -> list[str]:
        return [one["run"]["id"] for one in await room.events(ann, "status") if one["run"]["state"] in TERMINAL]

    ended = await eventually(both, lambda found: len(found) == 2)
    assert ended[0] == first
    assert len(set(ended)) == 2


async def names(people: People, by: Caller) -> set[str]:
    _, body = await people.ask(by, "GET", "/api/v1/containers")
    return {container["name"] for container in body.get("containers", [])}


async def ids(people: People, by: Caller) -> set[str]:
    _, body = await people.ask(by, "GET", "/api/v1/containers")
    return {container["id"] for container in body["containers"]}


async def started_at(engine: Engine) -> str:
    return (await asyncio.to_thread(engine.docker, "inspect", "--format", "{{.State.StartedAt}}", "web")).strip()


async def operations(team: Team) -> list[tuple[str, str]]:
    """State and actor of every event of an operation, oldest first."""
    _, page = await team.people.ask(team.ann, "GET", "/api/v1/events?after=0&limit=1000&channel=system")
    told = [event for event in page["events"] if event["type"].startswith("operation.")]
    return [(event["data"]["operation"]["state"], event["data"]["operation"]["by"]) for event in told]


async def terminals(team: Team, run: str) -> list[str]:
    states = [one["run"] for one in await team.room.events(team.ann, "status") if one["run"]["id"] == run]
    return [one["state"] for one in states if one["state"] in TERMINAL]


async def audit(team: Team, permission: str) -> list[dict[str, Any]]:
    """The lines of the trail about `permission`."""
    _, page = await team.people.ask(team.people.admin, "GET", "/api/v1/audit?limit=200")
    return [entry["data"] for entry in page["entries"] if permission in str(entry["data"])]
