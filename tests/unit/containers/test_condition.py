from __future__ import annotations

from typing import Any

import pytest

from server.containers.condition import condition, duration_text, needs_attention, status_text
from server.containers.engine import ContainerFacts

NOW_S = 1_795_165_200.0
MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86400.0


def facts(**more: Any) -> ContainerFacts:
    made: dict[str, Any] = {
        "id": "a" * 64,
        "name": "web",
        "image": "nginx",
        "state": "running",
        "created_ns": 1,
        "labels": {},
        "ports": [],
        "inspected": True,
    }
    return ContainerFacts(**made | more)


def ago(seconds: float) -> int:
    return int((NOW_S - seconds) * 10**9)


@pytest.mark.parametrize(
    ("shown", "ending", "means"),
    [
        ({"state": "running"}, None, "running"),
        ({"state": "running", "health": "healthy"}, None, "healthy"),
        ({"state": "running", "health": "starting"}, None, "starting"),
        ({"state": "running", "health": "unhealthy"}, None, "unhealthy"),
        ({"state": "paused", "health": "unhealthy"}, None, "paused"),
        ({"state": "restarting", "exit_code": 1}, None, "restarting"),
        ({"state": "created"}, None, "created"),
        ({"state": "created", "exit_code": 127, "error": "no such file"}, None, "failed"),
        ({"state": "removing"}, None, "removing"),
        ({"state": "dead"}, None, "dead"),
        ({"state": "exited", "exit_code": 0}, None, "done"),
        ({"state": "exited", "exit_code": 0}, "unasked", "done"),
        ({"state": "exited", "exit_code": 1}, None, "failed"),
        ({"state": "exited", "exit_code": 1}, "asked", "done"),
        ({"state": "exited", "exit_code": 143}, None, "done"),
        ({"state": "exited", "exit_code": 137}, None, "done"),
        ({"state": "exited", "exit_code": 137}, "unasked", "failed"),
        ({"state": "exited", "exit_code": 137, "oom_killed": True}, None, "failed"),
        ({"state": "exited", "exit_code": 137, "oom_killed": True}, "asked", "failed"),
    ],
)
def test_what_a_state_means(shown: dict[str, Any], ending: Any, means: str) -> None:
    assert condition(facts(**shown), ending) == means


@pytest.mark.parametrize(
    ("shown", "attention"),
    [
        ({"state": "running"}, False),
        ({"state": "running", "health": "unhealthy"}, True),
        ({"state": "restarting", "exit_code": 1}, True),
        ({"state": "exited", "exit_code": 1}, True),
        ({"state": "exited", "exit_code": 1, "labels": {"com.docker.compose.oneoff": "True"}}, False),
        ({"state": "exited", "exit_code": 1, "labels": {"com.docker.compose.oneoff": "False"}}, True),
        ({"state": "exited", "exit_code": 0}, False),
        ({"state": "dead"}, True),
        ({"state": "created"}, False),
        ({"state": "running", "restart_count": 3, "started_ns": ago(5)}, True),
        ({"state": "running", "restart_count": 3, "started_ns": ago(300)}, False),
    ],
)
def test_what_needs_attention(shown: dict[str, Any], attention: bool) -> None:
    seen = facts(**shown)
    assert needs_attention(seen, condition(seen, None), NOW_S) is attention


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ({"started_ns": ago(180)}, "Up 3 minutes"),
        ({"started_ns": ago(180), "health": "healthy"}, "Up 3 minutes (healthy)"),
        ({"started_ns": ago(1.5), "health": "starting"}, "Up 1 second (health: starting)"),
        ({"state": "paused", "started_ns": ago(180), "health": "healthy"}, "Up 3 minutes (Paused)"),
        ({"state": "exited", "exit_code": 1, "finished_ns": ago(2 * HOUR_S)}, "Exited (1) 2 hours ago"),
        ({"state": "restarting", "exit_code": 1, "finished_ns": ago(5)}, "Restarting (1) 5 seconds ago"),
        ({"state": "created"}, "Created"),
        ({"state": "dead"}, "Dead"),
        ({"state": "removing"}, "Removal In Progress"),
        ({"started_ns": ago(-5)}, "Up Less than a second"),
        ({}, "Up"),
    ],
)
def test_the_status_has_the_words_of_docker_ps(shown: dict[str, Any], text: str) -> None:
    assert status_text(facts(**shown), NOW_S) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "Less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "About a minute"),
        (119, "About a minute"),
        (120, "2 minutes"),
        (59 * MINUTE_S, "59 minutes"),
        (HOUR_S, "About an hour"),
        (1.4 * HOUR_S, "About an hour"),
        (1.6 * HOUR_S, "2 hours"),
        (47 * HOUR_S, "47 hours"),
        (2 * DAY_S, "2 days"),
        (13 * DAY_S, "13 days"),
        (15 * DAY_S, "2 weeks"),
        (61 * DAY_S, "2 months"),
        (800 * DAY_S, "2 years"),
    ],
)
def test_durations_are_worded_as_the_engine_words_them(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
