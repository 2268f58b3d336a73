from __future__ import annotations

import pytest

from server.containers import chronicle
from server.containers.labels import KnownLabels
from server.errors import StorageUnavailable
from server.eventlog.log import EventLog, NewEvent
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.engine import FakeEngine
from tests.fakes.log import HandledLog
from tests.unit.containers.conftest import Told, Watch, Watched


async def test_events_wait_for_the_storage_and_the_list_does_not(
    engine: FakeEngine, log: HandledLog, watch: Watch, told: Told, clock: FakeClock
) -> None:
    watched = await watch()
    log.full = True
    web = engine.run("web")
    await watched.turns()
    engine.die(web, 1)
    await clock.advance(120)
    assert (watched.view("web").state, told.types) == ("exited", ["engine.up"])
    log.full = False
    await clock.advance(10)
    await watched.turns()
    assert told.types == ["engine.up", "container.created", "container.started", "container.exited"]


async def test_more_than_can_wait_is_let_go_and_found_out_by_comparing(
    engine: FakeEngine,
    log: HandledLog,
    watch: Watch,
    told: Told,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chronicle, "MOST_WAITING", 50)
    web = engine.run("web")
    watched = await watch()
    log.full = True
    for _ in range(100):
        engine.pause(web)
        engine.pause(web, paused=False)
    engine.die(web, 1)
    engine.run("new")
    await watched.turns()
    assert watched.chronicle.waiting <= 50
    log.full = False
    await clock.advance(15)
    await watched.settle()
    assert sorted(told.types[-3:]) == ["container.created", "container.exited", "container.started"]
    assert {data["observed"] for data in told.of("container.exited")} == {"resync"}
    engine.pause(engine.run("live"))
    await watched.turns()
    assert told.of("container.paused")[-1]["observed"] == "event"


async def test_what_changed_while_pilothouse_was_away_is_told_after_its_start(
    engine: FakeEngine, watch: Watch, told: Told
) -> None:
    web, gone = engine.run("web"), engine.run("gone")
    await (await watch()).close()
    engine.silent = True
    engine.die(web, 1)
    engine.destroy(gone)
    engine.run("new")
    await (await watch()).turns()
    assert sorted(told.types[1:]) == [
        "container.created",
        "container.exited",
        "container.removed",
        "container.started",
    ]
    assert {event["data"]["observed"] for event in told.events[1:]} == {"resync"}


async def test_what_the_engine_remembers_of_the_time_away_is_told_as_it_happened(
    engine: FakeEngine, watch: Watch, told: Told
) -> None:
    web = engine.run("web")
    first = await watch()
    engine.health(web, "healthy")
    await first.turns()
    await first.close()
    engine.kill(web)
    await (await watch()).turns()
    assert told.types == ["engine.up", "container.health", "container.killed", "container.exited"]
    assert told.of("container.exited")[0]["observed"] == "event"


async def test_nothing_is_told_again_after_a_crash(
    engine: FakeEngine, log: EventLog, database: HandledDatabase, told: Told, clock: FakeClock
) -> None:
    web, other = engine.run("web"), engine.run("other")
    before_that = Watched(engine, log, database, clock)
    await before_that.start()
    await before_that.close()
    first = Watched(engine, log, database, clock)
    await first.start()
    engine.health(web, "healthy")
    engine.rename(web, "front")
    engine.kill(web, "SIGHUP")
    engine.pause(web)
    engine.pause(new := engine.run("new"))
    engine.pause(new, paused=False)
    engine.tell(web, "oom")
    engine.stop(other)
    engine.start(other)
    engine.tell(other, "restart")
    engine.destroy(engine.run("short"))
    await first.turns()
    database.failures = [StorageUnavailable("killed before it was saved")] * 5
    await first.close()
    database.failures = []
    before = list(told.types)
    second = Watched(engine, log, database, clock)
    await second.start()
    await second.turns()
    await second.close()
    assert told.types == before


async def test_an_asked_for_end_is_still_one_after_a_restart_of_pilothouse(engine: FakeEngine, watch: Watch) -> None:
    web = engine.run("web")
    first = await watch()
    engine.tell(web, "kill", signal="SIGTERM")
    engine.die(web, 1)
    engine.tell(web, "stop")
    await first.turns()
    await first.close()
    assert (await watch()).view("web").condition == "done"


async def test_history_that_was_pruned_begins_anew_instead_of_guessing(
    engine: FakeEngine, log: HandledLog, database: HandledDatabase, told: Told, clock: FakeClock
) -> None:
    engine.run("web")
    first = Watched(engine, log, database, clock)
    await first.start()
    await first.close()
    engine.run("new")
    await log.append([NewEvent("server.started", "system", {"version": "1"})])
    await log.append([NewEvent("server.started", "system", {"version": "1"})])
    await log.prune(2)
    second = Watched(engine, log, database, clock)
    await second.start()
    await second.close()
    assert "container.created" not in told.types


async def test_that_the_engine_went_down_is_not_told_again_after_a_crash(
    engine: FakeEngine, log: EventLog, database: HandledDatabase, told: Told, clock: FakeClock
) -> None:
    before_that = Watched(engine, log, database, clock)
    await before_that.start()
    await before_that.close()
    first = Watched(engine, log, database, clock)
    await first.start()
    engine.down()
    await first.turns()
    database.failures = [StorageUnavailable("killed before it was saved")] * 5
    await first.close()
    database.failures = []
    second = Watched(engine, log, database, clock)
    await second.start()
    assert told.types == ["engine.up", "engine.down"]
    engine.up()
    await clock.advance(2)
    await second.close()
    assert told.types == ["engine.up", "engine.down", "engine.up"]


async def test_an_event_that_cannot_be_stored_is_left_out_and_the_others_are_told(
    engine: FakeEngine, log: HandledLog, watch: Watch, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    watched = await watch()
    log.invalid = frozenset({"container.started"})
    engine.die(engine.run("web"), 1)
    await watched.turns()
    assert told.types == ["engine.up", "container.created", "container.exited"]
    assert "not stored" in caplog.text


async def test_the_labels_of_a_container_are_on_the_disk_before_its_first_event_is_told(
    engine: FakeEngine, watch: Watch, told: Told, database: HandledDatabase, clock: FakeClock
) -> None:
    watched = await watch()
    database.held.clear()
    web = engine.run("web", labels={"team": "blue"})
    await watched.turns()
    assert "container.created" not in told.types
    database.held.set()
    await told.until("container.created")
    again = KnownLabels(database, clock)
    await again.load()
    assert again.get(web) == {"team": "blue"}


async def test_a_storage_that_refuses_the_labels_holds_the_events_back_and_loses_none(
    engine: FakeEngine, watch: Watch, told: Told, database: HandledDatabase, clock: FakeClock
) -> None:
    watched = await watch()
    database.failures = [StorageUnavailable("full")]
    engine.run("web")
    await watched.turns()
    assert "container.created" not in told.types
    await clock.advance(10)
    await watched.turns()
    assert told.types == ["engine.up", "container.created", "container.started"]
