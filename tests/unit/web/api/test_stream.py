"""`/api/v1/events/stream`."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest
from aiohttp import ClientPayloadError, ClientResponse

from server.eventlog.log import NewEvent
from tests.unit.web.conftest import World, code_of, until

STREAM = "/api/v1/events/stream"


async def next_event(response: ClientResponse) -> dict[str, str]:
    """The next one that a browser would dispatch or take an id from, as its fields."""
    fields: dict[str, str] = {}
    while True:
        text = (await response.content.readline()).decode()
        assert text, "the stream ended"
        if text == "\n":
            if fields.keys() & {"data", "id"}:
                return fields
            fields = {}
        elif not text.startswith(":"):
            name, _, value = text.rstrip("\n").partition(": ")
            fields[name] = value


async def test_events_after_a_position_come_with_their_ids(world: World) -> None:
    await world.publish(3)
    response = await world.get(STREAM + "?after=1")
    events = [await next_event(response) for _ in range(2)]
    assert response.content_type == "text/event-stream"
    assert [event["id"] for event in events] == ["e1:2", "e1:3"]
    assert json.loads(events[0]["data"])["seq"] == 2
    response.close()


async def test_it_tells_browsers_when_to_come_back(world: World) -> None:
    response = await world.get(STREAM)
    assert await response.content.readline() == b"retry: 3000\n"
    response.close()


async def test_without_a_position_it_is_live_from_now(world: World) -> None:
    await world.publish(2)
    response = await world.get(STREAM)
    assert await response.content.readline()
    await world.publish(1)
    events = [await next_event(response)]
    assert events[-1]["id"] == "e1:3"
    assert "data" in events[-1]
    response.close()


async def test_a_browser_that_comes_back_goes_on_after_its_last_event(world: World) -> None:
    await world.publish(3)
    response = await world.get(STREAM + "?after=0", Last_Event_ID="e1:2")
    assert (await next_event(response))["id"] == "e1:3"
    response.close()


async def test_a_quiet_stream_shows_life_and_lifts_the_position(world: World) -> None:
    await world.publish(2, "workspace:7")
    response = await world.get(STREAM + "?after=0&channel=system")
    assert await next_event(response) == {"id": "e1:2"}
    response.close()


@pytest.mark.parametrize(("last", "code"), [("e1:0", "gap"), ("e0:3", "epoch_changed"), ("e1:9", "ahead")])
async def test_a_lost_position_is_an_event_and_the_end(world: World, last: str, code: str) -> None:
    await world.publish(3)
    await world.log.prune(2)
    response = await world.get(STREAM, Last_Event_ID=last)
    event = await next_event(response)
    assert (event["event"], json.loads(event["data"])["code"]) == ("gap", code)
    assert event["id"] == "e1:3"
    assert await response.content.read() == b""


@pytest.mark.parametrize("last", ["3", "e1", "e1:x", "e1:-1", "a b:1", "e1:1:1"])
async def test_an_id_that_is_none_is_refused(world: World, last: str) -> None:
    response = await world.get(STREAM, Last_Event_ID=last)
    assert response.status == 400
    assert await code_of(response) == "invalid_request"


async def test_there_is_no_head_of_a_stream(world: World) -> None:
    assert (await world.client.head(STREAM)).status == 405


async def test_a_shutdown_cuts_the_stream(world: World) -> None:
    response = await world.get(STREAM)
    await response.content.readline()
    await world.client.server.close()
    with pytest.raises(ClientPayloadError):
        await response.content.read()
    assert world.stays == 0


async def test_a_client_that_left_is_let_go_without_a_word_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    response = await world.get(STREAM)
    await response.content.readline()
    response.close()
    await until(lambda: world.stays == 0)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_reader_that_takes_nothing_is_cut_off(world: World) -> None:
    big = {"version": "x" * 100_000}
    for _ in range(100):
        await world.log.append([NewEvent(type="server.started", channel="system", data=big)])
    reader, writer = await asyncio.open_connection(world.client.host, world.client.port, limit=1024)
    writer.write(b"GET %b?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n" % STREAM.encode())
    await reader.readline()
    await until(lambda: world.stays == 0)
    writer.close()
