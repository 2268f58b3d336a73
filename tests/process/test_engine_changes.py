"""What the engine's own command line does shows in a connected client; a lost engine is said, and followed again."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from server.clock import SystemClock
from tests.process.client import Message, SocketClient, joined
from tests.process.rest import act, eventually, get
from tests.process.server import ServerProcess, serving
from tests.provision.engine import IMAGE, Engine

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]

ROUNDS, AT_A_TIME = 5, 10
NAMES = [f"quick-{n}" for n in range(AT_A_TIME)]
# An unhealthy container after a second, a healthy one once the file is there.
HEALTH = ("--health-cmd", "test -e /tmp/well", "--health-interval", "1s", "--health-retries", "1")
SLEEP = ("--network", "none", "--stop-signal", "KILL", IMAGE, "sleep", "3600")


@pytest.fixture
async def server(engine: Engine, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    async with serving(tmp_path, engine=engine.url) as server:
        yield server


@pytest.fixture
async def client(http: ClientSession, server: ServerProcess) -> AsyncIterator[SocketClient]:
    """A client of everything, that knows the engine's state."""
    async with joined(http, server.url, channels="system,containers") as client:
        await client.until(lambda: engine_state(client) == "up")
        yield client


async def test_a_start_by_the_command_line_shows_in_event_and_list(
    engine: Engine, client: SocketClient, figure: Callable[[str], None]
) -> None:
    for name in NAMES:
        await asyncio.to_thread(engine.docker, "create", "--name", name, *SLEEP)
    in_event, in_list = [], []
    for starts in range(AT_A_TIME, AT_A_TIME * ROUNDS + 1, AT_A_TIME):
        await asyncio.to_thread(engine.docker, "start", *NAMES)
        await client.until(lambda: states(client) == dict.fromkeys(NAMES, "running"))
        await has_told(client, "container.started", starts)
        started = of_kind(client, "container.started")[-AT_A_TIME:]
        in_event += [client.arrived[e["seq"]] - engine_time(e) for e in started]
        in_list += [first_seen_running(client, e) - engine_time(e) for e in started]
        await asyncio.to_thread(engine.docker, "kill", *NAMES)
        await client.until(lambda: states(client) == dict.fromkeys(NAMES, "exited"))
    await asyncio.to_thread(engine.docker, "rm", "--force", *NAMES)
    await client.until(lambda: states(client) == {})
    await has_told(client, "container.removed", AT_A_TIME)

    for kind, times in (("created", 1), ("started", ROUNDS), ("killed", ROUNDS), ("exited", ROUNDS), ("removed", 1)):
        assert len(of_kind(client, f"container.{kind}")) == AT_A_TIME * times
    figure(f"docker start → event at a client: {spread(in_event)} ({len(in_event)} starts)")
    figure(f"docker start → list at a client: {spread(in_list)}")


async def test_a_rename_and_a_change_of_health_show(engine: Engine, client: SocketClient) -> None:
    await asyncio.to_thread(engine.docker, "run", "--detach", "--name", "patient", *HEALTH, *SLEEP)
    try:
        await client.until(lambda: condition(client, "patient") == "unhealthy")
        await asyncio.to_thread(engine.docker, "exec", "patient", "touch", "/tmp/well")
        await client.until(lambda: condition(client, "patient") == "healthy")
        await asyncio.to_thread(engine.docker, "rename", "patient", "cured")
        await client.until(lambda: condition(client, "cured") == "healthy")
    finally:
        await asyncio.to_thread(engine.docker, "rm", "--force", "--volumes", "patient", "cured")

    told = [(e["type"], e["data"].get("health")) for e in client.events if "health" in e["type"]]
    assert told == [("container.health", "unhealthy"), ("container.health", "healthy")]
    assert [event["data"]["old_name"] for event in of_kind(client, "container.renamed")] == ["patient"]


async def test_an_engine_that_stops_is_shown_as_down_and_followed_again_when_it_is_back(
    engine: Engine, client: SocketClient, figure: Callable[[str], None]
) -> None:
    clock = SystemClock()
    await asyncio.to_thread(engine.docker, "run", "--detach", "--name", "survivor", *SLEEP)
    await client.until(lambda: states(client) == {"survivor": "running"})
    stopping = clock.now()
    await asyncio.to_thread(engine.stop)
    try:
        stopped = clock.now()
        await client.until(lambda: engine_state(client) == "down")
        down = shown_list(client)
    finally:
        await asyncio.to_thread(engine.start)
    back = clock.now()
    await client.until(lambda: engine_state(client) == "up" and states(client) == {"survivor": "exited"})
    right = shown_list(client)
    await asyncio.to_thread(engine.docker, "rm", "--force", "survivor")
    await client.until(lambda: states(client) == {})

    assert [c["name"] for c in down["data"]["containers"]] == ["survivor"]
    assert down["data"]["engines"][0]["message"]
    engines = [e["type"] for e in client.events if e["type"].startswith("engine.")]
    assert engines[-2:] == ["engine.down", "engine.up"]
    figure(f"engine told to stop → shown as down: {down['arrived'] - stopping:.2f} s")
    figure(f"engine ended → shown as down: {down['arrived'] - stopped:+.2f} s")
    figure(f"engine back → list right: {right['arrived'] - back:.2f} s")


async def test_an_engine_that_does_not_answer_is_shown_as_down_and_actions_say_so(
    engine: Engine, http: ClientSession, server: ServerProcess, client: SocketClient
) -> None:
    await asyncio.to_thread(engine.docker, "create", "--name", "waiting", *SLEEP)
    await client.until(lambda: states(client) == {"waiting": "created"})
    os.kill(engine.pid, signal.SIGSTOP)
    try:
        await client.until(lambda: engine_state(client) == "down")
        refused = await act(http, server.url, "waiting", "start")
        health = await get(http, f"{server.url}/health")
    finally:
        os.kill(engine.pid, signal.SIGCONT)
    await client.until(lambda: engine_state(client) == "up")
    started = await act(http, server.url, "waiting", "start")
    await asyncio.to_thread(engine.docker, "rm", "--force", "waiting")

    assert refused[0] == 503
    assert refused[1]["error"]["code"] == "engine_unreachable"
    assert health["state"] == "degraded"
    assert health["parts"]["engine"]["state"] == "down"
    assert started[1]["operation"]["state"] == "confirmed"


async def test_streams_that_their_clients_left_leave_nothing_open(
    engine: Engine, http: ClientSession, server: ServerProcess, client: SocketClient
) -> None:
    await asyncio.to_thread(engine.docker, "run", "--detach", "--name", "chatty", *SLEEP)
    await client.until(lambda: states(client) == {"chatty": "running"})
    addresses = (
        f"{server.url}/api/v1/containers/chatty/logs?follow=true",
        f"{server.url}/api/v1/events/stream",
        f"{server.url}/ws",
    )
    opened = server.open_files
    for _ in range(50):
        await asyncio.gather(*[leave(http, address) for address in addresses for _ in range(4)])
    await eventually(lambda: files(server), lambda now: now <= opened)
    detail = await get(http, f"{server.url}/api/v1/containers/chatty")
    await asyncio.to_thread(engine.docker, "rm", "--force", "chatty")

    assert detail["container"]["name"] == "chatty"


async def leave(http: ClientSession, url: str) -> None:
    """Begin to read a stream and go away."""
    if url.endswith("/ws"):
        async with http.ws_connect(url) as socket:
            await socket.receive()
    else:
        async with http.get(url) as answer:
            assert answer.status == 200


async def files(server: ServerProcess) -> int:
    return server.open_files


def shown_list(client: SocketClient) -> Message:
    """The newest list that `client` was sent."""
    return [message for message in client.messages if message["type"] == "containers"][-1]


def of_kind(client: SocketClient, kind: str) -> list[Message]:
    return [event for event in client.events if event["type"] == kind]


async def has_told(client: SocketClient, kind: str, times: int) -> None:
    await client.until(lambda: len(of_kind(client, kind)) == times)


def engine_state(client: SocketClient) -> str | None:
    lists = [message for message in client.messages if message["type"] == "containers"]
    return lists[-1]["data"]["engines"][0]["state"] if lists else None


def states(client: SocketClient) -> dict[str, str]:
    return {container["name"]: container["state"] for container in shown_list(client)["data"]["containers"]}


def condition(client: SocketClient, name: str) -> str | None:
    containers = shown_list(client)["data"]["containers"]
    return next((container["condition"] for container in containers if container["name"] == name), None)


def engine_time(event: Message) -> float:
    return datetime.fromisoformat(event["data"]["at"]).timestamp()


def first_seen_running(client: SocketClient, started: Message) -> float:
    """When the first list after `started` came that shows its container running."""
    at, wanted = engine_time(started), started["data"]["container"]["id"]
    for message in client.messages:
        if message["type"] == "containers" and message["arrived"] >= at:
            running = {c["id"] for c in message["data"]["containers"] if c["state"] == "running"}
            if wanted in running:
                return float(message["arrived"])
    raise AssertionError(f"never seen running: {wanted}")


def spread(seconds: Sequence[Any]) -> str:
    cuts = statistics.quantiles(seconds, n=100)
    return f"p50 {cuts[49] * 1000:.0f} ms, p95 {cuts[94] * 1000:.0f} ms"
