"""The contact-centre protocol against those who should not be there, or are too many."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from tests.process.people import peopled
from tests.process.sessions import Room, teammates

NO_ENGINE = "unix:///nonexistent/docker.sock"
CHAT = "/api/v1/chat/message"


async def test_what_is_refused_for_want_of_a_place_was_not_said(http: ClientSession, tmp_path: Path) -> None:
    async with peopled(http, tmp_path, engine=NO_ENGINE, POOL="1") as (_, people):
        ann = await people.add("ann", "operator")
        url = f"{people.url}/api/v1/chat/ws/one"
        async with http.ws_connect(url, headers=ann.headers) as ws:
            await ws.send_json({"type": "ping"})
            await ws.receive_json()
            status, body = await people.ask(ann, "POST", CHAT, {"session_id": "two", "user_message": "hello"})
            assert (status, body["error"]["code"]) == (503, "too_busy")
            async with http.ws_connect(url, headers=ann.headers) as second:
                assert (await second.receive_json())["data"]["code"] == "too_busy"
                assert (await second.receive()).type is WSMsgType.CLOSE
                assert second.close_code == 1013
        _, listed = await people.ask(ann, "GET", "/api/v1/sessions")
        assert [session["messages"] for session in listed["sessions"]] == [0, 0]


async def test_the_socket_of_a_session_is_for_no_page_of_another_site(http: ClientSession, tmp_path: Path) -> None:
    async with peopled(http, tmp_path, engine=NO_ENGINE) as (_, people):
        ann = await people.add("ann", "operator")
        url = f"{people.url}/api/v1/chat/ws/one"
        with pytest.raises(WSServerHandshakeError) as refused:
            await http.ws_connect(url, headers=ann.headers | {"Origin": "https://evil.example"})
        assert refused.value.status == 403
        _, listed = await people.ask(ann, "GET", "/api/v1/sessions")
        assert listed["sessions"] == []


async def test_who_is_removed_from_the_workspace_hears_and_says_nothing_more(
    http: ClientSession, tmp_path: Path
) -> None:
    async with peopled(http, tmp_path, engine=NO_ENGINE) as (_, people):
        ann, eve = await people.add("ann", "operator"), await people.add("eve", "operator")
        workspace = await teammates(people, ann, eve)
        room = await Room.open(people, ann, workspace=workspace)
        async with http.ws_connect(f"{people.url}/api/v1/chat/ws/{room.id}", headers=eve.headers) as ws:
            await ws.send_json({"type": "ping"})
            await ws.receive_json()
            status, _ = await people.ask(ann, "DELETE", f"/api/v1/workspaces/{workspace}/members/eve")
            assert status == 204
            await room.say(ann, "the secret is hunter2")
            told = []
            while (message := await ws.receive(timeout=20)).type is WSMsgType.TEXT:
                told.append(message.json())
            assert [one["type"] for one in told if one["type"] not in ("ping", "error")] == []
            assert ws.close_code == 4003
        # By the same name she now has a session of her own, and by its id nothing that tells of it.
        status, body = await people.ask(eve, "POST", "/api/v1/handover/analyze", {"session_id": room.id})
        assert (status, body["error"]["code"]) == (404, "session_not_found")
