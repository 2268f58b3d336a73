"""What two people see of a real engine's containers, one of them only those of the team blue: live, and replayed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.access import Principal, Role
from server.containers.docker import DockerEngine
from server.containers.engine import ContainerNotFound
from server.containers.operations import OperationNotFound
from server.containers.service import ContainerService
from server.errors import ReadOnly
from server.eventlog.audit import Audit
from server.eventlog.log import StoredEvent
from server.eventlog.sqlite import SqliteLog
from server.ids import new_id
from server.protocol.client import ActionOptions
from server.protocol.views import OperationView
from server.storage.database import Database
from tests.engine.test_containers import RUN, Client, named, shows
from tests.provision.engine import IMAGE
from tests.provision.engine import Engine as Daemon

ANN = Principal("ann", Role.OPERATOR, labels=("team=blue",))
BOB = Principal("bob", Role.OPERATOR)
SCRIPT = ("sh", "-c", "echo hello from $HOSTNAME; exec sleep 1000")


class Pilothouse:
    """A service with its log on the disk, from one start to its end."""

    def __init__(self, daemon: Daemon, database: Database, log: SqliteLog) -> None:
        self.daemon = daemon
        self.client = Client()
        self.log = log
        self._audit = Audit(log)
        log.attach(self.client.take_events)
        self.service = ContainerService(
            engine=DockerEngine(daemon.url),
            log=log,
            database=database,
            audit=self._audit,
            publish=self.client.take_list,
            published=lambda: 0,
            interval_s=10,
        )

    async def close(self) -> None:
        await self.service.close()
        await self._audit.close()
        await self.log.close()

    async def docker(self, *args: str) -> str:
        return await asyncio.to_thread(self.daemon.docker, *args)

    async def act(self, container: str, by: Principal) -> OperationView:
        """Have a container removed, and return how that ended."""
        options, command = ActionOptions(force=True), new_id()
        asked = await self.service.actions.perform(container, "remove", options, by=by, command_id=command)
        return await self.service.actions.wait(asked.id, 30, by=by)

    async def replay(self, by: Principal) -> list[StoredEvent]:
        """Everything in the log that `by` may see of the channel `system`, but the engine's own comings and goings."""
        page = await self.log.read(0, limit=10_000, channels={"system"})
        sees = self.service.event_filter(by)
        shown = [event for event in page.events if sees is None or sees(event)]
        return [event for event in shown if not event.type.startswith("engine.")]

    def names(self, by: Principal) -> list[str]:
        listed = json.loads(self.service.list_bytes(by=by))
        assert listed["summary"]["total"] == len(listed["containers"])
        return [container["name"] for container in listed["containers"]]

    async def output(self, container: str, by: Principal) -> str:
        async with self.service.logs(container, tail=10, since_ns=None, follow=False, by=by) as lines:
            return " ".join([line.text async for some in lines for line in some])


def about(events: list[StoredEvent]) -> set[str]:
    """The names of the containers that events are about."""
    found = set()
    for event in events:
        data = json.loads(event.text)["data"]
        found.add(data["container"]["name"] if "container" in data else data["operation"]["container_name"])
    return found


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "pilothouse.db")
    yield database
    await database.close()


async def start(daemon: Daemon, database: Database) -> Pilothouse:
    pilothouse = Pilothouse(daemon, database, await SqliteLog.open(database))
    await pilothouse.service.start()
    return pilothouse


async def test_a_person_of_one_team_sees_its_containers_only_also_those_that_are_gone(
    engine: Daemon, database: Database
) -> None:
    first = await start(engine, database)
    try:
        await first.client.until_event("engine.up", lambda _: True)
        for name, team in (("web", "blue"), ("job", "blue"), ("mail", "red"), ("spam", "red")):
            await first.docker(*RUN, "--name", name, "--label", f"team={team}", IMAGE, *SCRIPT)
            await first.client.until_list(shows(name, state="running"))
        assert (first.names(BOB), first.names(ANN)) == (["job", "mail", "spam", "web"], ["job", "web"])
        narrowed = json.loads(first.service.narrow(ANN, "containers", first.service.message()))
        assert [container["name"] for container in narrowed["data"]["containers"]] == ["job", "web"]

        assert (await first.service.detail("web", by=ANN)).all_labels["team"] == "blue"
        assert "hello" in await first.output("web", ANN)
        assert "hello" in await first.output("mail", BOB)
        for hidden in (first.service.detail("mail", by=ANN), first.output("mail", ANN), first.act("mail", ANN)):
            with pytest.raises(ContainerNotFound, match="There is no container mail"):
                await hidden

        own, other = await first.act("job", ANN), await first.act("spam", BOB)
        assert (own.state, other.state) == ("confirmed", "confirmed")
        await first.client.until_event("container.removed", named("job"))
        await first.client.until_event("container.removed", named("spam"))
        with pytest.raises(OperationNotFound):
            await first.service.actions.get(other.id, by=ANN)
        live = await first.replay(ANN)
        assert about(live) == {"web", "job"}
        assert about(await first.replay(BOB)) == {"web", "job", "mail", "spam"}
        assert {"container.removed", "operation.confirmed"} <= {event.type for event in live}
    finally:
        await first.close()

    # Two go while nobody looks.
    await first.docker("rm", "--force", "web", "mail")
    second = await start(engine, database)
    try:
        await second.client.until_event("container.removed", named("web"))
        await second.client.until_event("container.removed", named("mail"))
        again = await second.replay(ANN)
        assert [event.id for event in again[: len(live)]] == [event.id for event in live]
        assert again[-1].type == "container.removed"
        assert about(again[len(live) :]) == {"web"}
        assert about(await second.replay(BOB)) == {"web", "job", "mail", "spam"}
        assert second.names(BOB) == []
        assert (await second.service.actions.get(other.id, by=BOB)).state == "confirmed"
        with pytest.raises(OperationNotFound):
            await second.service.actions.get(other.id, by=ANN)
    finally:
        await second.close()
        await asyncio.to_thread(engine.clear)


async def test_read_only_a_real_engine_is_followed_and_never_changed(engine: Daemon) -> None:
    adapter = DockerEngine(engine.url, read_only=True)
    try:
        made = await asyncio.to_thread(engine.docker, *RUN, "--name", "web", IMAGE, "sleep", "1000")
        assert (await adapter.inspect(made)).facts.state == "running"
        with pytest.raises(ReadOnly):
            await adapter.act(made, "remove", ActionOptions(force=True), grace_s=1)
        assert [facts.id for facts in await adapter.containers()] == [made]
    finally:
        await adapter.close()
        await asyncio.to_thread(engine.clear)
