"""What a stranger to a workspace can learn of its sessions: the same as of sessions that are not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from server.ids import new_id
from tests.process.people import Caller, People, peopled
from tests.process.sessions import Room

NO_ENGINE = "unix:///nonexistent/docker.sock"


async def refusal(
    people: People, by: Caller, method: str, path: str, body: dict[str, str] | None, names: dict[str, str]
) -> tuple[int, str]:
    """The status, and what is said of it without the names that were asked for."""
    named = None if body is None else {field: value.format(**names) for field, value in body.items()}
    status, answer = await people.ask(by, method, path.format(**names), named)
    error: dict[str, Any] = answer.get("error", {})
    told = f"{error.get('code')} {error.get('message')} {answer.get('sessions')}"
    for name in names.values():
        told = told.replace(name, "…")
    return status, told


async def test_every_door_says_the_same_of_what_is_theirs_and_of_what_is_not_there(
    http: ClientSession, tmp_path: Path
) -> None:
    async with peopled(http, tmp_path, engine=NO_ENGINE) as (_, people):
        ann, eve = await people.add("ann", "operator"), await people.add("eve", "operator")
        room = await Room.open(people, ann)
        run = await room.say(ann, "hello")
        await room.ended(ann, run)
        await Room.open(people, eve)
        doors = [
            ("GET", "/api/v1/sessions/{s}", None),
            ("GET", "/api/v1/sessions/{s}/events", None),
            ("PATCH", "/api/v1/sessions/{s}", {"title": "mine"}),
            ("DELETE", "/api/v1/sessions/{s}", None),
            ("POST", "/api/v1/sessions/{s}/messages", {"text": "hello"}),
            ("POST", "/api/v1/sessions/{s}/command", {"command": "stop"}),
            ("POST", "/api/v1/sessions/{s}/handover", {"step": "take"}),
            ("GET", "/api/v1/runs/{r}", None),
            ("POST", "/api/v1/runs/{r}/stop", None),
            ("GET", "/api/v1/events?after=0&channels=session:{s}", None),
            ("GET", "/api/v1/events?after=0&channels=workspace:{w}", None),
            ("GET", "/api/v1/workspaces/{w}/policy", None),
            ("PUT", "/api/v1/workspaces/{w}/policy", {"mode": "allow_reads"}),
            ("POST", "/api/v1/handover/analyze", {"session_id": "{s}"}),
            ("GET", "/api/v1/sessions?workspace={w}", None),
        ]
        there = {"s": room.id, "r": run, "w": room.workspace}
        nowhere = {"s": new_id(), "r": new_id(), "w": new_id().lower()}
        for method, path, body in doors:
            theirs, nothing = [await refusal(people, eve, method, path, body, names) for names in (there, nowhere)]
            assert theirs == nothing, (method, path)
            assert theirs[0] in (200, 403, 404), (method, path, theirs)
        _, feed = await people.ask(eve, "GET", "/api/v1/events?after=0")
        text = str(feed)
        for secret in there.values():
            assert secret not in text
