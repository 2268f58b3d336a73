from __future__ import annotations

from typing import Any

import pytest

from server.sessions.builtin.diagnosis import findings
from server.sessions.builtin.observed import Container, Details, HealthCheck


def codes(lines: tuple[str, ...] = (), error: str | None = None, output: str = "", **fields: Any) -> list[str]:
    container = Container(**{"name": "web", "state": "running"} | fields)
    details = Details(container=container, error=error, health_log=[HealthCheck(output=output)] if output else [])
    return [finding.code for finding in findings(details, lines, "en")]


def test_healthy_container_has_nothing_conspicuous() -> None:
    assert codes(lines=("ready",), health="healthy", restart_count=1) == []


@pytest.mark.parametrize(
    ("exit_code", "code"),
    [
        (0, "exit_done"),
        (1, "exit_failed"),
        (126, "exit_command"),
        (127, "exit_command"),
        (134, "exit_crash"),
        (137, "exit_killed"),
        (139, "exit_crash"),
        (143, "exit_told"),
        (-1, "exit_failed"),
    ],
)
def test_exit_code_of_what_has_ended_is_explained(exit_code: int, code: str) -> None:
    assert codes(state="exited", exit_code=exit_code) == [code]


def test_exit_code_of_an_earlier_life_says_nothing_of_what_runs() -> None:
    assert codes(exit_code=137) == []


def test_memory_comes_before_all_else_and_stands_for_its_exit_code() -> None:
    found = codes(state="exited", exit_code=137, oom_killed=True, restart_count=9, lines=("java.lang.OutOfMemory",))
    assert found == ["oom", "restarts"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("write /data/x: no space left on device", "disk"),
        ("FATAL: sorry, too many clients already", "connections"),
        ("FATAL: password authentication failed for user", "password"),
        ("listen tcp :80: bind: address already in use", "address"),
        ("dial tcp 10.0.0.2:5432: connect: connection refused", "refused"),
        ("open /data/x: permission denied", "permission"),
        ("FATAL ERROR: JavaScript heap out of memory", "log_memory"),
    ],
)
def test_last_log_lines_tell_of_common_causes(line: str, code: str) -> None:
    assert codes(lines=("one", line)) == [code]


def test_engine_error_health_and_restarts_are_told() -> None:
    assert codes(state="created", error="port is already allocated") == ["engine_error"]
    assert codes(health="unhealthy", output="timeout") == ["unhealthy"]
    assert codes(state="restarting", exit_code=1) == ["restarts"]
    assert codes(state="paused") == ["paused"]


@pytest.mark.parametrize(("language", "kind"), [("en", "database"), ("ko", "데이터베이스")])
def test_unhealthy_database_is_looked_up_as_one(language: Any, kind: str) -> None:
    details = Details(container=Container(name="main", image="postgres:17", state="running", health="unhealthy"))
    assert kind in findings(details, [], language)[0].query


def test_braces_in_what_the_engine_says_are_text() -> None:
    details = Details(container=Container(name="web", state="created"), error="{boom} {0}")
    assert "{boom} {0}" in findings(details, [], "ko")[0].text
