"""The containers of a real engine, from the daemon to the messages: seen, acted on, lost and found again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from server.access import LOCAL
from server.clock import SystemClock
from server.containers.docker import DockerEngine
from server.containers.service import ContainerService
from server.containers.translation import nanoseconds
from server.eventlog.audit import Audit
from server.eventlog.log import StoredEvent
from server.eventlog.sqlite import SqliteLog
from server.ids import new_id
from server.protocol.client import ActionOptions
from server.protocol.views import Action, OperationView
from server.storage.database import Database
from tests.provision.engine import IMAGE
from tests.provision.engine import Engine as Daemon

RUN = ("run", "--detach", "--network", "none", "--stop-signal", "KILL")
ROUNDS = 50
CLOCK = SystemClock()


class Client:
    """What somebody sees who is connected: every event and every list, with the time at which it came."""

    def __init__(self) -> None:
        self.events: list[tuple[float, dict[str, Any]]] = []
        self.lists: list[tuple[float, dict[str, Any]]] = []
        self._arrived = asyncio.Event()

    def take_events(self, batch: Sequence[StoredEvent]) -> None:
        self.events += [(CLOCK.now(), json.loads(event.text)) for event in batch]
        self._arrived.set()

    def take_list(self, message: bytes) -> None:
        self.lists.append((CLOCK.now(), json.loads(message)["data"]))
        self._arrived.set()

    async def until_event(self, kind: str, matches: Callable[[dict[str, Any]], bool]) -> tuple[float, dict[str, Any]]:
        """Return the first event of this type whose data `matches`, and when it came."""
        return await self._until(
            lambda: next(((at, e["data"]) for at, e in self.events if e["type"] == kind and matches(e["data"])), None)
        )

    async def until_list(
        self, matches: Callable[[dict[str, Any]], bool], after_s: float = 0
    ) -> tuple[float, dict[str, Any]]:
        """Return the first list after a time that `matches`, and when it came."""
        return await self._until(
            lambda: next(((at, data) for at, data in self.lists if at > after_s and matches(data)), None)
        )

    async def _until(self, look: Callable[[], tuple[float, dict[str, Any]] | None]) -> tuple[float, dict[str, Any]]:
        async with asyncio.timeout(30):
            while (found := look()) is None:
                self._arrived.clear()
                await self._arrived.wait()
        return found


class Console:
    """A running `ContainerService`, the client that watches it, and the command line beside it."""

    def __init__(self, daemon: Daemon, service: ContainerService, client: Client) -> None:
        self.daemon = daemon
        self.service = service
        self.client = client

    async def docker(self, *args: str) -> str:
        return await asyncio.to_thread(self.daemon.docker, *args)

    async def run(self, name: str, *more: str) -> str:
        return await self.docker(*RUN, "--name", name, *more, IMAGE, "sleep", "1000")

    async def act(self, container: str, action: Action, **options: Any) -> OperationView:
        """Ask for an action and return how it ended."""
        asked = await self.service.actions.perform(
            container, action, ActionOptions(**options), by=LOCAL, command_id=new_id()
        )
        return await self.service.actions.wait(asked.id, 30, by=LOCAL)


@pytest.fixture
async def console(engine: Daemon, tmp_path: Path) -> AsyncIterator[Console]:
    client = Client()
    database = await Database.open(tmp_path / "pilothouse.db")
    log = await SqliteLog.open(database)
    log.attach(client.take_events)
    service = ContainerService(
        engine=DockerEngine(engine.url),
        log=log,
        database=database,
        audit=Audit(log),
        publish=client.take_list,
        published=lambda: 0,
        interval_s=10,
    )
    await service.start()
    await client.until_event("engine.up", lambda _: True)
    yield Console(engine, service, client)
    await service.close()
    await log.close()
    await database.close()
    await asyncio.to_thread(engine.clear)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Writes a line into the report of the run."""

    def write(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}\n")

    return write


def named(name: str) -> Callable[[dict[str, Any]], bool]:
    """Whether event data are about the container of this name."""
    return lambda data: bool(data["container"]["name"] == name)


def shows(name: str, **fields: Any) -> Callable[[dict[str, Any]], bool]:
    """Whether a list has a container of this name with these fields."""
    return lambda data: any(c["name"] == name and fields.items() <= c.items() for c in data["containers"])


async def test_what_the_command_line_does_is_seen(console: Console, say: Callable[[str], None]) -> None:
    """Also collects how long after the engine's own time the event and the list came; told, and judged by nobody."""
    events_ms: list[float] = []
    lists_ms: list[float] = []
    for number in range(ROUNDS):
        name = f"web{number}"
        await console.run(name)
        seen_s, started = await console.client.until_event("container.started", named(name))
        listed_s, _ = await console.client.until_list(shows(name, state="running"))
        at_s = (nanoseconds(started["at"]) or 0) / 1e9
        events_ms.append((seen_s - at_s) * 1000)
        lists_ms.append((listed_s - at_s) * 1000)
    say(f"{ROUNDS} docker run, ms after the engine's timeNano: event {spread(events_ms)}, list {spread(lists_ms)}")
    assert len(events_ms) == ROUNDS


def spread(times_ms: list[float]) -> str:
    ordered = sorted(times_ms)
    return f"p50 {ordered[len(ordered) // 2]:.1f} p95 {ordered[int(len(ordered) * 0.95)]:.1f}"


async def test_kill_rename_health_and_removal_are_seen(console: Console) -> None:
    client = console.client
    web = await console.run("web", "--health-cmd", "test -f /tmp/well", "--health-interval", "100ms")
    await client.until_list(shows("web", health="starting"))
    await console.docker("exec", web, "touch", "/tmp/well")
    await client.until_event("container.health", lambda data: data["health"] == "healthy")
    await client.until_list(shows("web", condition="healthy"))
    await console.docker("rename", "web", "front")
    _, renamed = await client.until_event("container.renamed", named("front"))
    assert renamed["old_name"] == "web"
    await console.docker("kill", "front")
    _, killed = await client.until_event("container.killed", named("front"))
    _, exited = await client.until_event("container.exited", named("front"))
    assert (killed["signal"], exited["exit_code"], exited["by"]) == ("SIGKILL", 137, None)
    await client.until_list(shows("front", state="exited", condition="done", attention=False))
    await console.docker("rm", "front")
    await client.until_event("container.removed", named("front"))
    await client.until_list(lambda data: data["containers"] == [] and data["summary"]["total"] == 0)


async def test_a_container_that_keeps_falling_over_needs_attention(console: Console) -> None:
    await console.docker(*RUN, "--name", "crash", "--restart", "on-failure:2", IMAGE, "sh", "-c", "exit 3")
    await console.client.until_list(shows("crash", state="exited", exit_code=3, restart_count=2, attention=True))


async def test_an_init_container_that_ended_well_is_done(console: Console) -> None:
    labels = ("--label", "com.docker.compose.project=shop", "--label", "com.docker.compose.service=init")
    await console.docker(*RUN, "--name", "init", *labels, IMAGE, "true")
    _, data = await console.client.until_list(shows("init", condition="done", attention=False, exit_code=0))
    assert (data["containers"][0]["project"], data["containers"][0]["service"]) == ("shop", "init")
    assert data["summary"]["done"] == 1


async def test_every_action_is_confirmed_by_the_engine(console: Console) -> None:
    await console.run("web")
    await console.client.until_list(shows("web", state="running"))
    outcomes = [
        await console.act("web", "pause"),
        await console.act("web", "unpause"),
        await console.act("web", "restart", grace_s=1),
        await console.act("web", "kill", signal="HUP"),
        await console.act("web", "stop"),
        await console.act("web", "start"),
        await console.act("web", "kill"),
        await console.act("web", "remove", volumes=True),
    ]
    assert [(operation.action, operation.state, operation.message) for operation in outcomes] == [
        ("pause", "confirmed", None),
        ("unpause", "confirmed", None),
        ("restart", "confirmed", None),
        ("kill", "confirmed", None),
        ("stop", "confirmed", None),
        ("start", "confirmed", None),
        ("kill", "confirmed", None),
        ("remove", "confirmed", None),
    ]
    _, removed = await console.client.until_event("container.removed", named("web"))
    assert (removed["by"], removed["operation"]) == ("local", outcomes[-1].id)


async def test_what_is_so_already_and_what_cannot_be_is_said(console: Console) -> None:
    await console.run("web")
    await console.client.until_list(shows("web", state="running"))
    already = await console.act("web", "start")
    running = await console.act("web", "remove")
    unpaused = await console.act("web", "unpause")
    signalled = await console.act("web", "kill", signal="SIGNOPE")
    assert (already.state, already.message) == ("confirmed", "It was running already.")
    assert (running.state, running.code) == ("failed", "container_conflict")
    assert (unpaused.state, unpaused.message) == ("failed", "The container is not paused.")
    assert (signalled.state, signalled.code) == ("failed", "invalid_option")


async def test_a_start_that_fails_says_why(console: Console) -> None:
    await console.docker("create", "--network", "none", "--name", "nosuch", IMAGE, "nosuch")
    await console.client.until_list(shows("nosuch", state="created"))
    operation = await console.act("nosuch", "start")
    assert (operation.state, operation.message) == ("failed", "The container's command, nosuch, is not in its image.")
    await console.client.until_list(shows("nosuch", condition="failed", attention=True))


async def test_a_restarted_engine_is_down_then_up_and_its_list_is_right_again(
    console: Console, say: Callable[[str], None]
) -> None:
    client = console.client
    await console.run("kept", "--restart", "always")
    await console.run("ended")
    await client.until_list(lambda data: shows("kept", state="running")(data) and shows("ended", state="running")(data))
    stopping_s = CLOCK.now()
    await asyncio.to_thread(console.daemon.stop)
    down_s, _ = await client.until_list(lambda data: data["engines"][0]["state"] == "down")
    _, data = await client.until_list(
        lambda data: data["engines"][0]["state"] == "down" and len(data["containers"]) == 2
    )
    assert data["engines"][0]["message"]
    await asyncio.to_thread(console.daemon.start)
    up_s = CLOCK.now()
    right_s, _ = await client.until_list(
        lambda data: (
            data["engines"][0]["state"] == "up"
            and shows("kept", state="running")(data)
            and shows("ended", state="exited")(data)
        ),
        after_s=down_s,
    )
    say(f"engine stopped: down after {down_s - stopping_s:.2f} s; started: right after {right_s - up_s:.2f} s")
    kinds = [event["type"] for _, event in client.events if event["type"].startswith("engine.")]
    assert kinds == ["engine.up", "engine.down", "engine.up"]


async def test_an_engine_that_hangs_is_down_and_comes_back(console: Console) -> None:
    await console.run("web")
    await console.client.until_list(shows("web", state="running"))
    os.kill(console.daemon.pid, signal.SIGSTOP)
    try:
        down_s, _ = await console.client.until_list(lambda data: data["engines"][0]["state"] == "down")
    finally:
        os.kill(console.daemon.pid, signal.SIGCONT)
    await console.client.until_list(lambda data: data["engines"][0]["state"] == "up", after_s=down_s)


async def test_an_operation_survives_the_engines_restart(console: Console) -> None:
    await console.docker(*RUN[:4], "--name", "slow", IMAGE, "sleep", "1000")
    await console.client.until_list(shows("slow", state="running"))
    asked = await console.service.actions.perform(
        "slow", "stop", ActionOptions(grace_s=60), by=LOCAL, command_id=new_id()
    )
    await console.client.until_event("operation.running", lambda data: data["operation"]["id"] == asked.id)
    await console.docker("kill", "slow")
    await asyncio.to_thread(console.daemon.stop)
    await asyncio.to_thread(console.daemon.start)
    operation = await console.service.actions.wait(asked.id, 40, by=LOCAL)
    assert operation.state == "confirmed"
