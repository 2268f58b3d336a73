"""`/api/v1/events`."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from server.protocol.rest import EventsPage
from tests.unit.web.conftest import World, code_of, until

EVENTS = "/api/v1/events"


async def page(world: World, query: str = "") -> dict[str, Any]:
    response = await world.get(EVENTS + query)
    assert response.status == 200, await response.text()
    body = await response.read()
    msgspec.json.decode(body, type=EventsPage)
    decoded: dict[str, Any] = msgspec.json.decode(body)
    return decoded


def seqs(body: dict[str, Any]) -> list[int]:
    return [event["seq"] for event in body["events"]]


async def test_an_empty_log_is_an_empty_page(world: World) -> None:
    body = await page(world)
    assert body == {"epoch": "e1", "floor": 0, "head": 0, "next": 0, "events": [], "has_more": False}


async def test_pages_follow_each_other_without_a_hole(world: World) -> None:
    await world.publish(5)
    first = await page(world, "?limit=2")
    assert (seqs(first), first["next"], first["has_more"], first["head"]) == ([1, 2], 2, True, 5)
    second = await page(world, "?limit=2&after=2&epoch=e1")
    assert (seqs(second), second["next"]) == ([3, 4], 4)
    last = await page(world, "?limit=2&after=4")
    assert (seqs(last), last["next"], last["has_more"]) == ([5], 5, False)


async def test_an_event_is_sent_as_it_was_stored(world: World) -> None:
    [stored] = await world.publish(1)
    assert stored.text in await (await world.get(EVENTS)).read()


async def test_without_a_position_it_begins_at_the_floor(world: World) -> None:
    await world.publish(3)
    await world.log.prune(2)
    body = await page(world)
    assert (body["floor"], seqs(body)) == (2, [3])


async def test_a_position_below_the_floor_is_a_gap(world: World) -> None:
    await world.publish(3)
    await world.log.prune(2)
    response = await world.get(EVENTS + "?after=1")
    assert response.status == 410
    assert await code_of(response) == "gap"


async def test_a_position_ahead_of_what_was_published_is_refused(world: World) -> None:
    await world.publish(1)
    response = await world.get(EVENTS + "?after=2")
    assert response.status == 409
    assert await code_of(response) == "ahead"


async def test_another_epoch_is_another_history(world: World) -> None:
    response = await world.get(EVENTS + "?after=0&epoch=e0")
    assert response.status == 409
    assert await code_of(response) == "epoch_changed"


@pytest.mark.parametrize(
    "query",
    [
        "after=-1",
        "after=one",
        "after=1.5",
        "after=%2B1",
        "after=1_0",
        "after=",
        "after=9007199254740992",
        "after=99999999999999999999999",
        "after=%D9%A3",
        "after=1&after=2",
        "limit=0",
        "limit=1001",
        "wait=26",
        "wait=-1",
        "epoch=",
        "channel=metrics",
    ],
)
async def test_a_parameter_that_does_not_fit_is_refused(world: World, query: str) -> None:
    response = await world.get(f"{EVENTS}?{query}")
    assert response.status == 400
    assert await code_of(response) == "invalid_request"


@pytest.mark.parametrize("channel", ["nothing", "workspace:", "workspace:a%2Fb", ""])
async def test_a_channel_that_does_not_exist_is_refused(world: World, channel: str) -> None:
    response = await world.get(f"{EVENTS}?channel={channel}")
    assert response.status == 404
    assert await code_of(response) == "unknown_channel"


async def test_a_closed_channel_is_forbidden_when_asked_for_and_absent_otherwise(world: World) -> None:
    world.gate.closed.add("audit")
    await world.publish(1, "audit")
    await world.publish(1)
    response = await world.get(EVENTS + "?channel=audit")
    assert response.status == 403
    assert await code_of(response) == "forbidden"
    assert seqs(await page(world)) == [2]


async def test_only_the_channels_asked_for_come_and_next_passes_over_the_others(world: World) -> None:
    await world.publish(2, "workspace:7")
    await world.publish(1)
    await world.publish(2, "workspace:8")
    body = await page(world, "?channel=system&channel=workspace:7")
    assert (seqs(body), body["next"]) == ([1, 2, 3], 5)


async def test_a_hidden_event_is_only_its_place(world: World) -> None:
    await world.publish(2)
    world.gate.sees = lambda event: event.seq != 1
    body = await page(world)
    assert body["events"][0] == {"type": "skip", "channel": "system", "seq": 1, "prev": 0}
    assert body["events"][1]["type"] == "server.started"


async def test_who_waits_is_answered_by_the_next_event(world: World) -> None:
    await world.publish(1)
    waiting = asyncio.get_running_loop().create_task(page(world, "?after=1&wait=25"))
    await until_stays(world, 1)
    await world.publish(1)
    assert seqs(await waiting) == [2]


async def test_events_of_other_channels_do_not_end_the_wait(world: World) -> None:
    waiting = asyncio.get_running_loop().create_task(page(world, "?after=0&wait=25&channel=system"))
    await until_stays(world, 1)
    await world.publish(3, "workspace:7")
    await asyncio.sleep(0)
    await world.publish(1)
    body = await waiting
    assert (seqs(body), body["next"]) == ([4], 4)


async def test_a_wait_in_vain_still_moves_the_position(world: World) -> None:
    await world.publish(2, "workspace:7")
    body = await page(world, "?after=0&wait=0.01&channel=system")
    assert (body["events"], body["next"]) == ([], 2)


async def test_only_so_many_may_wait_at_a_time(world: World) -> None:
    loop = asyncio.get_running_loop()
    waiting = [loop.create_task(page(world, "?after=0&wait=25")) for _ in range(3)]
    await until_stays(world, 3)
    response = await world.get(EVENTS + "?after=0&wait=25")
    assert response.status == 503
    assert await code_of(response) == "too_busy"
    await world.publish(1)
    await asyncio.gather(*waiting)
    assert world.stays == 0


async def test_a_shutdown_answers_those_who_wait(world: World) -> None:
    waiting = asyncio.get_running_loop().create_task(world.get(EVENTS + "?after=0&wait=25"))
    await until_stays(world, 1)
    await world.client.server.close()
    response = await waiting
    assert response.status == 503
    assert await code_of(response) == "shutting_down"


async def until_stays(world: World, count: int) -> None:
    await until(lambda: world.stays == count)
