"""Who may open a socket, and how long it is theirs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from server.access import Role
from server.config import Config
from server.errors import TokenExpired, TokenRevoked, Unauthenticated
from server.eventlog.audit import Audit
from server.eventlog.memory import MemoryLog
from server.ids import new_id
from server.web import keys, waiting_room
from tests.fakes.identities import FakeIdentities
from tests.unit.web.conftest import Routes, World, until
from tests.unit.web.test_socket import Peer, connect


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, auth="on", handshakes_per_s=0, api_per_s=0)


@pytest.fixture
def identities() -> FakeIdentities:
    identities = FakeIdentities()
    identities.add("ann's", "ann")
    identities.add("ben's", "ben")
    return identities


@pytest.fixture
def trail() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def more_routes(identities: FakeIdentities, trail: MemoryLog) -> Routes:
    def add(app: web.Application) -> None:
        app[keys.IDENTITIES] = identities
        app[keys.AUDIT] = Audit(trail)

    return add


async def stranger(world: World, query: str = "", **options: Any) -> Peer:
    """A socket of somebody who has yet to say who they are."""
    return Peer(await world.client.ws_connect(f"/ws{query}", **options))


def bearing(token: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {token}"}}


def with_cookie(token: str) -> dict[str, Any]:
    return {"headers": {"Cookie": f"pilothouse_access={token}"}}


async def closed(peer: Peer) -> int:
    message = await peer.ws.receive()
    assert message.type is WSMsgType.CLOSE
    return int(message.data)


def waiting(world: World) -> int:
    return len(world.client.app[keys.WAITING_ROOM])


@pytest.mark.parametrize("shown", [bearing, with_cookie])
async def test_a_token_in_the_handshake_opens_the_socket(world: World, identities: FakeIdentities, shown: Any) -> None:
    identities.add("short", "cay", expires_at_s=world.clock.now() + 60)
    _, connected = await connect(world, **shown("short"))
    assert connected["type"] == "connected"
    assert connected["data"]["token_expires_at"] == "2026-11-20T09:01:00.000Z"


async def test_a_first_message_opens_the_socket_and_its_fields_win_over_the_address(world: World) -> None:
    await world.publish(3)
    peer = await stranger(world, "?channels=session:a&last_seq=0&epoch=x")
    await peer.say("auth", {"token": "ann's", "channels": ["system"], "last_seq": 1, "epoch": "e1"})
    connected, page = await peer.hear(), await peer.hear()
    assert connected["data"]["channels"] == {"system": {"recovered": True}}
    assert [event["seq"] for event in page["data"]["events"]] == [2, 3]


async def test_what_auth_does_not_say_is_what_the_address_says(world: World) -> None:
    peer = await stranger(world, "?channels=session:a")
    await peer.say("auth", {"token": "ann's"})
    assert set((await peer.hear())["data"]["channels"]) == {"session:a"}


async def test_a_socket_that_waits_holds_nothing_of_the_hub_and_may_ping(world: World) -> None:
    peer = await stranger(world, autoping=False)
    await peer.ws.ping(b"42")
    assert (await peer.ws.receive()).type is WSMsgType.PONG
    await peer.say("ping", id="1")
    assert (await peer.hear())["id"] == "1"
    assert (len(world.hub), waiting(world)) == (0, 1)
    await peer.say("auth", {"token": "ann's"})
    await peer.hear()
    assert (len(world.hub), waiting(world)) == (1, 0)


@pytest.mark.parametrize(
    ("error", "close"),
    [(TokenExpired("It is over."), 4001), (TokenRevoked("Signed out."), 4500), (None, 4500)],
)
async def test_a_token_that_does_not_count_is_refused_in_words_and_by_the_close(
    world: World, identities: FakeIdentities, error: Unauthenticated | None, close: int
) -> None:
    if error is not None:
        identities.tokens["bad"] = error
    peer = await stranger(world)
    await peer.say("auth", {"token": "bad"}, id="7")
    message = await peer.hear()
    assert (message["id"], message["data"]["code"]) == ("7", error.code if error else "invalid_token")
    assert await closed(peer) == close
    await until(lambda: waiting(world) == 0)


@pytest.mark.parametrize(
    ("error", "close"),
    [(TokenExpired("It is over."), 4001), (TokenRevoked("Signed out."), 4500), (None, 4500)],
)
async def test_a_cookie_that_does_not_count_is_told_by_the_close_for_browsers_hide_the_status(
    world: World, identities: FakeIdentities, error: Unauthenticated | None, close: int
) -> None:
    if error is not None:
        identities.tokens["bad"] = error
    assert await closed(await stranger(world, **with_cookie("bad"))) == close
    assert len(world.hub) == 0


async def test_a_bearer_token_that_does_not_count_is_a_401(world: World) -> None:
    response = await world.client.get("/ws", headers={"Authorization": "Bearer bad", "Upgrade": "websocket"})
    assert response.status == 401


async def test_the_status_of_the_sockets_is_not_for_strangers(world: World) -> None:
    assert (await world.get("/ws")).status == 401
    assert (await world.get("/ws", Authorization="Bearer ann's")).status == 200


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"type":"subscribe","data":{"channels":["system"]}}', "unauthenticated"),
        ('{"type":"auth","data":{}}', "invalid_request"),
        ("{", "malformed_json"),
    ],
)
async def test_another_first_message_ends_the_socket(world: World, text: str, code: str) -> None:
    peer = await stranger(world)
    await peer.ws.send_str(text)
    assert await peer.code() == code
    assert await closed(peer) == 4501


async def test_a_binary_first_message_ends_the_socket(world: World) -> None:
    peer = await stranger(world)
    await peer.ws.send_bytes(b"\x00")
    assert await peer.code() == "unauthenticated"
    assert await closed(peer) == 4501


async def test_strangers_beyond_the_places_that_they_have_are_told_1013(world: World) -> None:
    peers = [await stranger(world) for _ in range(waiting_room.MOST_OF_ONE)]
    await until(lambda: waiting(world) == waiting_room.MOST_OF_ONE)
    assert await closed(await stranger(world)) == 1013
    assert (await connect(world, **bearing("ann's")))[1]["type"] == "connected"
    for peer in peers:
        await peer.ws.close()


async def test_who_is_known_need_not_say_who_they_are(world: World) -> None:
    peer, _ = await connect(world, **bearing("ann's"))
    await peer.say("auth", {"token": "ann's"}, id="7")
    assert await peer.code() == "invalid_request"


async def test_rights_that_were_lost_during_the_handshake_are_not_there_after_it(
    world: World, identities: FakeIdentities
) -> None:
    identities.changed["ann"] = None
    assert await closed(await stranger(world, **bearing("ann's"))) == 4500
    assert len(world.hub) == 0


async def test_a_token_that_was_revoked_ends_the_socket_and_what_it_sent_last_is_not_done(
    world: World, identities: FakeIdentities
) -> None:
    peer, _ = await connect(world, **bearing("ann's"))
    await peer.say("container-action", {"container": "web", "action": "stop"}, id=new_id())
    identities.changed["ann"] = None
    world.hub.reauthorise(identities.current)
    assert await closed(peer) == 4500
    assert world.actions.performed == []


async def test_a_token_that_runs_out_ends_the_socket_unless_it_is_refreshed(
    world: World, identities: FakeIdentities
) -> None:
    end = world.clock.now() + 10
    identities.add("old", "ann", expires_at_s=end)
    identities.add("new", "ann", expires_at_s=end + 900)
    refreshed, forgotten = (await connect(world, **bearing("old")))[0], (await connect(world, **bearing("old")))[0]
    await refreshed.say("refresh_token", {"token": "new"}, id="7")
    answer = await refreshed.hear()
    assert (answer["type"], answer["id"]) == ("token_refreshed", "7")
    assert answer["data"] == {"token_expires_at": "2026-11-20T09:15:10.000Z"}
    await world.clock.advance(10 + 25)
    world.hub.check_liveness()
    assert await closed(forgotten) == 4001
    await refreshed.say("ping", id="8")
    assert (await refreshed.hear())["id"] == "8"


async def test_a_socket_is_refreshed_only_by_a_token_of_the_same_person(
    world: World, identities: FakeIdentities
) -> None:
    peer, _ = await connect(world, **bearing("ann's"))
    for token in ("ben's", "nobody's"):
        await peer.say("refresh_token", {"token": token}, id="7")
        assert await peer.code() == "invalid_token"


async def test_a_refreshed_token_brings_the_rights_of_now(world: World, identities: FakeIdentities) -> None:
    peer, _ = await connect(world, **bearing("ann's"))
    identities.add("admin's", "ann", role=Role.ADMIN)
    await peer.say("refresh_token", {"token": "admin's"}, id="7")
    await peer.hear()
    await peer.say("container-action", {"container": "web", "action": "stop"}, id=new_id())
    await until(lambda: len(world.actions.performed) == 1)
    assert world.actions.performed[0].by.role is Role.ADMIN


async def test_refusals_on_a_socket_are_in_the_audit_trail_without_the_token(world: World, trail: MemoryLog) -> None:
    peer, _ = await connect(world, **bearing("ann's"))
    await peer.say("refresh_token", {"token": "nobody's"})
    await peer.hear()
    text = await refusal(trail)
    assert b'"code":"invalid_token"' in text
    assert b"socket refresh_token" in text
    assert b"nobody's" not in text


async def test_a_channel_that_somebody_came_for_and_may_not_hear_is_in_the_trail(
    world: World, trail: MemoryLog
) -> None:
    world.gate.closed = {"audit"}
    _, connected = await connect(world, "?channels=system,audit", **bearing("ann's"))
    assert connected["data"]["channels"]["audit"]["forbidden"] is True
    text = await refusal(trail)
    assert b'"actor":"ann"' in text
    assert b'"code":"forbidden"' in text
    assert b"socket subscribe" in text


async def test_the_status_names_no_channel_that_is_closed_to_who_asks(world: World) -> None:
    await connect(world, "?channels=system,workspace:secret", **bearing("ben's"))
    world.gate.closed = {"workspace:secret"}
    status = await (await world.get("/ws", Authorization="Bearer ann's")).json()
    assert status["channels"] == {"system": 1}


async def refusal(trail: MemoryLog) -> bytes:
    """The first entry of the trail, as soon as there is one."""
    while not (events := (await trail.read(0, limit=10)).events):
        await asyncio.sleep(0)
    return events[0].text
