"""The socket's door: what comes in is answered or refused with a code, and what takes time never stops the reading."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from server.errors import TooBusy
from server.ids import new_id
from server.web.socket_door import MAX_PENDING
from tests.unit.web.conftest import POOL, World, until


class Peer:
    """A client of the socket that reads message by message."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws

    async def say(self, kind: str, data: Any = None, **rest: Any) -> None:
        await self.ws.send_json({"type": kind, **({} if data is None else {"data": data}), **rest})

    async def hear(self) -> Any:
        return await self.ws.receive_json()

    async def code(self) -> str:
        """The code of the error that comes next."""
        message = await self.hear()
        assert message["type"] == "error"
        assert message["data"]["message"]
        return str(message["data"]["code"])


async def connect(world: World, query: str = "", **options: Any) -> tuple[Peer, Any]:
    """Return a client and the first message that it got."""
    peer = Peer(await world.client.ws_connect(f"/ws{query}", **options))
    return peer, await peer.hear()


async def test_without_an_upgrade_the_route_answers_its_status(world: World) -> None:
    await world.publish(2)
    await connect(world, "?channels=system")
    body = await (await world.get("/ws")).json()
    assert body == {"connections": 1, "channels": {"system": 1}, "epoch": "e1", "server_seq": 2, "floor_seq": 0}


async def test_connected_says_where_the_client_stands(world: World) -> None:
    await world.publish(1)
    _, connected = await connect(world)
    assert connected["type"] == "connected"
    data = connected["data"]
    assert (data["epoch"], data["server_seq"], data["recovered"]) == ("e1", 1, None)


async def test_what_was_missed_follows_connected(world: World) -> None:
    await world.publish(3)
    peer, connected = await connect(world, "?channels=system&last_seq=1&epoch=e1")
    page = await peer.hear()
    assert connected["data"]["recovered"] is True
    assert [event["seq"] for event in page["data"]["events"]] == [2, 3]


@pytest.mark.parametrize("last_seq", ["-1", "x", "1.5", "9" * 16, "", "٣"])
async def test_a_position_that_is_none_is_refused_with_a_reason(world: World, last_seq: str) -> None:
    peer, message = await connect(world, f"?last_seq={last_seq}")
    closing = await peer.ws.receive()
    assert (message["type"], message["data"]["code"]) == ("error", "invalid_request")
    assert (closing.type, closing.data) == (WSMsgType.CLOSE, 4501)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?channels=nope", "unknown_channel"),
        ("?channels=session:../x", "unknown_channel"),
        ("?channels=" + ",".join(f"session:{n}" for n in range(65)), "invalid_request"),
    ],
)
async def test_channels_that_are_none_are_refused_at_the_start(world: World, query: str, code: str) -> None:
    peer, message = await connect(world, query)
    assert message["data"]["code"] == code
    assert (await peer.ws.receive()).data == 4501


@pytest.mark.parametrize(("query", "reason"), [("last_seq=9", "ahead"), ("last_seq=0&epoch=x", "epoch_changed")])
async def test_a_position_that_cannot_be_resumed_from_leaves_the_client_live(
    world: World, query: str, reason: str
) -> None:
    peer, connected = await connect(world, f"?{query}")
    await world.publish(1)
    assert (connected["data"]["recovered"], connected["data"]["reason"]) == (False, reason)
    assert (await peer.hear())["seq"] == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "malformed_json"),
        ("null", "malformed_json"),
        ("[1]", "malformed_json"),
        ('{"type":"fly"}', "unknown_type"),
        ('{"type":"ping","fly":1}', "invalid_request"),
        ('{"type":"subscribe","data":{"channels":[]}}', "invalid_request"),
        ('{"type":"subscribe","data":{"channels":["system"],"since":-1}}', "invalid_request"),
        ('{"type":"subscribe","data":{"channels":["nope"]}}', "unknown_channel"),
        ('{"type":"container-action","id":"1","data":{"container":"web","action":"stop"}}', "invalid_request"),
        ('{"type":"container-action","data":{"container":"web","action":"fly"}}', "unknown_action"),
        ('{"type":"message","id":"1","data":{"session":"S","text":"hello"}}', "invalid_request"),
        ('{"type":"message","data":{"session":"S","text":"hello"}}', "invalid_request"),
        ('{"type":"message","data":{"session":"a b","text":"hello"}}', "invalid_request"),
        ('{"type":"command","data":{"session":"S","command":"dance"}}', "invalid_request"),
        ('{"type":"permission-decision","data":{"permission":"P","decision":"perhaps"}}', "invalid_request"),
        ('{"type":"ping","data":' + "[" * 5000, "malformed_json"),
        ('{"type":"fly","more":' + "[" * 5000, "malformed_json"),
    ],
)
async def test_a_bad_message_is_an_error_and_the_connection_lives(world: World, text: str, code: str) -> None:
    peer, _ = await connect(world)
    await peer.ws.send_str(text)
    assert await peer.code() == code
    await peer.say("ping", id="1")
    assert (await peer.hear())["type"] == "pong"


async def test_text_that_is_no_utf8_is_an_error_and_the_connection_lives(world: World) -> None:
    peer, _ = await connect(world)
    await peer.ws.send_frame(b'{"type":"ping","id":"\xff"}', WSMsgType.TEXT)
    assert await peer.code() == "malformed_json"


async def test_a_binary_frame_is_an_error_and_the_connection_lives(world: World) -> None:
    peer, _ = await connect(world)
    await peer.ws.send_bytes(b"\x00")
    assert await peer.code() == "not_text"


async def test_a_message_over_the_limit_ends_the_connection_with_1009(world: World) -> None:
    peer, _ = await connect(world)
    await peer.ws.send_str('"' + "x" * (1024 * 1024) + '"')
    assert (await peer.ws.receive()).data == 1009


async def test_an_error_names_the_message_that_it_answers(world: World) -> None:
    peer, _ = await connect(world)
    await peer.ws.send_str('{"type":"fly","id":"7"}')
    assert (await peer.hear())["id"] == "7"


async def test_a_subscription_is_acknowledged_and_live(world: World) -> None:
    peer, _ = await connect(world)
    await peer.say("subscribe", {"channels": ["session:a"]}, id="7")
    ack = await peer.hear()
    await world.publish(1, "session:a")
    assert (ack["type"], ack["id"], ack["data"]) == ("ack", "7", {"channels": ["session:a"], "from": 0})
    assert (await peer.hear())["channel"] == "session:a"


async def test_a_subscription_with_a_position_brings_what_was_missed(world: World) -> None:
    await world.publish(2, "session:a")
    peer, _ = await connect(world)
    await peer.say("subscribe", {"channels": ["session:a"], "since": 1}, id="7")
    assert (await peer.hear())["type"] == "ack"
    assert [event["seq"] for event in (await peer.hear())["data"]["events"]] == [2]


async def test_who_unsubscribed_hears_no_more(world: World) -> None:
    peer, _ = await connect(world, "?channels=system,session:a")
    await peer.say("unsubscribe", {"channels": ["system"]}, id="7")
    assert (await peer.hear())["data"] == {"channels": ["system"], "from": None}
    await world.publish(1, "system")
    await world.publish(1, "session:a")
    assert (await peer.hear())["channel"] == "session:a"


async def test_a_forbidden_channel_is_refused(world: World) -> None:
    world.gate.closed = {"session:a"}
    peer, _ = await connect(world)
    await peer.say("subscribe", {"channels": ["session:a"]}, id="7")
    assert await peer.code() == "forbidden"


async def test_who_may_hear_none_of_its_channels_is_told_and_let_go(world: World) -> None:
    world.gate.closed = {"session:a", "session:b"}
    peer, connected = await connect(world, "?channels=session:a,session:b")
    assert connected["data"]["channels"]["session:a"] == {"recovered": None, "forbidden": True}
    assert (await peer.ws.receive()).data == 4503


async def test_the_channels_of_a_connection_are_bounded(world: World) -> None:
    peer, _ = await connect(world)
    await peer.say("subscribe", {"channels": [f"session:{n}" for n in range(64)]}, id="7")
    assert await peer.code() == "too_busy"


async def test_a_command_is_answered_once_when_it_is_final(world: World) -> None:
    peer, _ = await connect(world)
    command = new_id()
    await peer.say("container-action", {"container": "web", "action": "restart", "grace_s": 3}, id=command)
    await until(lambda: command in world.actions.operations)
    await peer.say("ping", id="1")
    assert (await peer.hear())["type"] == "pong"
    await world.actions.end(command, "confirmed")
    ack = await peer.hear()
    assert (ack["type"], ack["id"], ack["data"]["success"]) == ("container-ack", command, True)
    assert world.actions.performed[0].options.grace_s == 3


async def test_a_command_that_is_refused_is_an_error_with_its_id(world: World) -> None:
    world.actions.refusal = TooBusy("Too much is going on.")
    peer, _ = await connect(world)
    command = new_id()
    await peer.say("container-action", {"container": "web", "action": "stop"}, id=command)
    message = await peer.hear()
    assert (message["id"], message["data"]["code"], message["data"]["temporary"]) == (command, "too_busy", True)


async def test_a_message_to_a_session_is_acknowledged_with_the_run_that_answers_it(world: World) -> None:
    peer, _ = await connect(world)
    command = new_id()
    await peer.say("message", {"session": "S", "text": "why is web down?"}, id=command)
    ack = await peer.hear()
    assert (ack["type"], ack["id"], ack["data"]["run"]["id"]) == ("message-ack", command, "R")
    assert world.talk.done == [("post", "local", "why is web down?", command)]


async def test_a_run_is_stopped_over_the_socket(world: World) -> None:
    peer, _ = await connect(world)
    command = new_id()
    await peer.say("command", {"session": "S", "command": "stop"}, id=command)
    ack = await peer.hear()
    assert (ack["type"], ack["id"], ack["data"]["run"]["state"]) == ("command-ack", command, "stopped")


async def test_a_permission_is_decided_over_the_socket(world: World) -> None:
    peer, _ = await connect(world)
    command = new_id()
    await peer.say("permission-decision", {"permission": "P", "decision": "deny", "reason": "not now"}, id=command)
    ack = await peer.hear()
    assert (ack["type"], ack["id"], ack["data"]["permission"]["state"]) == ("permission-ack", command, "denied")
    assert world.talk.done == [("deny", "local", "P", "not now")]


async def test_a_message_to_no_session_is_an_error_with_its_id(world: World) -> None:
    peer, _ = await connect(world)
    command = new_id()
    await peer.say("message", {"session": "other", "text": "hello"}, id=command)
    answer = await peer.hear()
    assert (answer["type"], answer["id"], answer["data"]["code"]) == ("error", command, "session_not_found")


async def test_the_commands_that_wait_are_bounded(world: World) -> None:
    peer, _ = await connect(world)
    for count in range(1, MAX_PENDING + 2):
        await peer.say("container-action", {"container": "web", "action": "stop"}, id=new_id())
        await until(lambda count=count: len(world.actions.performed) == min(count, MAX_PENDING))  # type: ignore[misc]
        # Slowly enough for the rate of one socket.
        await world.clock.advance(0.1)
    assert await peer.code() == "too_busy"


async def test_a_ping_is_answered_with_what_it_brought(world: World) -> None:
    peer = Peer(await world.client.ws_connect("/ws", autoping=False))
    await peer.hear()
    await peer.ws.ping(b"42")
    message = await peer.ws.receive()
    assert (message.type, message.data) == (WSMsgType.PONG, b"42")


async def test_a_full_pool_is_said_with_1013(world: World) -> None:
    for _ in range(POOL):
        await connect(world)
    ws = await world.client.ws_connect("/ws")
    assert (await ws.receive()).data == 1013


async def test_a_client_that_goes_away_is_forgotten(world: World) -> None:
    peer, _ = await connect(world)
    await peer.ws.close()
    await until(lambda: len(world.hub) == 0)


async def test_a_restart_is_said_with_1012(world: World) -> None:
    peer, _ = await connect(world)
    world.hub.close()
    assert (await peer.ws.receive()).data == 1012


async def test_a_long_state_comes_compressed_to_who_takes_it(world: World) -> None:
    message = b'{"type":"metrics","data":{"text":"' + b"x" * 5000 + b'"}}'
    world.hub.publish_state("metrics", message)
    peer, _ = await connect(world, "?channels=metrics", compress=15)
    assert len((await peer.hear())["data"]["text"]) == 5000
