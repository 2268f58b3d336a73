from __future__ import annotations

import pytest

from server.containers.engine import EngineIdentity, EngineTimeout
from server.containers.watcher import PING_EVERY_S, RECHECK_EVERY_S
from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine
from tests.unit.containers.conftest import Told, Watch


async def test_the_event_stream_is_opened_before_the_list_is_read(engine: FakeEngine, watch: Watch) -> None:
    await watch()
    assert engine.calls.index("events") < engine.calls.index("containers")


async def test_containers_that_existed_before_the_first_start_are_no_events(
    engine: FakeEngine, watch: Watch, told: Told
) -> None:
    engine.run("web")
    watched = await watch()
    assert (watched.names, told.types) == (["web"], ["engine.up"])


async def test_a_change_is_in_the_list_and_in_the_log(engine: FakeEngine, watch: Watch, told: Told) -> None:
    watched = await watch()
    web = engine.run("web", labels={"com.docker.compose.project": "shop", "com.docker.compose.service": "front"})
    await watched.turns()
    assert watched.view("web").state == "running"
    assert told.types == ["engine.up", "container.created", "container.started"]
    assert told.of("container.started")[0] == {
        "engine": "local",
        "container": {
            "id": web,
            "name": "web",
            "image": "pilothouse/busybox:test",
            "project": "shop",
            "service": "front",
        },
        "observed": "event",
        "at": "2026-11-20T09:00:00.100000Z",
        "by": None,
        "operation": None,
    }


async def test_a_change_between_the_opening_of_the_stream_and_the_list_is_told_once(
    engine: FakeEngine, watch: Watch, told: Told
) -> None:
    web = engine.run("web")
    listing = engine.gate("containers")
    watched = await watch()
    engine.die(web, 1)
    await watched.turns()
    listing.set()
    await watched.turns()
    assert watched.view("web").state == "exited"
    assert told.types.count("container.exited") == 1


async def test_an_inspection_that_was_overtaken_by_an_event_is_not_believed(engine: FakeEngine, watch: Watch) -> None:
    watched = await watch()
    inspecting = engine.gate("inspect")
    web = engine.run("web")
    await watched.turns()
    engine.die(web, 3)
    await watched.turns()
    inspecting.set()
    await watched.turns()
    assert (watched.view("web").state, watched.view("web").exit_code) == ("exited", 3)


async def test_an_engine_that_stops_is_down_at_once_and_its_list_stays(
    engine: FakeEngine, watch: Watch, told: Told
) -> None:
    engine.run("web")
    watched = await watch()
    engine.down()
    await watched.turns()
    data = watched.registry.data()
    seen = data.engines[0]
    assert (seen.state, seen.code) == ("down", "engine_unreachable")
    assert seen.message == "Nobody answers: the engine is not running."
    assert ([c.name for c in data.containers], told.types[-1]) == (["web"], "engine.down")


async def test_an_engine_that_returns_is_up_within_two_seconds(
    engine: FakeEngine, watch: Watch, told: Told, clock: FakeClock
) -> None:
    watched = await watch()
    engine.down()
    await clock.advance(3600)
    engine.up()
    await clock.advance(2)
    await watched.turns()
    assert watched.registry.engine_view.state == "up"
    assert told.types == ["engine.up", "engine.down", "engine.up"]


async def test_an_engine_that_was_down_from_the_start_is_told_and_found_later(
    engine: FakeEngine, watch: Watch, told: Told, clock: FakeClock
) -> None:
    engine.down()
    watched = await watch()
    assert watched.registry.engine_view.state == "down"
    engine.run("web")
    engine.up()
    await clock.advance(2)
    await watched.turns()
    assert (watched.names, told.types) == (["web"], ["engine.down", "engine.up"])


async def test_a_stream_that_is_silent_because_the_engine_hangs_is_noticed(
    engine: FakeEngine, watch: Watch, clock: FakeClock
) -> None:
    watched = await watch()
    engine.failures["ping"] = [EngineTimeout("The engine did not answer within 3 s; it may be busy.")]
    await clock.advance(PING_EVERY_S)
    assert watched.registry.engine_view.state == "down"


async def test_a_stream_that_a_proxy_cuts_is_opened_again_without_a_word(
    engine: FakeEngine, watch: Watch, told: Told, clock: FakeClock
) -> None:
    watched = await watch()
    await clock.advance(60)
    engine.cut()
    web = engine.run("web")
    await watched.settle()
    engine.kill(web)
    await watched.turns()
    assert told.types == [
        "engine.up",
        "container.created",
        "container.started",
        "container.killed",
        "container.exited",
    ]


async def test_what_the_engine_still_remembers_of_an_interruption_is_told_as_it_happened(
    engine: FakeEngine, watch: Watch, told: Told, clock: FakeClock
) -> None:
    web = engine.run("web")
    watched = await watch()
    await clock.advance(60)
    engine.health(web, "healthy")
    await watched.turns()
    engine.failures["events"] = [EngineTimeout("busy"), EngineTimeout("busy")]
    engine.cut()
    await watched.turns()
    engine.kill(web)
    await clock.advance(5)
    await watched.turns()
    assert [(data["observed"], data["signal"]) for data in told.of("container.killed")] == [("event", "SIGKILL")]
    assert [data["observed"] for data in told.of("container.exited")] == ["event"]


async def test_what_nobody_remembers_of_an_interruption_is_found_by_comparing(
    engine: FakeEngine, watch: Watch, told: Told, clock: FakeClock
) -> None:
    kept, ended, renamed, restarted, removed = (engine.run(name) for name in ("kept", "ended", "old", "again", "gone"))
    watched = await watch()
    engine.down()
    await clock.advance(10)
    engine.silent = True
    engine.die(ended, 3)
    engine.rename(renamed, "new")
    engine.die(restarted, 0)
    engine.start(restarted)
    engine.destroy(removed)
    engine.run("fresh")
    engine.silent = False
    engine.up()
    await clock.advance(2)
    await watched.turns()
    seen = {
        (event["type"], event["data"]["container"]["name"]) for event in told.events if "container" in event["data"]
    }
    assert seen == {
        ("container.exited", "ended"),
        ("container.renamed", "new"),
        ("container.restarted", "again"),
        ("container.removed", "gone"),
        ("container.created", "fresh"),
        ("container.started", "fresh"),
    }
    assert {e["data"]["observed"] for e in told.events if "container" in e["data"]} == {"resync"}
    assert told.of("container.exited")[0]["at"] is None
    assert told.of("container.exited")[0]["exit_code"] == 3
    assert watched.names == ["again", "ended", "fresh", "kept", "new"]
    assert kept in watched.registry.ids()


async def test_events_that_the_engine_dropped_are_found_by_the_recheck(
    engine: FakeEngine, watch: Watch, told: Told, clock: FakeClock
) -> None:
    web, other = engine.run("web"), engine.run("other")
    watched = await watch()
    engine.silent = True
    engine.die(web, 1)
    engine.destroy(other)
    await clock.advance(RECHECK_EVERY_S)
    await watched.settle()
    assert watched.names == ["web"]
    assert watched.view("web").state == "exited"
    assert sorted(told.types) == ["container.exited", "container.removed", "engine.up"]


async def test_a_recheck_inspects_nothing_that_did_not_change(
    engine: FakeEngine, watch: Watch, clock: FakeClock
) -> None:
    for number in range(20):
        engine.run(f"web{number}")
    watched = await watch()
    engine.calls.clear()
    await clock.advance(RECHECK_EVERY_S)
    await watched.settle()
    assert "containers" in engine.calls
    assert "inspect" not in engine.calls


async def test_a_container_that_could_not_be_inspected_is_inspected_by_the_recheck(
    engine: FakeEngine, watch: Watch, clock: FakeClock
) -> None:
    watched = await watch()
    engine.failures["inspect"] = [EngineTimeout("busy")]
    web = engine.create("web")
    engine.change(web, restart_count=7)
    await watched.turns()
    assert watched.view("web").restart_count == 0
    await clock.advance(RECHECK_EVERY_S)
    await watched.settle()
    assert watched.view("web").restart_count == 7


async def test_another_engine_at_the_same_address_makes_no_events_of_its_containers(
    engine: FakeEngine, watch: Watch, told: Told, clock: FakeClock
) -> None:
    old = engine.run("old")
    watched = await watch()
    engine.down()
    await watched.turns()
    engine.silent = True
    engine.destroy(old)
    engine.run("new")
    engine.identity = EngineIdentity("fake-2", "99.1")
    engine.up()
    await clock.advance(2)
    await watched.turns()
    assert watched.names == ["new"]
    assert told.types == ["engine.up", "engine.down", "engine.up"]


async def test_a_mistake_in_the_watching_itself_does_not_end_it(
    engine: FakeEngine, watch: Watch, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    watched = await watch()
    engine.failures["ping"] = [ZeroDivisionError("a mistake")]
    await clock.advance(PING_EVERY_S)
    assert "a mistake" in caplog.text
    await clock.advance(2)
    assert watched.registry.engine_view.state == "up"


async def test_an_engine_that_dies_after_every_start_is_not_asked_ever_faster(
    engine: FakeEngine, watch: Watch, told: Told, clock: FakeClock
) -> None:
    watched = await watch()
    for _ in range(600):
        engine.cut()
        await clock.advance(0.5)
    await watched.turns()
    assert len(told.types) < 120
    assert watched.registry.engine_view.state in ("up", "down")


async def test_nothing_stays_open_when_the_watching_ends(engine: FakeEngine, watch: Watch) -> None:
    watched = await watch()
    await watched.close()
    assert engine.open_streams == 0


async def test_a_container_that_is_gone_when_it_is_looked_at_leaves_the_list(engine: FakeEngine, watch: Watch) -> None:
    watched = await watch()
    engine.create("web")
    engine.silent = True
    engine.destroy(next(iter(engine.facts)))
    await watched.turns()
    assert watched.names == []
