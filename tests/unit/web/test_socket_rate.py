"""How fast a socket may send, and what is done about one that sends faster."""

from __future__ import annotations

import pytest
from aiohttp import WSMsgType

from server.ids import new_id
from tests.unit.web.conftest import World
from tests.unit.web.test_socket import Peer, connect


async def test_beyond_the_rate_nothing_is_done_and_waiting_helps(world: World) -> None:
    peer, _ = await connect(world)
    for _ in range(40):
        await peer.say("ping")
        await peer.hear()
    command = new_id()
    await peer.say("container-action", {"container": "web", "action": "stop"}, id=command)
    message = await peer.hear()
    assert (message["id"], message["data"]["code"], message["data"]["temporary"]) == (command, "rate_limited", True)
    assert world.actions.performed == []
    await world.clock.advance(0.05)
    await peer.say("ping", id="1")
    assert (await peer.hear())["id"] == "1"


@pytest.mark.parametrize("kind", ['{"type":"ping"}', "{", "ping", "binary"])
async def test_who_goes_on_whatever_it_is_told_is_let_go(world: World, kind: str) -> None:
    peer = Peer(await world.client.ws_connect("/ws", autoping=False))
    await peer.hear()
    for _ in range(40 + 80 + 1):
        if kind == "ping":
            await peer.ws.ping()
        elif kind == "binary":
            await peer.ws.send_bytes(b"")
        else:
            await peer.ws.send_str(kind)
    message = await peer.ws.receive()
    while message.type is not WSMsgType.CLOSE:
        message = await peer.ws.receive()
    assert (message.data, message.extra) == (4008, "retry_after=2")


async def test_a_replay_goes_on_while_its_client_is_told_to_slow_down(world: World) -> None:
    await world.publish(3 * 500)
    peer, _ = await connect(world, "?last_seq=0")
    pages = [await peer.hear()]
    for _ in range(41):
        await peer.say("ping")
        await peer.hear()
    while pages[-1]["data"]["has_more"]:
        await peer.say("replay-ack", {"to": pages[-1]["data"]["to"]})
        pages.append(await peer.hear())
    assert [page["data"]["to"] for page in pages] == [500, 1000, 1500]
