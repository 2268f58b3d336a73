"""The contact-centre protocol over a real server: one session, seen by clients that know nothing of runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from tests.process.people import STRANGER, Caller, People, peopled

NO_ENGINE = "unix:///nonexistent/docker.sock"
CHAT = "/api/v1/chat/message"


class Desk:
    def __init__(self, people: People, ann: Caller) -> None:
        self.people, self.ann = people, ann


@pytest.fixture
async def desk(http: ClientSession, tmp_path: Path) -> AsyncIterator[Desk]:
    async with peopled(http, tmp_path, engine=NO_ENGINE, HEARTBEAT_S="1") as (_, people):
        yield Desk(people, await people.add("ann", "operator"))


async def test_a_message_over_http_is_answered_in_the_protocol_s_own_words(desk: Desk) -> None:
    status, body = await desk.people.ask(
        desk.ann, "POST", CHAT, {"session_id": "test_001", "user_message": "안녕하세요"}
    )
    assert status == 200, body
    assert body.keys() == {"ai_message", "intent", "suggested_action", "source_documents"}
    assert body["ai_message"]
    assert body["suggested_action"] in ("CONTINUE", "CLARIFY", "REQUEST_PERMISSION", "HANDOVER")


async def test_the_same_outside_name_is_the_same_session_and_each_person_has_their_own(desk: Desk) -> None:
    bob = await desk.people.add("bob", "operator")
    for caller in (desk.ann, desk.ann, bob):
        await desk.people.ask(caller, "POST", CHAT, {"session_id": "test_001", "user_message": "hello"})
    for caller in (desk.ann, bob):
        _, listed = await desk.people.ask(caller, "GET", "/api/v1/sessions")
        assert len(listed["sessions"]) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"session_id": "a b", "user_message": "x"}, "invalid_request"),
        ({"session_id": "x" * 65, "user_message": "x"}, "invalid_request"),
        ({"session_id": "a"}, "invalid_request"),
        ({"session_id": "a", "user_message": ""}, "empty_message"),
    ],
)
async def test_what_does_not_fit_is_refused(desk: Desk, body: dict[str, str], code: str) -> None:
    status, answer = await desk.people.ask(desk.ann, "POST", CHAT, body)
    assert (status, answer["error"]["code"]) == (400, code)


async def test_a_wish_for_a_person_is_a_handover_and_says_what_they_need_to_know(desk: Desk) -> None:
    ask = {"session_id": "help", "user_message": "상담원 연결해줘"}
    status, body = await desk.people.ask(desk.ann, "POST", CHAT, ask)
    assert (status, body["suggested_action"]) == (200, "HANDOVER")
    status, judged = await desk.people.ask(desk.ann, "POST", "/api/v1/handover/analyze", {"session_id": "help"})
    assert (status, judged["handover"], judged["suggested_action"]) == (200, True, "HANDOVER")
    assert "상담원 연결해줘" in judged["summary"]


async def test_an_answer_that_waits_for_a_person_says_so_instead_of_waiting_with_them(desk: Desk) -> None:
    ask = {"session_id": "careful", "user_message": "hello"}
    await desk.people.ask(desk.ann, "POST", CHAT, ask)
    _, listed = await desk.people.ask(desk.ann, "GET", "/api/v1/sessions")
    policy = f"/api/v1/workspaces/{listed['sessions'][0]['workspace']}/policy"
    await desk.people.ask(desk.ann, "PUT", policy, {"mode": "ask_always"})
    status, body = await desk.people.ask(desk.ann, "POST", CHAT, ask | {"user_message": "what is the status?"})
    assert (status, body["suggested_action"]) == (200, "REQUEST_PERMISSION")


async def test_a_session_that_is_not_there_is_not_analysed(desk: Desk) -> None:
    status, body = await desk.people.ask(desk.ann, "POST", "/api/v1/handover/analyze", {"session_id": "nothing"})
    assert (status, body["error"]["code"]) == (404, "session_not_found")


async def test_a_conversation_on_the_socket(desk: Desk, http: ClientSession) -> None:
    async with http.ws_connect(f"{desk.people.url}/api/v1/chat/ws/live", headers=desk.ann.headers) as ws:
        await ws.send_json({"type": "message", "user_message": "hello"})
        answer = await until(ws, "response")
        assert answer["data"].keys() == {"ai_message", "intent", "suggested_action", "source_documents"}
        await ws.send_json({"type": "ping"})
        await until(ws, "pong")
        await until(ws, "ping")


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", '{"type":"shout"}', '{"type":"message"}', '{"type":"message","user_message":7}']
)
async def test_what_is_no_message_is_an_error_and_the_socket_goes_on(
    desk: Desk, http: ClientSession, text: str
) -> None:
    async with http.ws_connect(f"{desk.people.url}/api/v1/chat/ws/live", headers=desk.ann.headers) as ws:
        await ws.send_str(text)
        assert (await until(ws, "error"))["data"]["code"] == "invalid_request"
        await ws.send_json({"type": "message", "user_message": "hello"})
        await until(ws, "response")


async def test_a_stranger_is_refused_at_the_handshake(desk: Desk, http: ClientSession) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await http.ws_connect(f"{desk.people.url}/api/v1/chat/ws/live", headers=STRANGER.headers)
    assert refused.value.status == 401


async def test_who_is_signed_out_is_let_go(desk: Desk, http: ClientSession) -> None:
    async with http.ws_connect(f"{desk.people.url}/api/v1/chat/ws/live", headers=desk.ann.headers) as ws:
        await ws.send_json({"type": "message", "user_message": "hello"})
        await until(ws, "response")
        await desk.people.ask(desk.people.admin, "PATCH", "/api/v1/users/ann", {"disabled": True})
        while (await ws.receive()).type is WSMsgType.TEXT:
            pass
        assert ws.close_code == 4500


async def until(ws: ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """The next message of this type."""
    while True:
        message: dict[str, Any] = await ws.receive_json(timeout=20)
        if message["type"] == kind:
            return message
