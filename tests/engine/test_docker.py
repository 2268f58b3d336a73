"""The adapter against a real engine: what a fake cannot be wrong about."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.containers.docker import PING_S, DockerEngine
from server.containers.engine import EngineTimeout, EngineUnreachable
from server.containers.translation import nanoseconds
from server.protocol.client import ActionOptions
from server.protocol.views import LogLine
from tests.provision.engine import IMAGE
from tests.provision.engine import Engine as Daemon

RUN = ("run", "--detach", "--network", "none", "--stop-signal", "KILL")
STREAMS = 500


@pytest.fixture
async def docker(engine: Daemon) -> AsyncIterator[DockerEngine]:
    adapter = DockerEngine(engine.url)
    yield adapter
    await adapter.close()
    await asyncio.to_thread(engine.clear)


async def shell(daemon: Daemon, *args: str) -> str:
    return await asyncio.to_thread(daemon.docker, *args)


async def output(docker: DockerEngine, id: str) -> list[LogLine]:
    """Everything that a container said until it ended."""
    async with docker.logs(id, tail=None, since_ns=None, follow=True) as lines:
        return [line async for some in lines for line in some]


async def test_both_streams_of_a_container_are_told_apart(engine: Daemon, docker: DockerEngine) -> None:
    script = "for i in 1 2 3; do echo out$i; echo err$i >&2; done; printf 'no end'"
    web = await shell(engine, *RUN, IMAGE, "sh", "-c", script)
    lines = await output(docker, web)
    assert [line.text for line in lines if line.stream == "stdout"] == ["out1", "out2", "out3", "no end"]
    assert [line.text for line in lines if line.stream == "stderr"] == ["err1", "err2", "err3"]


async def test_a_terminals_output_is_read_without_frames(engine: Daemon, docker: DockerEngine) -> None:
    script = (
        "echo first; echo second >&2; i=0; while [ $i -lt 5000 ]; do printf 12345678; i=$((i+1)); done; echo; echo last"
    )
    web = await shell(engine, *RUN, "--tty", IMAGE, "sh", "-c", script)
    lines = await output(docker, web)
    assert [(line.stream, line.text) for line in lines] == [
        ("stdout", "first"),
        ("stdout", "second"),
        ("stdout", "12345678" * 5000),
        ("stdout", "last"),
    ]


async def test_five_megabytes_without_an_end_come_in_bounded_pieces(engine: Daemon, docker: DockerEngine) -> None:
    size = 5 * 1024 * 1024
    web = await shell(engine, *RUN, IMAGE, "sh", "-c", f"head -c {size} /dev/zero | tr '\\0' x; echo; echo last")
    lines = await output(docker, web)
    assert "".join(line.text for line in lines[:-1]) == "x" * size
    assert (lines[-1].text, max(len(line.text) for line in lines)) == ("last", 64 * 1024)


async def test_output_can_be_read_from_a_time_on(engine: Daemon, docker: DockerEngine) -> None:
    web = await shell(engine, *RUN, IMAGE, "sh", "-c", "echo one; sleep 0.05; echo two")
    lines = await output(docker, web)
    first_ns = nanoseconds(lines[0].ts)
    assert first_ns is not None
    async with docker.logs(web, tail=None, since_ns=first_ns + 1, follow=False) as some:
        assert [line.text async for part in some for line in part] == ["two"]


async def test_the_health_of_a_container_is_an_event_and_its_checks_are_not(
    engine: Daemon, docker: DockerEngine
) -> None:
    async with docker.events() as events:
        web = await shell(
            engine, *RUN, "--health-cmd", "test -f /tmp/well", "--health-interval", "100ms", IMAGE, "sleep", "1000"
        )
        await shell(engine, "exec", web, "touch", "/tmp/well")
        told = [(await anext(events)) for _ in range(3)]
    assert [(event.change, event.health) for event in told] == [
        ("create", None),
        ("start", None),
        ("health", "healthy"),
    ]
    detail = await docker.inspect(web)
    assert detail.facts.health == "healthy"
    assert detail.health_log


async def test_nothing_is_left_open_after_five_hundred_abandoned_streams(engine: Daemon, docker: DockerEngine) -> None:
    web = await shell(engine, *RUN, IMAGE, "sh", "-c", "while :; do echo x; sleep 0.01; done")
    await docker.ping()
    before = open_files()
    for number in range(STREAMS):
        if number % 3 == 0:
            async with docker.logs(web, tail=10, since_ns=None, follow=True) as lines:
                await anext(lines)
        elif number % 3 == 1:
            async with docker.stream(f"containers/{web}/stats", {"stream": "1"}) as chunks:
                # The engine measures for a second before its first figures; one such wait is enough.
                if number == 1:
                    await anext(chunks)
        else:
            async with docker.events(since_ns=1) as events:
                await anext(events)
    await asyncio.wait_for(docker.ping(), 5)
    assert (await docker.inspect(web)).facts.state == "running"
    assert open_files() <= before + 2


async def test_streams_that_are_open_at_once_hold_up_no_call(engine: Daemon, docker: DockerEngine) -> None:
    web = await shell(engine, *RUN, IMAGE, "sh", "-c", "while :; do echo x; sleep 0.1; done")
    ready = asyncio.Semaphore(0)

    async def follow() -> None:
        async with docker.logs(web, tail=1, since_ns=None, follow=True) as lines:
            await anext(lines)
            ready.release()
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        followers = [group.create_task(follow()) for _ in range(150)]
        for _ in followers:
            await ready.acquire()
        await docker.ping()
        assert len(await docker.containers()) == 1
        for follower in followers:
            follower.cancel()


def open_files() -> int:
    """Files, sockets and pipes that this process holds open."""
    return len(os.listdir("/proc/self/fd"))


def until_stopped(pid: int) -> None:
    """Return when no thread of the process runs: on a busy machine one may still answer after the signal was sent."""
    stats = [task / "stat" for task in Path(f"/proc/{pid}/task").iterdir()]
    while not all(stat.read_text().rpartition(") ")[2].startswith("T") for stat in stats):
        pass


async def test_an_engine_that_hangs_is_busy_and_not_waited_for(engine: Daemon, docker: DockerEngine) -> None:
    await docker.ping()
    os.kill(engine.pid, signal.SIGSTOP)
    try:
        await asyncio.to_thread(until_stopped, engine.pid)
        with pytest.raises(EngineTimeout, match=f"within {PING_S:g} s"):
            await docker.ping()
    finally:
        os.kill(engine.pid, signal.SIGCONT)
    await docker.ping()


async def test_a_stopped_engine_ends_its_streams_and_says_so(engine: Daemon, docker: DockerEngine) -> None:
    async with docker.events() as events:
        await asyncio.to_thread(engine.stop)
        try:
            with pytest.raises((StopAsyncIteration, EngineUnreachable)):
                await anext(events)
            with pytest.raises(EngineUnreachable) as refused:
                await docker.identify()
        finally:
            await asyncio.to_thread(engine.start)
    assert str(engine.socket) in refused.value.message
    assert (await docker.identify()).version


async def test_what_an_engine_says_about_a_failed_start_is_understood(engine: Daemon, docker: DockerEngine) -> None:
    await shell(engine, "create", "--network", "none", "--name", "nosuch", IMAGE, "nosuch")
    with pytest.raises(Exception, match="The container's command, nosuch, is not in its image"):
        await docker.act("nosuch", "start", ActionOptions(), grace_s=0)
    facts = (await docker.inspect("nosuch")).facts
    assert (facts.state, facts.exit_code) == ("created", 127)
