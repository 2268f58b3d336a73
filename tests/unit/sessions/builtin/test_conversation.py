from __future__ import annotations

import pytest

from server.sessions.builtin.conversation import understand
from server.sessions.builtin.observed import Container
from server.sessions.runner import Said

LIVE = [Container(name=name) for name in ("web", "redis", "api-1", "api-2")]


def after(*texts: str) -> list[Said]:
    """What people said, each followed by an answer that names every container."""
    return [
        said
        for text in texts
        for said in (Said("person", "ann", text), Said("assistant", "builtin", "web redis api-1"))
    ]


@pytest.mark.parametrize("text", ["restart it", "그거 재시작해줘", "재시작해줘"])
def test_it_is_the_container_that_was_spoken_of(text: str) -> None:
    meant = understand(text, after("how is redis?", "thanks"), LIVE)
    assert (meant.asked.verb, meant.names) == ("restart", ["redis"])


def test_it_is_nothing_if_several_were_spoken_of() -> None:
    assert understand("restart it", after("logs of web", "restart api"), LIVE).names == []


def test_it_is_nothing_if_nothing_was_spoken_of() -> None:
    assert understand("restart it", [], LIVE).names == []


def test_name_that_nobody_bears_is_not_taken_for_what_was_spoken_of() -> None:
    meant = understand("restart the mailserver", after("how is redis?"), LIVE)
    assert (meant.names, meant.others) == ([], ["mailserver"])


@pytest.mark.parametrize(
    ("asked", "intent"), [("restart api", "action"), ("api 로그", "logs"), ("why did it die", "diagnose")]
)
def test_bare_name_answers_which_one(asked: str, intent: str) -> None:
    meant = understand("api-2", after(asked), LIVE)
    assert (meant.asked.intent, meant.names) == (intent, ["api-2"])


def test_bare_name_does_not_repeat_what_was_done() -> None:
    assert understand("api-2", after("restart redis"), LIVE).asked.intent == "unknown"


def test_name_that_is_a_verb_orders_nothing() -> None:
    containers = [Container(name="start-page")]
    meant = understand("status of start-page", [], containers)
    assert (meant.asked.intent, meant.names) == ("status", ["start-page"])
