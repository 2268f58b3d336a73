"""Sessions of a real server, spoken in over REST."""

from __future__ import annotations

from typing import Any

from server.ids import new_id
from tests.process.people import Caller, People
from tests.process.rest import eventually

TERMINAL = ("completed", "failed", "stopped")


class Room:
    """One session, and what those who may can do in it."""

    def __init__(self, people: People, id: str, workspace: str) -> None:
        self._people = people
        self.id = id
        self.workspace = workspace
        self.path = f"/api/v1/sessions/{id}"
        self.channel = f"session:{id}"

    @classmethod
    async def open(cls, people: People, by: Caller, **fields: Any) -> Room:
        status, session = await people.ask(by, "POST", "/api/v1/sessions", fields)
        assert status == 201, session
        return cls(people, session["id"], session["workspace"])

    async def post(self, by: Caller, text: str, key: str | None = None) -> tuple[int, dict[str, Any]]:
        headers = {"Idempotency-Key": key or new_id()}
        return await self._people.ask(by, "POST", self.path + "/messages", {"text": text}, **headers)

    async def say(self, by: Caller, text: str) -> str:
        """Say `text` and return the id of the run that answers."""
        status, body = await self.post(by, text)
        assert status == 202, body
        run: str = body["run"]["id"]
        return run

    async def detail(self, by: Caller) -> dict[str, Any]:
        status, body = await self._people.ask(by, "GET", self.path)
        assert status == 200, body
        return body

    async def events(self, by: Caller, kind: str) -> list[dict[str, Any]]:
        """The data of every event of this kind, oldest first."""
        return [event["data"] for event in (await self.detail(by))["events"] if event["type"] == f"session.{kind}"]

    async def run(self, by: Caller, id: str) -> dict[str, Any]:
        _, body = await self._people.ask(by, "GET", f"/api/v1/runs/{id}")
        return body

    async def ended(self, by: Caller, run: str) -> dict[str, Any]:
        """The run, once it has come to its end."""
        return await eventually(lambda: self.run(by, run), lambda run: run.get("state") in TERMINAL)

    async def pending(self, by: Caller) -> list[dict[str, Any]]:
        """What waits in this session for a decision."""
        _, body = await self._people.ask(by, "GET", "/api/v1/permissions?state=pending")
        return [one for one in body["permissions"] if one["session"] == self.id]

    async def asked(self, by: Caller) -> dict[str, Any]:
        """The one permission that is asked for, once it is."""
        (permission,) = await eventually(lambda: self.pending(by), lambda found: len(found) == 1)
        return permission

    async def decide(
        self, by: Caller, permission: str, decision: str, reason: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        body = {"decision": decision, "reason": reason}
        return await self._people.ask(by, "POST", f"/api/v1/permissions/{permission}", body)

    async def said(self, by: Caller) -> list[str]:
        """What the runner said, oldest first."""
        messages = [data["message"] for data in await self.events(by, "message")]
        return [message["text"] for message in messages if message["speaker"] == "assistant"]


async def teammates(people: People, owner: Caller, *others: Caller, role: str = "member") -> str:
    """A workspace of `owner` with `others` in it; its id."""
    status, made = await people.ask(owner, "POST", "/api/v1/workspaces", {"name": "Ours"})
    assert status == 201, made
    for other in others:
        path = f"/api/v1/workspaces/{made['id']}/members/{other.name}"
        status, answer = await people.ask(owner, "PUT", path, {"role": role})
        assert status == 200, answer
    workspace: str = made["id"]
    return workspace
