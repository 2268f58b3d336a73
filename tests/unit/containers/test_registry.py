from __future__ import annotations

import json

import pytest

from server.containers.engine import ContainerNotFound, InvalidContainer
from server.containers.registry import AmbiguousContainer, Registry
from server.protocol.views import Port
from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine


@pytest.fixture
def registry(clock: FakeClock) -> Registry:
    return Registry(engine="local", clock=clock, published=lambda: 7)


def hear(registry: Registry, engine: FakeEngine) -> None:
    """Have the registry hear everything that the engine told so far."""
    for event in engine.history:
        registry.apply(event)
    engine.history.clear()


def inspect(registry: Registry, engine: FakeEngine, id: str) -> None:
    registry.put(engine.facts[id], revision=registry.revision(id))


async def test_an_event_changes_the_list_before_any_inspection(engine: FakeEngine, registry: Registry) -> None:
    web = engine.run("web")
    hear(registry, engine)
    engine.die(web, 3)
    hear(registry, engine)
    (view,) = registry.data().containers
    assert (view.state, view.exit_code, view.condition) == ("exited", 3, "failed")


async def test_an_inspection_begun_before_an_event_is_refused(engine: FakeEngine, registry: Registry) -> None:
    web = engine.run("web")
    hear(registry, engine)
    revision, facts = registry.revision(web), engine.facts[web]
    engine.die(web, 3)
    hear(registry, engine)
    assert registry.put(facts, revision=revision) is False
    assert registry.data().containers[0].state == "exited"


async def test_a_replayed_event_does_not_turn_the_list_back(engine: FakeEngine, registry: Registry) -> None:
    web = engine.run("web")
    engine.die(web)
    old = list(engine.history)
    hear(registry, engine)
    engine.start(web)
    hear(registry, engine)
    for event in old:
        registry.apply(event)
    assert registry.data().containers[0].state == "running"


@pytest.mark.parametrize(
    ("ending", "means"),
    [("stop", "done"), ("kill", "done"), ("die", "failed"), ("hangup", "failed"), ("late", "failed")],
)
async def test_an_end_that_was_asked_for_is_no_failure(
    engine: FakeEngine, registry: Registry, clock: FakeClock, ending: str, means: str
) -> None:
    web = engine.run("web")
    if ending == "stop":
        engine.tell(web, "kill", signal="SIGTERM")
        await clock.advance(600)
    elif ending in ("kill", "late"):
        engine.tell(web, "kill", signal="SIGTERM")
        await clock.advance(5 if ending == "kill" else 600)
    elif ending == "hangup":
        engine.tell(web, "kill", signal="SIGHUP")
    engine.die(web, 1)
    if ending == "stop":
        engine.tell(web, "stop")
    hear(registry, engine)
    inspect(registry, engine, web)
    assert registry.data().containers[0].condition == means


async def test_the_containers_own_stop_signal_asks_for_its_end(engine: FakeEngine, registry: Registry) -> None:
    web = engine.run("web", stop_signal="SIGUSR1")
    hear(registry, engine)
    inspect(registry, engine, web)
    engine.tell(web, "kill", signal="SIGUSR1")
    engine.die(web, 1)
    hear(registry, engine)
    assert registry.data().containers[0].condition == "done"


async def test_a_later_end_that_nobody_saw_is_judged_by_its_exit_code(engine: FakeEngine, registry: Registry) -> None:
    web = engine.run("web")
    engine.stop(web)
    hear(registry, engine)
    inspect(registry, engine, web)
    engine.start(web)
    engine.die(web, 1)
    inspect(registry, engine, web)
    assert registry.data().containers[0].condition == "failed"


async def test_the_list_is_sorted_by_project_and_name_with_the_projectless_last(
    engine: FakeEngine, registry: Registry
) -> None:
    for name, project in (("z", None), ("b", "shop"), ("a", "shop"), ("x", "blog"), ("c", None)):
        engine.run(name, labels={} if project is None else {"com.docker.compose.project": project})
    hear(registry, engine)
    assert [view.name for view in registry.data().containers] == ["x", "a", "b", "c", "z"]


async def test_the_summary_counts_the_list(engine: FakeEngine, registry: Registry) -> None:
    engine.run("up")
    engine.health(engine.run("sick"), "unhealthy")
    engine.pause(engine.run("held"))
    engine.die(engine.run("init"), 0)
    engine.die(engine.run("broken"), 1)
    hear(registry, engine)
    summary = registry.data().summary
    assert (summary.total, summary.running, summary.paused, summary.unhealthy) == (5, 2, 1, 1)
    assert (summary.done, summary.failed, summary.attention) == (1, 1, 2)


async def test_composes_own_labels_are_left_out_and_the_others_kept(engine: FakeEngine, registry: Registry) -> None:
    labels = {"com.docker.compose.project": "shop", "com.docker.compose.config-hash": "x", "team": "red"}
    engine.run("web", labels=labels)
    hear(registry, engine)
    (view,) = registry.data().containers
    assert (view.project, view.labels) == ("shop", {"team": "red"})


async def test_a_swarm_stack_is_a_project_too(engine: FakeEngine, registry: Registry) -> None:
    engine.run("web", labels={"com.docker.stack.namespace": "shop", "com.docker.swarm.service.name": "shop_web"})
    hear(registry, engine)
    (view,) = registry.data().containers
    assert (view.project, view.service) == ("shop", "shop_web")


async def test_the_bytes_are_the_same_object_until_something_changes(
    engine: FakeEngine, registry: Registry, clock: FakeClock
) -> None:
    engine.run("web")
    hear(registry, engine)
    first = registry.data_bytes()
    assert registry.data_bytes() is first
    engine.run("other")
    hear(registry, engine)
    assert registry.data_bytes() is not first


async def test_the_status_stays_true_as_time_passes(engine: FakeEngine, registry: Registry, clock: FakeClock) -> None:
    engine.run("web")
    hear(registry, engine)
    registry.data_bytes()
    await clock.advance(180)
    assert json.loads(registry.data_bytes())["containers"][0]["status"] == "Up 3 minutes"


async def test_while_the_engine_is_down_durations_stand_still(
    engine: FakeEngine, registry: Registry, clock: FakeClock
) -> None:
    engine.run("web")
    hear(registry, engine)
    registry.set_engine("up", version="99.0")
    await clock.advance(180)
    registry.set_engine("down", code="engine_unreachable", message="Nobody answers.")
    await clock.advance(3600)
    assert registry.data().containers[0].status == "Up 3 minutes"
    registry.set_engine("up", version="99.0")
    assert registry.data().containers[0].status == "Up About an hour"


async def test_the_engines_state_has_its_age_and_keeps_it(registry: Registry, clock: FakeClock) -> None:
    registry.set_engine("down", code="engine_unreachable", message="Nobody answers.")
    since = registry.engine_view.since
    await clock.advance(60)
    registry.set_engine("down", code="engine_unreachable", message="There is no Docker engine at /x.")
    assert registry.engine_view.since == since == "2026-11-20T09:00:00.000Z"
    registry.set_engine("up", version="99.0")
    view = registry.engine_view
    assert (view.since, view.code, view.message) == ("2026-11-20T09:01:00.000Z", None, None)


async def test_the_position_is_asked_before_the_list_is_read(registry: Registry) -> None:
    assert registry.data().as_of_seq == 7


async def test_a_container_is_found_by_id_start_of_id_or_name(engine: FakeEngine, registry: Registry) -> None:
    web = engine.run("web", ports=[Port(80, "tcp", 8080, "0.0.0.0")])
    hear(registry, engine)
    assert [registry.find(text).id for text in (web, web[:12], "web")] == [web] * 3


async def test_a_name_is_meant_before_the_start_of_an_id(engine: FakeEngine, registry: Registry) -> None:
    engine.run("web")
    named = engine.run("0001")
    hear(registry, engine)
    assert registry.find("0001").id == named


async def test_the_start_of_two_ids_is_ambiguous(engine: FakeEngine, registry: Registry) -> None:
    engine.run("web")
    engine.run("db")
    hear(registry, engine)
    with pytest.raises(AmbiguousContainer, match="db, web"):
        registry.find("000")


@pytest.mark.parametrize("text", ["../info", "a/b", "", "a" * 129, "-x", "web\n", "wéb", ".", "web?x=1", "%2e%2e"])
async def test_what_cannot_be_a_container_is_refused_as_such(registry: Registry, text: str) -> None:
    with pytest.raises(InvalidContainer):
        registry.find(text)


async def test_a_container_that_is_not_there_is_not_found(registry: Registry) -> None:
    with pytest.raises(ContainerNotFound, match="There is no container nope"):
        registry.find("nope")


async def test_pilothouse_knows_its_own_container(engine: FakeEngine, registry: Registry) -> None:
    web, own = engine.run("web"), engine.run("pilothouse")
    registry.set_own_id(own[:12])
    hear(registry, engine)
    assert {view.id: view.is_self for view in registry.data().containers} == {web: False, own: True}


async def test_only_containers_with_the_given_labels_are_found(engine: FakeEngine, registry: Registry) -> None:
    web = engine.run("web", labels={"team": "blue"})
    engine.run("mail", labels={"team": "red"})
    hear(registry, engine)
    assert registry.find("000", ["team=blue"]).id == web
    with pytest.raises(ContainerNotFound, match=r"There is no container mail\."):
        registry.find("mail", ["team=blue"])
