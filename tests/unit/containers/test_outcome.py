from __future__ import annotations

from typing import Any

import pytest

from server.containers.engine import ContainerFacts
from server.containers.outcome import grace_s, shows
from server.protocol.client import ActionOptions
from server.protocol.views import Action

BEFORE_NS = 100


def facts(state: str, **more: Any) -> ContainerFacts:
    made: dict[str, Any] = {"id": "a" * 64, "name": "web", "image": "nginx", "created_ns": 1, "labels": {}, "ports": []}
    return ContainerFacts(state=state, inspected=True, **made | more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("action", "seen", "done"),
    [
        ("start", facts("running", started_ns=BEFORE_NS), True),
        ("start", facts("exited", started_ns=BEFORE_NS), False),
        ("start", facts("exited", started_ns=BEFORE_NS + 1), True),
        ("start", None, False),
        ("stop", facts("exited"), True),
        ("stop", facts("running"), False),
        ("stop", facts("restarting"), False),
        ("stop", None, True),
        ("restart", facts("running", started_ns=BEFORE_NS), False),
        ("restart", facts("running", started_ns=BEFORE_NS + 1), True),
        ("restart", facts("exited", started_ns=BEFORE_NS + 1), False),
        ("restart", None, False),
        ("pause", facts("paused"), True),
        ("pause", facts("running"), False),
        ("unpause", facts("running"), True),
        ("unpause", facts("paused"), False),
        ("kill", facts("exited"), True),
        ("kill", facts("running", started_ns=BEFORE_NS), False),
        ("kill", facts("running", started_ns=BEFORE_NS + 1), True),
        ("kill", None, True),
        ("remove", None, True),
        ("remove", facts("exited"), False),
    ],
)
def test_what_an_inspection_shows_of_an_action(action: Action, seen: ContainerFacts | None, done: bool) -> None:
    assert shows(seen, action, BEFORE_NS) is done


@pytest.mark.parametrize(
    ("action", "asked_s", "own_s", "waits_s"),
    [
        ("stop", None, None, 10),
        ("stop", None, 90, 90),
        ("stop", 5, 90, 5),
        ("stop", 0, None, 0),
        ("restart", None, 90, 90),
        ("kill", None, 90, 0),
        ("stop", None, -1, 0),
    ],
)
def test_a_container_is_given_the_time_asked_for_or_its_own(
    action: Action, asked_s: int | None, own_s: int | None, waits_s: int
) -> None:
    assert grace_s(action, ActionOptions(grace_s=asked_s), facts("running", stop_timeout_s=own_s)) == waits_s
