from __future__ import annotations

import json
from typing import Any

import pytest

from server.access import LOCAL, Principal, Role
from server.containers.visibility import MOST_REMEMBERED
from server.eventlog.log import StoredEvent
from tests.fakes.engine import FakeEngine
from tests.unit.containers.conftest import Told, Watch, Watched

ANN = Principal("ann", Role.OPERATOR, labels=("team=blue",))
BOB = Principal("bob", Role.OPERATOR, labels=("team=red",))
BLUE, RED = {"team": "blue"}, {"team": "red"}


def event(type: str, data: dict[str, Any], seq: int = 1000) -> StoredEvent:
    text = json.dumps({"type": type, "data": data}).encode()
    return StoredEvent(seq, 0, "system", type, "id", "2026-11-20T09:00:00.000Z", text)


def seen_by(watched: Watched, by: Principal, events: list[StoredEvent]) -> list[str]:
    """The types of the events that `by` is shown."""
    sees = watched.visibility.event_filter(by)
    return [event.type for event in events if sees is None or sees(event)]


def of(prefix: str, types: list[str]) -> list[str]:
    return [kind for kind in types if kind.startswith(prefix)]


async def test_who_may_see_all_has_no_filter(watch: Watch) -> None:
    watched = await watch()
    assert watched.visibility.event_filter(LOCAL) is None


async def test_events_of_a_container_are_for_those_who_may_see_it(engine: FakeEngine, watch: Watch, told: Told) -> None:
    watched = await watch()
    engine.run("web", labels=BLUE)
    await watched.turns()
    of_web = ["engine.up", "container.created", "container.started"]
    assert seen_by(watched, LOCAL, told.stored) == of_web
    assert seen_by(watched, ANN, told.stored) == of_web
    assert seen_by(watched, BOB, told.stored) == ["engine.up"]


async def test_events_of_an_operation_are_for_those_who_may_see_its_container(
    engine: FakeEngine, watch: Watch, told: Told
) -> None:
    engine.run("web", labels=BLUE)
    watched = await watch()
    await watched.outcome(await watched.ask("web", "stop", by=ANN))
    operation = ["operation.requested", "operation.running", "operation.confirmed"]
    assert of("operation.", seen_by(watched, ANN, told.stored)) == operation
    assert of("operation.", seen_by(watched, BOB, told.stored)) == []


async def test_every_label_has_to_be_there(engine: FakeEngine, watch: Watch) -> None:
    web = engine.run("web", labels=BLUE | {"stage": "live"})
    db = engine.run("db", labels=BLUE)
    watched = await watch()
    both = Principal("eve", Role.VIEWER, labels=("team=blue", "stage"))
    assert [watched.visibility.sees(both, container) for container in (web, db)] == [True, False]


async def test_what_is_told_of_a_container_that_is_gone_is_judged_by_its_labels_also_after_a_restart(
    engine: FakeEngine, watch: Watch, told: Told
) -> None:
    first = await watch()
    web = engine.run("web", labels=BLUE)
    await first.turns()
    engine.die(web)
    engine.destroy(web)
    await first.turns()
    live = seen_by(first, ANN, told.stored)
    await first.close()
    second = await watch()
    assert live[-1] == "container.removed"
    assert seen_by(second, ANN, told.stored)[: len(live)] == live
    assert of("container.", seen_by(second, BOB, told.stored)) == []


async def test_a_container_that_was_there_before_the_story_began_and_went_meanwhile_is_known(
    engine: FakeEngine, watch: Watch, told: Told
) -> None:
    web = engine.run("web", labels=BLUE)
    first = await watch()
    await first.close()
    engine.destroy(web)
    engine.history.clear()
    second = await watch()
    await second.turns()
    assert "container.removed" in told.types
    assert "container.removed" in seen_by(second, ANN, told.stored)


@pytest.mark.parametrize(
    "unknown",
    [
        event("container.started", {"container": {"id": "never seen"}}),
        event("operation.running", {"operation": {"container_id": "never seen"}}),
        event("container.started", {}),
        event("container.started", {"container": "web"}),
        event("operation.running", {"operation": "01J"}),
        event("operation.running", {"container": {"id": "never seen"}}),
    ],
)
async def test_what_cannot_be_judged_is_hidden(watch: Watch, unknown: StoredEvent) -> None:
    watched = await watch()
    assert seen_by(watched, ANN, [unknown]) == []


async def test_everything_else_is_for_all(watch: Watch) -> None:
    watched = await watch()
    others = [event("server.started", {"version": "1"}), event("engine.down", {"engine": "local", "message": ""})]
    assert seen_by(watched, ANN, others) == ["server.started", "engine.down"]


async def test_events_are_judged_rightly_however_many_there_are(engine: FakeEngine, watch: Watch) -> None:
    web, db = engine.run("web", labels=BLUE), engine.run("db", labels=RED)
    watched = await watch()
    events = [
        event("container.oom", {"container": {"id": (web, db)[seq % 2]}}, seq) for seq in range(3 * MOST_REMEMBERED)
    ]
    sees = watched.visibility.event_filter(ANN)
    assert sees is not None
    verdicts = [sees(one) for one in [*events, *events[:2], *events[:2]]]
    assert verdicts == [True, False] * (len(verdicts) // 2)


async def test_an_event_is_read_once_however_many_judge_it(engine: FakeEngine, watch: Watch) -> None:
    web = engine.run("web", labels=BLUE)
    watched = await watch()
    first = event("container.oom", {"container": {"id": web}}, seq=7)
    unreadable = event("container.oom", {}, seq=7)
    filters = [watched.visibility.event_filter(by) for by in (ANN, BOB)]
    assert [sees(one) for sees in filters if sees for one in (first, unreadable)] == [True, True, False, False]
