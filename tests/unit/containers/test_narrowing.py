from __future__ import annotations

import json

import pytest

from server.access import LOCAL, Principal, Role
from server.containers import narrowing as narrowing_module
from server.containers.narrowing import Narrowing
from server.protocol.codec import encode
from tests.fakes.engine import FakeEngine
from tests.unit.containers.conftest import Watch, Watched


def limited(*labels: str) -> Principal:
    return Principal("ann", Role.VIEWER, labels=labels)


@pytest.fixture
async def watched(engine: FakeEngine, watch: Watch) -> Watched:
    engine.run("web", labels={"team": "blue", "com.docker.compose.project": "shop"})
    engine.create("db", labels={"team": "blue"})
    engine.run("mail", labels={"team": "red"})
    return await watch()


@pytest.fixture
def narrowing(watched: Watched) -> Narrowing:
    return Narrowing(watched.visibility)


async def test_what_is_hidden_is_neither_listed_nor_counted(watched: Watched, narrowing: Narrowing) -> None:
    whole = watched.registry.data_bytes()
    part = narrowing.data(limited("team=blue"), whole)
    data = json.loads(part)
    assert sorted(c["name"] for c in data["containers"]) == ["db", "web"]
    assert (data["summary"]["total"], data["summary"]["running"]) == (2, 1)
    assert b"mail" not in part
    assert {key: data[key] for key in ("engines", "read_at", "as_of_seq")} == {
        key: json.loads(whole)[key] for key in ("engines", "read_at", "as_of_seq")
    }


async def test_labels_that_the_list_does_not_show_count_too(watched: Watched, narrowing: Narrowing) -> None:
    part = narrowing.data(limited("com.docker.compose.project=shop"), watched.registry.data_bytes())
    assert [c["name"] for c in json.loads(part)["containers"]] == ["web"]


async def test_a_message_is_narrowed_like_the_list(watched: Watched, narrowing: Narrowing) -> None:
    head = {"type": "containers", "timestamp": "2026-11-20T09:00:00.000Z", "channel": "containers"}
    whole = encode(head | {"data": watched.registry.data()})
    message = json.loads(narrowing.message(limited("team=red"), whole))
    assert {key: message[key] for key in head} == head
    assert [c["name"] for c in message["data"]["containers"]] == ["mail"]
    assert message["data"]["summary"]["total"] == 1


async def test_who_may_see_all_gets_the_whole(watched: Watched, narrowing: Narrowing) -> None:
    whole = watched.registry.data_bytes()
    assert narrowing.data(LOCAL, whole) is whole
    assert narrowing.message(LOCAL, whole) is whole


async def test_a_part_is_worked_out_once_for_all_with_the_same_labels(watched: Watched, narrowing: Narrowing) -> None:
    whole = watched.registry.data_bytes()
    part = narrowing.data(limited("team=blue", "team"), whole)
    assert narrowing.data(limited("team=red"), whole) != part
    assert narrowing.data(limited("team", "team=blue"), whole) is part


async def test_another_list_is_narrowed_anew(watched: Watched, narrowing: Narrowing, engine: FakeEngine) -> None:
    narrowing.data(limited("team=red"), watched.registry.data_bytes())
    engine.run("news", labels={"team": "red"})
    await watched.turns()
    part = narrowing.data(limited("team=red"), watched.registry.data_bytes())
    assert [c["name"] for c in json.loads(part)["containers"]] == ["mail", "news"]


async def test_only_so_many_parts_are_kept(
    watched: Watched, narrowing: Narrowing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrowing_module, "MOST_NARROWED", 2)
    whole = watched.registry.data_bytes()
    parts = {team: narrowing.data(limited(f"team={team}"), whole) for team in ("blue", "red", "green")}
    assert narrowing.data(limited("team=green"), whole) is parts["green"]
    again = narrowing.data(limited("team=blue"), whole)
    assert (again, again is parts["blue"]) == (parts["blue"], False)
