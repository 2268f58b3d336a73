"""What every container engine promises behind the port: Docker's own, and the fake that stands for it elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import pytest

from server.containers.docker import DockerEngine
from server.containers.engine import (
    ContainerConflict,
    ContainerNotFound,
    Engine,
    EngineError,
    EngineEvent,
    InvalidContainer,
    InvalidOption,
)
from server.protocol.client import ActionOptions
from server.protocol.views import Action, LogLine
from tests.fakes.engine import FakeEngine
from tests.provision.engine import IMAGE
from tests.provision.engine import Engine as Daemon

GRACE_S = 10


class CommandLine(Protocol):
    """Somebody else who works with the same engine."""

    async def run(self, name: str) -> str:
        """Start a container that says `out` and, on stderr, `err`, and return its id."""
        ...

    async def rename(self, id: str, name: str) -> None: ...

    async def kill(self, id: str) -> None: ...


class DockerCommandLine:
    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    async def _docker(self, *args: str) -> str:
        return await asyncio.to_thread(self._daemon.docker, *args)

    async def run(self, name: str) -> str:
        script = "echo out; echo err >&2; exec sleep 1000"
        return await self._docker(
            *("run", "--detach", "--network", "none", "--stop-signal", "KILL", "--name", name, IMAGE),
            *("sh", "-c", script),
        )

    async def rename(self, id: str, name: str) -> None:
        await self._docker("rename", id, name)

    async def kill(self, id: str) -> None:
        await self._docker("kill", id)


class FakeCommandLine:
    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine

    async def run(self, name: str) -> str:
        made = self._engine.run(name)
        ts = "2026-11-20T09:00:00.000000001Z"
        self._engine.output[made] = [LogLine(ts, "stdout", "out"), LogLine(ts, "stderr", "err")]
        return made

    async def rename(self, id: str, name: str) -> None:
        self._engine.rename(id, name)

    async def kill(self, id: str) -> None:
        self._engine.kill(id)


@pytest.fixture(params=["fake", pytest.param("docker", marks=pytest.mark.engine)])
async def both(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Engine, CommandLine]]:
    if request.param == "fake":
        fake = FakeEngine()
        yield fake, FakeCommandLine(fake)
        return
    daemon: Daemon = request.getfixturevalue("engine")
    docker = DockerEngine(daemon.url)
    yield docker, DockerCommandLine(daemon)
    await docker.close()
    await asyncio.to_thread(daemon.clear)


@pytest.fixture
def port(both: tuple[Engine, CommandLine]) -> Engine:
    return both[0]


@pytest.fixture
def shell(both: tuple[Engine, CommandLine]) -> CommandLine:
    return both[1]


async def heard(events: AsyncIterator[EngineEvent], count: int) -> list[EngineEvent]:
    return [await anext(events) for _ in range(count)]


async def heard_until(events: AsyncIterator[EngineEvent], last: str) -> list[EngineEvent]:
    """Everything up to the event `last`, without echoes: a busy engine that pauses and goes on at once tells both a
    second time, when its own runtime's report comes in after the fact."""
    told: list[EngineEvent] = []
    async for event in events:
        echo = event.change in ("pause", "unpause") and event.change in [known.change for known in told]
        if not echo:
            told.append(event)
        if event.change == last:
            break
    return told


async def act(port: Engine, id: str, action: Action, options: ActionOptions | None = None) -> bool:
    return await port.act(id, action, options or ActionOptions(), grace_s=GRACE_S)


async def test_an_engine_says_who_it_is_and_stays_it(port: Engine) -> None:
    await port.ping()
    first, again = await port.identify(), await port.identify()
    assert first == again
    assert first.id
    assert first.version


async def test_a_running_container_is_listed_and_can_be_inspected(port: Engine, shell: CommandLine) -> None:
    web = await shell.run("web")
    (listed,) = await port.containers()
    facts = (await port.inspect(web)).facts
    assert (listed.id, listed.name, listed.state, listed.image) == (web, "web", "running", IMAGE)
    assert (facts.id, facts.name, facts.state, facts.image) == (web, "web", "running", IMAGE)
    assert (facts.exit_code, facts.finished_ns, facts.inspected, listed.inspected) == (None, None, True, False)
    assert facts.started_ns is not None
    assert facts.started_ns > facts.created_ns > 0


async def test_a_killed_container_shows_how_it_ended(port: Engine, shell: CommandLine) -> None:
    web = await shell.run("web")
    await shell.kill(web)
    facts = (await port.inspect(web)).facts
    assert (facts.state, facts.exit_code) == ("exited", 137)
    assert (facts.finished_ns or 0) > (facts.started_ns or 0)


async def test_a_container_is_inspected_by_name_and_by_the_start_of_its_id_too(
    port: Engine, shell: CommandLine
) -> None:
    web = await shell.run("web")
    assert [(await port.inspect(text)).facts.id for text in ("web", web[:12])] == [web, web]


async def test_the_events_of_a_life_come_in_order(port: Engine, shell: CommandLine) -> None:
    async with port.events() as events:
        web = await shell.run("web")
        await shell.rename(web, "front")
        await act(port, web, "pause")
        await act(port, web, "unpause")
        await shell.kill(web)
        await act(port, web, "remove")
        told = await heard_until(events, "destroy")
    assert [event.change for event in told] == [
        "create",
        "start",
        "rename",
        "pause",
        "unpause",
        "kill",
        "die",
        "destroy",
    ]
    assert {event.id for event in told} == {web}
    assert [event.name for event in told] == ["web", "web"] + ["front"] * 6
    assert (told[2].old_name, told[5].signal, told[6].exit_code) == ("web", "SIGKILL", 137)
    times = [event.at_ns for event in told]
    assert times == sorted(set(times))


async def test_a_stop_and_a_restart_are_told_by_their_own_events(port: Engine, shell: CommandLine) -> None:
    web = await shell.run("web")
    async with port.events() as events:
        await act(port, web, "stop")
        stop = [event.change async for event in until(events, "stop")]
        await act(port, web, "start")
        await act(port, web, "restart", ActionOptions(grace_s=0))
        restart = [event.change async for event in until(events, "restart")]
    assert stop[-2:] == ["die", "stop"]
    assert restart[-4:] == ["die", "stop", "start", "restart"]


async def until(events: AsyncIterator[EngineEvent], change: str) -> AsyncIterator[EngineEvent]:
    """The events up to the first of this kind."""
    async for event in events:
        yield event
        if event.change == change:
            return


async def test_what_happened_before_the_stream_can_be_asked_for(port: Engine, shell: CommandLine) -> None:
    async with port.events() as events:
        web = await shell.run("web")
        created, started = await heard(events, 2)
    await shell.kill(web)
    async with port.events(since_ns=started.at_ns) as events:
        again = await heard(events, 3)
    assert [event.change for event in again] == ["start", "kill", "die"]
    assert again[0] == started
    assert created.at_ns < started.at_ns


async def test_an_action_says_whether_it_changed_anything(port: Engine, shell: CommandLine) -> None:
    web = await shell.run("web")
    assert await act(port, web, "start") is False
    assert await act(port, web, "stop") is True
    assert await act(port, web, "stop") is False
    assert await act(port, web, "start") is True
    assert (await port.inspect(web)).facts.state == "running"


async def test_a_paused_container_is_shown_as_such(port: Engine, shell: CommandLine) -> None:
    web = await shell.run("web")
    await act(port, web, "pause")
    assert (await port.inspect(web)).facts.state == "paused"
    assert [facts.state for facts in await port.containers()] == ["paused"]
    await act(port, web, "unpause")
    assert (await port.inspect(web)).facts.state == "running"


@pytest.mark.parametrize(
    ("before", "action", "message"),
    [
        ([], "remove", "The container is running. Stop it first, or remove it with force."),
        ([], "unpause", "The container is not paused."),
        (["pause"], "pause", "The container is paused already."),
        (["kill"], "kill", "The container is not running."),
        (["kill"], "pause", "The container is not running."),
    ],
)
async def test_what_the_containers_state_does_not_allow_is_a_conflict(
    port: Engine, shell: CommandLine, before: list[Action], action: Action, message: str
) -> None:
    web = await shell.run("web")
    for step in before:
        await act(port, web, step)
    with pytest.raises(ContainerConflict) as refused:
        await act(port, web, action)
    assert refused.value.message == message


async def test_a_running_container_is_removed_with_force(port: Engine, shell: CommandLine) -> None:
    web = await shell.run("web")
    assert await act(port, web, "remove", ActionOptions(force=True, volumes=True)) is True
    assert await port.containers() == []


async def test_a_signal_that_there_is_not_is_refused(port: Engine, shell: CommandLine) -> None:
    web = await shell.run("web")
    with pytest.raises(InvalidOption, match="no signal SIGFOO"):
        await act(port, web, "kill", ActionOptions(signal="SIGFOO"))


async def test_a_container_that_is_gone_is_not_found(port: Engine) -> None:
    with pytest.raises(ContainerNotFound):
        await port.inspect("nope")
    with pytest.raises(ContainerNotFound):
        await act(port, "nope", "start")
    with pytest.raises(ContainerNotFound):
        async with port.logs("nope", tail=1, since_ns=None, follow=False):
            pass


@pytest.mark.parametrize("text", ["../info", "web/json", "web?all=1", "", "a" * 129, "%2e%2e/info", "web\r\nX: y", "é"])
async def test_a_reference_that_is_a_path_never_reaches_the_engine(port: Engine, text: str) -> None:
    calls = (
        port.inspect(text),
        act(port, text, "start"),
        act(port, text, "remove", ActionOptions(force=True)),
    )
    for call in calls:
        with pytest.raises(InvalidContainer):
            await call
    with pytest.raises(InvalidContainer):
        async with port.logs(text, tail=1, since_ns=None, follow=True):
            pass


async def test_output_is_told_apart_by_stream_and_has_its_time(port: Engine, shell: CommandLine) -> None:
    web = await shell.run("web")
    found: list[LogLine] = []
    async with port.logs(web, tail=None, since_ns=None, follow=True) as lines:
        while len(found) < 2:
            found += await anext(lines)
    assert sorted((line.stream, line.text) for line in found) == [("stderr", "err"), ("stdout", "out")]
    assert all(line.ts.startswith("20") and line.ts.endswith("Z") for line in found)


async def test_only_the_last_lines_are_read_when_that_is_asked_for(port: Engine, shell: CommandLine) -> None:
    web = await shell.run("web")
    async with port.logs(web, tail=None, since_ns=None, follow=True) as lines:
        found: list[LogLine] = []
        while len(found) < 2:
            found += await anext(lines)
    async with port.logs(web, tail=1, since_ns=None, follow=False) as lines:
        assert [line async for some in lines for line in some] == found[-1:]


async def test_an_error_inside_a_stream_is_its_own(port: Engine, shell: CommandLine) -> None:
    web = await shell.run("web")
    with pytest.raises(ValueError, match="mine"):
        async with port.events():
            raise ValueError("mine")
    with pytest.raises(TimeoutError):
        async with port.logs(web, tail=1, since_ns=None, follow=True):
            raise TimeoutError


async def test_errors_of_the_engine_are_for_people_and_for_programs(port: Engine) -> None:
    with pytest.raises(EngineError) as refused:
        await port.inspect("nope")
    assert (refused.value.code, refused.value.status) == ("container_not_found", 404)
    assert refused.value.message.endswith(".")
