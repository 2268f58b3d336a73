from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.containers.engine import EngineEvent
from server.containers.story import Cause, Story
from tests.fakes.engine import FakeEngine


class Listener:
    """A story beside a fake engine whose events it is given by hand."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self.story = Story("local")

    def hear(self, *changes: EngineEvent) -> list[str]:
        """The types of what `changes` add."""
        return [new.type for event in changes for new in self.story.event(event)]

    def compare(self, id: str) -> list[str]:
        return [new.type for new in self.story.compare(self.engine.facts[id])]

    def know(self, id: str) -> None:
        self.story.know(self.engine.facts[id])


@pytest.fixture
def listener(engine: FakeEngine) -> Listener:
    return Listener(engine)


def since(engine: FakeEngine, count: int) -> list[EngineEvent]:
    """The last `count` events of the engine."""
    return engine.history[-count:]


async def test_a_replayed_event_is_not_told_again(engine: FakeEngine, listener: Listener) -> None:
    engine.kill(engine.run("web"), "SIGHUP")
    assert listener.hear(*engine.history) == ["container.created", "container.started", "container.killed"]
    assert listener.hear(*engine.history) == []


async def test_an_event_that_a_comparison_told_already_is_not_told_again(
    engine: FakeEngine, listener: Listener
) -> None:
    web = engine.run("web")
    listener.know(web)
    engine.die(web, 1)
    assert listener.compare(web) == ["container.exited"]
    assert listener.hear(*since(engine, 1)) == []
    engine.start(web)
    assert listener.compare(web) == ["container.started"]
    assert listener.hear(*since(engine, 1)) == []
    engine.rename(web, "front")
    assert listener.compare(web) == ["container.renamed"]
    assert listener.hear(*since(engine, 1)) == []
    engine.health(web, "unhealthy")
    assert listener.compare(web) == ["container.health"]
    assert listener.hear(*since(engine, 1)) == []
    engine.pause(web)
    assert listener.compare(web) == ["container.paused"]
    assert listener.hear(*since(engine, 1)) == []


async def test_a_restart_that_a_comparison_told_is_not_told_by_its_late_events(
    engine: FakeEngine, listener: Listener
) -> None:
    web = engine.run("web")
    listener.know(web)
    engine.stop(web)
    engine.start(web)
    engine.tell(web, "restart")
    assert listener.compare(web) == ["container.restarted"]
    assert listener.hear(*since(engine, 5)) == []
    engine.die(web)
    engine.start(web)
    engine.tell(web, "restart")
    assert listener.hear(*since(engine, 3)) == ["container.exited", "container.started", "container.restarted"]


async def test_a_comparison_after_the_events_adds_nothing(engine: FakeEngine, listener: Listener) -> None:
    web = engine.run("web")
    engine.health(web, "healthy")
    engine.pause(web)
    engine.rename(web, "front")
    listener.hear(*engine.history)
    assert listener.compare(web) == []


async def test_a_container_that_ran_and_ended_unseen_is_told_to_have_ended(
    engine: FakeEngine, listener: Listener
) -> None:
    web = engine.run("web")
    engine.die(web)
    listener.know(web)
    engine.start(web)
    engine.die(web, 2)
    assert listener.compare(web) == ["container.exited"]
    assert listener.compare(web) == []


async def test_a_new_container_that_has_ended_is_told_from_its_beginning(
    engine: FakeEngine, listener: Listener
) -> None:
    web = engine.run("web")
    engine.die(web, 2)
    assert listener.compare(web) == ["container.created", "container.exited"]


async def test_a_paused_container_that_was_unpaused_unseen(engine: FakeEngine, listener: Listener) -> None:
    web = engine.run("web")
    engine.pause(web)
    listener.know(web)
    engine.pause(web, paused=False)
    assert listener.compare(web) == ["container.unpaused"]


async def test_an_event_of_a_container_that_nobody_told_of_is_told(engine: FakeEngine, listener: Listener) -> None:
    web = engine.run("web")
    engine.die(web, 1)
    assert listener.hear(*since(engine, 1)) == ["container.exited"]
    engine.rename(other := engine.run("old"), "new")
    (renamed,) = listener.story.event(since(engine, 1)[0])
    assert other in listener.story.told
    assert (renamed.type, data(renamed)["old_name"]) == ("container.renamed", "old")


async def test_the_end_of_a_container_that_nobody_told_of_is_no_event(engine: FakeEngine, listener: Listener) -> None:
    engine.destroy(engine.run("web"))
    assert listener.hear(*since(engine, 1)) == []


async def test_an_end_says_whether_memory_ran_out(engine: FakeEngine, listener: Listener) -> None:
    web = engine.run("web")
    engine.tell(web, "oom")
    engine.die(web, 137)
    engine.start(web)
    engine.die(web, 0)
    told = [new for event in engine.history for new in listener.story.event(event)]
    assert [data(new)["oom_killed"] for new in told if new.type == "container.exited"] == [True, False]


async def test_an_event_bears_the_operation_behind_it(engine: FakeEngine, listener: Listener) -> None:
    engine.run("web")
    (created,) = listener.story.event(engine.history[0], Cause("ann", "01OP"))
    assert (data(created)["by"], data(created)["operation"]) == ("ann", "01OP")


async def test_the_time_of_an_event_is_the_engines_to_the_microsecond(engine: FakeEngine, listener: Listener) -> None:
    engine.run("web")
    event = engine.history[0]
    late = EngineEvent(change="create", id="a" * 64, name="x", image="y", labels={}, at_ns=1_795_244_925_713_185_194)
    assert event.at_ns != late.at_ns
    (created,) = listener.story.event(late)
    assert data(created)["at"] == "2026-11-21T07:08:45.713185Z"


def data(new: Any) -> dict[str, Any]:
    return {name: getattr(new.data, name) for name in new.data.__struct_fields__}


@given(st.lists(st.sampled_from(["act", "hear", "compare"]), max_size=60), st.randoms(use_true_random=False))
def test_whatever_comes_first_each_fact_is_told_once(turns: list[str], dice: random.Random) -> None:
    """Events come late, though not later than a whole comparison; a comparison sees what is so already. What is told is
    never more than what happened, and in the end it is all true."""
    engine = FakeEngine()
    story = Story("local")
    web = engine.run("web")
    story.know(engine.facts[web])
    engine.remembers = 1000
    heard = due = len(engine.history)
    told = Counter[str]()

    def hear(upto: int) -> None:
        nonlocal heard
        for event in engine.history[heard:upto]:
            told.update(new.type for new in story.event(event))
        heard = max(heard, upto)

    for turn in turns:
        if turn == "act":
            do_something(engine, web, dice)
        elif turn == "hear":
            hear(dice.randint(heard, len(engine.history)))
        else:
            hear(due)
            told.update(new.type for new in story.compare(engine.facts[web]))
            due = len(engine.history)
    hear(len(engine.history))
    happened = Counter(event.change for event in engine.history[2:])
    assert told["container.exited"] + told["container.restarted"] <= happened["die"] + happened["restart"]
    assert told["container.started"] <= happened["start"]
    assert told["container.renamed"] <= happened["rename"]
    assert told["container.paused"] <= happened["pause"]
    assert told["container.unpaused"] <= happened["unpause"]
    facts, last = engine.facts[web], story.told[web]
    assert last.phase == {"running": "running", "paused": "paused", "exited": "ended"}[facts.state]
    assert last.ref.name == facts.name
    assert story.compare(facts) == []


def do_something(engine: FakeEngine, web: str, dice: random.Random) -> None:
    """One change that an engine would allow now."""
    state = engine.facts[web].state
    choices = {"running": ["die", "pause", "rename", "health", "restart"], "paused": ["unpause", "rename"]}
    match dice.choice(choices.get(state, ["start", "rename"])):
        case "die":
            engine.die(web, dice.randint(0, 2))
        case "start":
            engine.start(web)
        case "restart":
            engine.stop(web)
            engine.start(web)
            engine.tell(web, "restart")
        case "pause" | "unpause":
            engine.pause(web, paused=state == "running")
        case "rename":
            engine.rename(web, f"name{dice.randint(0, 10**9)}")
        case "health":
            engine.health(web, "unhealthy" if engine.facts[web].health == "healthy" else "healthy")
