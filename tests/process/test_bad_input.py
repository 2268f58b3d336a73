"""What is wrong is answered with a code, and the connection and the process live on where they can."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from yarl import URL

from tests.process.client import SocketClient, joined
from tests.process.rest import get
from tests.process.server import serving

NO_ENGINE = "unix:///nonexistent/docker.sock"
ULID = "01JD3KQ5T8ZX6V0W3E9R2M7C4B"
OTHER_ULID = "01JD3KQ5T8ZX6V0W3E9R2M7C4C"


def action(container: str, name: str, command: str | None = ULID) -> str:
    return json.dumps({"type": "container-action", "id": command, "data": {"container": container, "action": name}})


def subscribe(channel: str, **more: object) -> str:
    return json.dumps({"type": "subscribe", "id": "1", "data": {"channels": [channel], **more}})


MESSAGES = {
    "": "malformed_json",
    "{": "malformed_json",
    "[]": "malformed_json",
    "null": "malformed_json",
    "[" * 5000: "malformed_json",
    '{"type":"ping","id":"\\ud800"}': "malformed_json",
    '{"data":{}}': "unknown_type",
    '{"type":"pong"}': "unknown_type",
    '{"type":["ping"]}': "unknown_type",
    '{"type":{}}': "unknown_type",
    '{"type":"ping","more":1}': "invalid_request",
    '{"type":"ping","id":5}': "invalid_request",
    json.dumps({"type": "ping", "id": "x" * 65}): "invalid_request",
    subscribe("nope"): "unknown_channel",
    subscribe("session:../1"): "unknown_channel",
    subscribe("session:1"): "forbidden",
    subscribe("system", more=1): "invalid_request",
    subscribe("system", since=-1): "invalid_request",
    subscribe("system", since="0"): "invalid_request",
    subscribe("x" * 81): "invalid_request",
    action("../../etc", "start"): "invalid_container",
    action("a/b", "start"): "invalid_container",
    action("gone", "start"): "container_not_found",
    action("gone", "fly"): "unknown_action",
    action("gone", "start", "not-a-ulid"): "invalid_request",
    action("gone", "start", None): "invalid_request",
}

POSITIONS = {
    "last_seq=-1": "invalid_request",
    "last_seq=": "invalid_request",
    "last_seq=abc": "invalid_request",
    "last_seq=1e3": "invalid_request",
    "last_seq=99999999999999999999": "invalid_request",
    "channels=nope": "unknown_channel",
    f"channels={','.join(f'session:{n}' for n in range(65))}": "invalid_request",
}

LOST_POSITIONS = {"last_seq=9999": "ahead", "last_seq=0&epoch=another": "epoch_changed"}

START = "/api/v1/containers/gone/start"
REQUESTS = [
    ("POST", "/api/v1/containers/..%2F..%2Fetc/start", "{}", 400, "invalid_container"),
    ("GET", "/api/v1/containers/a%2Fb", None, 400, "invalid_container"),
    ("GET", "/api/v1/containers/gone/logs?tail=-1", None, 400, "invalid_request"),
    ("GET", "/api/v1/containers/gone/logs", None, 404, "container_not_found"),
    ("POST", "/api/v1/containers/gone/fly", "{}", 404, "unknown_action"),
    ("POST", START, "{}", 404, "container_not_found"),
    ("POST", START, "{", 400, "malformed_json"),
    ("POST", START, '{"more":1}', 400, "invalid_request"),
    ("POST", START, "x" * 70_000, 413, "too_large"),
    ("GET", "/api/v1/events?after=-1", None, 400, "invalid_request"),
    ("GET", "/api/v1/events?after=x", None, 400, "invalid_request"),
    ("GET", "/api/v1/events?after=9999", None, 409, "ahead"),
    ("GET", "/api/v1/events?after=0&epoch=another", None, 409, "epoch_changed"),
    ("GET", "/api/v1/events?channel=nope", None, 404, "unknown_channel"),
    ("GET", "/api/v1/events?channel=session:1", None, 403, "forbidden"),
    ("GET", "/api/v1/operations/gone", None, 404, "operation_not_found"),
    ("GET", "/api/v1/gone", None, 404, "not_found"),
    ("DELETE", "/api/v1/containers", None, 405, "method_not_allowed"),
]


async def test_a_wrong_message_is_answered_with_its_code_and_the_socket_stays_open(
    http: ClientSession, tmp_path: Path
) -> None:
    codes = {}
    async with (
        serving(tmp_path, engine=NO_ENGINE, COMMANDS_PER_S="0") as server,
        joined(http, server.url) as client,
    ):
        for text in MESSAGES:
            await client.socket.send_str(text)
            codes[text] = (await client.answer("error"))["data"]["code"]
            await client.send({"type": "ping", "id": "alive"})
            await client.answer("pong", id="alive")

    assert codes == MESSAGES


async def test_a_binary_frame_is_refused_and_the_socket_stays_open(http: ClientSession, tmp_path: Path) -> None:
    async with serving(tmp_path, engine=NO_ENGINE) as server, joined(http, server.url) as client:
        await client.socket.send_bytes(b'{"type":"ping"}')
        error = await client.answer("error")
        await client.send({"type": "ping", "id": "alive"})
        await client.answer("pong", id="alive")

    assert error["data"]["code"] == "not_text"


async def test_a_message_over_the_limit_closes_its_socket_alone_with_1009(http: ClientSession, tmp_path: Path) -> None:
    async with (
        serving(tmp_path, engine=NO_ENGINE, MESSAGE_B="4096") as server,
        joined(http, server.url) as other,
        joined(http, server.url) as client,
    ):
        await client.socket.send_str("x" * 4097)
        code = await client.closing()
        await other.send({"type": "ping", "id": "alive"})
        await other.answer("pong", id="alive")

    assert code == 1009


async def test_a_position_that_makes_no_sense_is_refused_with_4501(http: ClientSession, tmp_path: Path) -> None:
    codes, closes = {}, set()
    async with serving(tmp_path, engine=NO_ENGINE) as server:
        for query in POSITIONS:
            async with http.ws_connect(f"{server.url}/ws?{query}") as socket:
                codes[query] = (await socket.receive_json())["data"]["code"]
                await socket.receive()
                closes.add(socket.close_code)

    assert codes == POSITIONS
    assert closes == {4501}


async def test_a_position_of_another_history_is_said_to_be_lost_and_the_socket_is_live(
    http: ClientSession, tmp_path: Path
) -> None:
    found = {}
    async with serving(tmp_path, engine=NO_ENGINE) as server:
        for query in LOST_POSITIONS:
            client = SocketClient(http, server.url)
            connected = await client.connect(**dict(URL(f"?{query}").query))
            assert connected["recovered"] is False
            found[query] = connected["reason"]
            await client.send({"type": "ping", "id": "alive"})
            await client.answer("pong", id="alive")
            await client.close()

    assert found == LOST_POSITIONS


async def test_a_wrong_request_is_answered_with_its_status_and_code(http: ClientSession, tmp_path: Path) -> None:
    answers = []
    async with serving(tmp_path, engine=NO_ENGINE) as server:
        for method, path, body, _, _ in REQUESTS:
            headers = {} if body is None else {"Content-Type": "application/json"}
            url = URL(server.url + path, encoded=True)
            async with http.request(method, url, data=body, headers=headers) as answer:
                error = (await answer.json())["error"]
                assert error["message"]
                assert error["request_id"] == answer.headers["X-Request-ID"]
                answers.append((method, path, body, answer.status, error["code"]))
        assert (await get(http, f"{server.url}/health/live")) is not None

    assert answers == REQUESTS


@pytest.mark.parametrize("origin", ["http://localhost:1", "https://127.0.0.1.example", "null"])
async def test_a_page_of_another_origin_opens_no_socket_and_changes_nothing(
    http: ClientSession, tmp_path: Path, origin: str
) -> None:
    async with serving(tmp_path, engine=NO_ENGINE) as server:
        with pytest.raises(WSServerHandshakeError) as refused:
            await http.ws_connect(f"{server.url}/ws", headers={"Origin": origin})
        async with http.post(server.url + START, headers={"Origin": origin}) as answer:
            code = (await answer.json())["error"]["code"]

    assert refused.value.status == 403
    assert (answer.status, code) == (403, "origin_not_allowed")


async def test_a_host_that_the_server_does_not_answer_for_is_refused(http: ClientSession, tmp_path: Path) -> None:
    """DNS rebinding: a name of somebody else that leads to this machine."""
    async with serving(tmp_path, engine=NO_ENGINE) as server:
        host = {"Host": f"rebound.example:{server.port}", "Origin": f"http://rebound.example:{server.port}"}
        async with http.get(f"{server.url}/api/v1/containers", headers=host) as answer:
            code = (await answer.json())["error"]["code"]
        with pytest.raises(WSServerHandshakeError) as refused:
            await http.ws_connect(f"{server.url}/ws", headers=host)

    assert (answer.status, code) == (421, "host_not_allowed")
    assert refused.value.status == 421
