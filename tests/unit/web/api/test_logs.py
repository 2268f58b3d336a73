"""`/api/v1/containers/{id}/logs`."""

from __future__ import annotations

import json

import pytest

from server.access import LOCAL
from server.containers.engine import EngineUnreachable
from server.protocol.views import LogLine
from server.web import keys
from tests.unit.web.conftest import World, code_of, until

LOGS = "/api/v1/containers/web/logs"


def line(text: str) -> LogLine:
    return LogLine("2026-11-20T09:00:00.123456789Z", "stdout", text)


async def test_each_line_is_one_of_json_and_the_stream_is_closed_at_its_end(world: World) -> None:
    for batch in ([line("a"), line("b\nc")], [line("d")], None):
        world.containers.output.put_nowait(batch)
    response = await world.get(LOGS)
    lines = [json.loads(text) for text in (await response.read()).splitlines()]
    assert response.content_type == "application/x-ndjson"
    assert [one["text"] for one in lines] == ["a", "b\nc", "d"]
    assert lines[0] == {"ts": "2026-11-20T09:00:00.123456789Z", "stream": "stdout", "text": "a"}
    assert world.containers.open == 0


async def test_without_parameters_it_begins_with_the_last_200_lines(world: World) -> None:
    world.containers.output.put_nowait(None)
    await (await world.get(LOGS)).read()
    assert world.containers.asked == [("web", 200, None, False)]
    assert world.containers.asked_by == [LOCAL]


@pytest.mark.parametrize(
    ("since", "ns"),
    [
        ("2026-11-20T09:00:00Z", 1_795_165_200_000_000_000),
        ("2026-11-20T09:00:00.123456789Z", 1_795_165_200_123_456_789),
        ("2026-11-20T18:00:00%2B09:00", 1_795_165_200_000_000_000),
        ("1795165200", 1_795_165_200_000_000_000),
        ("1795165200.5", 1_795_165_200_500_000_000),
    ],
)
async def test_since_keeps_every_nanosecond(world: World, since: str, ns: int) -> None:
    world.containers.output.put_nowait(None)
    await (await world.get(f"{LOGS}?tail=5&since={since}&follow=true")).read()
    assert world.containers.asked == [("web", 5, ns, True)]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("tail=-1", "tail"),
        ("tail=all", "tail"),
        ("tail=10001", "tail"),
        ("tail=1&tail=2", "tail"),
        ("since=yesterday", "since"),
        ("since=2026-13-40T09:00:00Z", "since"),
        ("since=", "since"),
        ("follow=maybe", "follow"),
    ],
)
async def test_a_parameter_that_does_not_fit_is_named(world: World, query: str, named: str) -> None:
    response = await world.get(f"{LOGS}?{query}")
    assert response.status == 400
    assert await code_of(response) == "invalid_request"
    assert f"`{named}`" in (await response.json())["error"]["message"]
    assert world.containers.asked == []


async def test_a_container_that_is_gone_is_an_error_before_anything_is_sent(world: World) -> None:
    response = await world.get("/api/v1/containers/gone/logs")
    assert response.status == 404
    assert await code_of(response) == "container_not_found"


async def test_an_engine_lost_midway_is_the_last_line(world: World) -> None:
    world.containers.output.put_nowait([line("a")])
    world.containers.output.put_nowait(EngineUnreachable("The engine went away."))
    response = await world.get(LOGS)
    *lines, last = [json.loads(text) for text in (await response.read()).splitlines()]
    assert [one["text"] for one in lines] == ["a"]
    assert last["error"]["code"] == "engine_unreachable"
    assert last["error"]["request_id"] == response.headers["X-Request-ID"]


async def test_a_bug_midway_tells_no_details(world: World) -> None:
    world.containers.output.put_nowait(ValueError("secret detail"))
    text = await (await world.get(LOGS)).text()
    assert json.loads(text)["error"]["code"] == "internal"
    assert "secret" not in text


async def test_a_followed_log_stays_open_and_shows_signs_of_life(world: World) -> None:
    world.containers.output.put_nowait([line("a")])
    response = await world.get(LOGS + "?follow=true")
    await response.content.readline()
    await world.clock.advance(15)
    assert await response.content.readline() == b"\n"
    world.containers.output.put_nowait([line("b")])
    assert json.loads(await response.content.readline())["text"] == "b"
    response.close()


async def test_the_engines_stream_is_closed_when_the_client_leaves(world: World) -> None:
    world.containers.output.put_nowait([line("a")])
    response = await world.get(LOGS + "?follow=true")
    await response.content.readline()
    response.close()
    world.containers.output.put_nowait([line("x" * 1_000_000)])
    await until(lambda: world.containers.open == 0)


async def test_a_client_that_leaves_a_silent_log_is_noticed(world: World) -> None:
    response = await world.get(LOGS + "?follow=true")
    response.close()
    stays = world.client.app[keys.STAYS]

    def let_go() -> bool:
        stays.look()
        return world.containers.open == 0

    await until(let_go)


async def test_a_shutdown_does_not_wait_for_a_followed_log(world: World) -> None:
    response = await world.get(LOGS + "?follow=true")
    await world.client.server.close()
    assert world.containers.open == 0
    response.close()
