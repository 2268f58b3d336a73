"""The tools of a session on a real engine: what they tell of a container, and that its secrets are not in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.access import LOCAL
from server.containers.docker import DockerEngine
from server.containers.service import ContainerService
from server.eventlog.audit import Audit
from server.eventlog.sqlite import SqliteLog
from server.sessions.runner import ToolCall, ToolResult
from server.sessions.tools.toolbox import Toolbox
from server.storage.database import Database
from tests.fakes.services import FakeMetrics
from tests.fakes.toolbench import FakeLibrary
from tests.provision.engine import IMAGE
from tests.provision.engine import Engine as Daemon

SECRETS = ("hunter2", "AKIAIOSFODNN7EXAMPLE", "s3cr3t", "c2VjcmV0LWtleS1ib2R5")
SCRIPT = """
echo "connecting to postgres://app:hunter2@db/shop with --password s3cr3t"
echo '{"api_key":"s3cr3t","user":"ann"}'
echo "Authorization: Bearer hunter2hunter2"
echo AKIAIOSFODNN7EXAMPLE
echo "-----BEGIN PRIVATE KEY-----"
echo c2VjcmV0LWtleS1ib2R5
echo "-----END PRIVATE KEY-----"
echo "ready as ann"
sleep 1000
"""
RUN = (
    *("run", "--detach", "--network", "none", "--stop-signal", "KILL", "--name", "web"),
    *("--env", "DB_PASSWORD=hunter2", "--env", "PLAIN=s3cr3t", "--env", "MULTI=a\nhunter2=b"),
    *("--label", "db.password=hunter2", "--label", "url=http://a:s3cr3t@b", "--label", "team=red"),
    *("--health-cmd", "echo password=hunter2; exit 1", "--health-interval", "100ms", "--health-retries", "1"),
    IMAGE,
    *("sh", "-c", SCRIPT, "--token", "s3cr3t", "--password=hunter2"),
)


class Hands:
    """A toolbox on the real engine."""

    def __init__(self, toolbox: Toolbox, daemon: Daemon) -> None:
        self.toolbox = toolbox
        self._daemon = daemon

    async def docker(self, *args: str) -> str:
        return await asyncio.to_thread(self._daemon.docker, *args)

    async def read(self, tool: str, **arguments: Any) -> Any:
        result = await self.toolbox.read(ToolCall("c", tool, arguments), LOCAL)
        assert result.ok, result
        # Of the whole text, as a model gets it.
        assert [secret for secret in SECRETS if secret in result.text] == []
        return msgspec.json.decode(result.text)

    async def until(self, tool: str, matches: Any, **arguments: Any) -> Any:
        """Return what a tool says as soon as it `matches`."""
        async with asyncio.timeout(30):
            while not matches(answer := await self.read(tool, **arguments)):
                await asyncio.sleep(0.05)
        return answer

    async def act(self, tool: str, command: str) -> ToolResult:
        call = ToolCall("c", tool, {"container": "web"})
        return await self.toolbox.act(call, await self.toolbox.resolve(call, LOCAL), LOCAL, command)


@pytest.fixture
async def hands(engine: Daemon, tmp_path: Path) -> AsyncIterator[Hands]:
    database = await Database.open(tmp_path / "pilothouse.db")
    log = await SqliteLog.open(database)
    service = ContainerService(
        engine=DockerEngine(engine.url),
        log=log,
        database=database,
        audit=Audit(log),
        publish=lambda _: None,
        published=lambda: 0,
        interval_s=10,
    )
    await service.start()
    yield Hands(Toolbox(service, FakeMetrics(), FakeLibrary(), log=log), engine)
    await service.close()
    await log.close()
    await database.close()
    await asyncio.to_thread(engine.clear)


async def test_a_containers_secrets_are_in_nothing_that_the_tools_say(hands: Hands) -> None:
    await hands.docker(*RUN)
    await hands.until("list_containers", lambda answer: answer["summary"]["unhealthy"] == 1)
    shown = await hands.read("inspect_container", container="web")
    assert {"DB_PASSWORD": "<redacted>", "PLAIN": "<redacted>", "MULTI": "<redacted>"}.items() <= shown[
        "environment"
    ].items()
    assert shown["labels"] == {"db.password": "<redacted>", "url": "http://a:<redacted>@b", "team": "red"}
    assert shown["command"][-3:] == ["--token", "<redacted>", "--password=<redacted>"]
    assert shown["health_log"][-1]["output"].strip() == "password=<redacted>"
    logs = await hands.until(
        "container_logs", lambda answer: answer["lines"][-1:] and "ready" in str(answer["lines"]), container="web"
    )
    assert logs["lines"][-1]["text"] == "ready as ann"
    events = await hands.read("container_events", container="web")
    assert "container.started" in [event["event"] for event in events["events"]]


async def test_an_allowed_action_is_done_once_on_the_engine(hands: Hands) -> None:
    await hands.docker("run", "--detach", "--network", "none", "--name", "web", IMAGE, "sleep", "1000")
    await hands.until("list_containers", lambda answer: answer["summary"]["running"] == 1)
    first = await hands.act("kill_container", "permission-1")
    again = await hands.act("kill_container", "permission-1")
    assert first.ok
    assert again == first
    ended = await hands.until("inspect_container", lambda answer: answer["state"] == "exited", container="web")
    assert ended["exit_code"] == 137
    kills = (await hands.docker("inspect", "--format", "{{.RestartCount}} {{.State.ExitCode}}", "web")).split()
    assert kills == ["0", "137"]
