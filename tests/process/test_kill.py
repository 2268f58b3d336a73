"""`kill -9` takes nothing back that any client was shown."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from server.tasks import Tasks
from tests.process.churn import churn
from tests.process.client import Message, SocketClient, joined
from tests.process.rest import act, all_events, eventually
from tests.process.server import ServerProcess, serving
from tests.provision.engine import IMAGE, Engine

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]

CLIENTS = 8
# Events that a client has seen when the server is killed: soon after the start, and in the middle of everything.
KILL_AFTER = (40, 150, 150)
FINAL = ("operation.confirmed", "operation.failed")


@asynccontextmanager
async def sleeping(engine: Engine, *names: str) -> AsyncIterator[None]:
    """Containers that run."""
    command = ["--detach", "--network", "none", "--stop-signal", "KILL", IMAGE, "sleep", "3600"]
    for name in names:
        await asyncio.to_thread(engine.docker, "run", "--name", name, *command)
    try:
        yield
    finally:
        await asyncio.to_thread(engine.docker, "rm", "--force", *names)


async def act_without_end(http: ClientSession, server: ServerProcess, container: str) -> None:
    """Pause and resume a container over REST, whether the server is there or not."""
    while True:
        for action in ("pause", "unpause"):
            try:
                await act(http, server.url, container, action)
            except ClientError:
                await asyncio.sleep(0.05)


async def has_seen(client: SocketClient, events: int) -> None:
    await client.until(lambda: len(client.events) >= events)


def endings(events: list[Message]) -> Counter[str]:
    """How many outcomes each operation has."""
    found: Counter[str] = Counter()
    for event in events:
        if event["type"].startswith("operation."):
            found[event["data"]["operation"]["id"]] += event["type"] in FINAL
    return found


def no_operation_is_open(events: list[Message]) -> bool:
    return 0 not in endings(events).values()


async def test_every_event_that_a_client_was_shown_survives_kill_9_without_hole_or_reuse(
    engine: Engine, http: ClientSession, tmp_path: Path
) -> None:
    containers = ("kill-one", "kill-two", "kill-three")
    load = Tasks("load")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(tmp_path, engine=engine.url))
        await stack.enter_async_context(sleeping(engine, *containers))
        churned = await stack.enter_async_context(churn(engine))
        clients = [await stack.enter_async_context(joined(http, server.url, last_seq="0")) for _ in range(CLIENTS)]
        stack.push_async_callback(load.close)
        for container in containers:
            load.spawn(container, act_without_end(http, server, container))
        load.spawn("churn", churned.rename(10_000))

        for more in KILL_AFTER:
            await has_seen(clients[0], len(clients[0].events) + more)
            await server.kill()
            for client in clients:
                assert await client.closing() is None
            await server.start()
            for client in clients:
                assert (await client.connect())["recovered"] is True

        await load.close()
        stored = await eventually(lambda: all_events(http, server.url), no_operation_is_open)
        heard = [event for event in stored if event["channel"] == "system"]
        for client in clients:
            await has_seen(client, len(heard))

    assert set(endings(stored).values()) == {1}
    assert [event["seq"] for event in stored] == list(range(1, len(stored) + 1))
    assert len({event["id"] for event in stored}) == len(stored)
    for client in clients:
        assert client.events[: len(heard)] == heard
