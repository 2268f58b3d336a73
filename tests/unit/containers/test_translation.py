from __future__ import annotations

from typing import Any

import msgspec
import pytest

from server.containers.engine import ContainerFacts, EngineEvent
from server.containers.engine_json import EventLine, Inspected, Listed
from server.containers.translation import from_event, from_inspect, from_list, nanoseconds, signal_name
from server.protocol.views import HealthCheckResult, Mount, Port

ID = "a" * 64


def event(action: str, kind: str = "container", **attributes: str) -> EngineEvent | None:
    line = {
        "Type": kind,
        "Action": action,
        "Actor": {"ID": ID, "Attributes": {"name": "web", "image": "nginx", "team": "red"} | attributes},
        "time": 1_795_244_925,
        "timeNano": 1_795_244_925_713_185_194,
    }
    return from_event(msgspec.convert(line, EventLine))


def inspected(**parts: Any) -> ContainerFacts:
    entry: dict[str, Any] = {"Id": ID, "Name": "/web", "Created": "2026-11-21T07:08:43.141381456Z"}
    return from_inspect(msgspec.convert(entry | parts, Inspected)).facts


def state(**fields: Any) -> dict[str, Any]:
    return {"State": {"StartedAt": "2026-11-21T07:08:43.3Z", "FinishedAt": "0001-01-01T00:00:00Z"} | fields}


def test_an_event_has_its_facts_and_the_containers_labels() -> None:
    told = event("die", exitCode="137", execDuration="2")
    assert told is not None
    assert (told.change, told.exit_code, told.at_ns) == ("die", 137, 1_795_244_925_713_185_194)
    assert (told.name, told.image, told.labels) == ("web", "nginx", {"team": "red"})


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("exec_create: /bin/sh -c true", "container"),
        ("exec_start: true", "container"),
        ("exec_die", "container"),
        ("attach", "container"),
        ("top", "container"),
        ("resize", "container"),
        ("health_status: none", "container"),
        ("connect", "network"),
        ("pull", "image"),
        ("create", "volume"),
    ],
)
def test_noise_is_no_event(action: str, kind: str) -> None:
    assert event(action, kind) is None


def test_a_verdict_of_a_health_check_is_an_event() -> None:
    told = event("health_status: unhealthy")
    assert told is not None
    assert (told.change, told.health) == ("health", "unhealthy")


def test_a_renamed_container_has_both_names() -> None:
    told = event("rename", name="front", oldName="/web")
    assert told is not None
    assert (told.name, told.old_name) == ("front", "web")


def test_an_event_without_nanoseconds_has_its_second() -> None:
    line = msgspec.convert({"Type": "container", "Action": "start", "Actor": {"ID": ID}, "time": 5}, EventLine)
    told = from_event(line)
    assert told is not None
    assert (told.at_ns, told.name) == (5 * 10**9, "a" * 12)


@pytest.mark.parametrize(
    ("text", "name"),
    [("15", "SIGTERM"), ("9", "SIGKILL"), ("SIGHUP", "SIGHUP"), ("HUP", "SIGHUP"), ("37", "37"), ("", "SIG")],
)
def test_a_signal_is_called_by_its_name(text: str, name: str) -> None:
    assert signal_name(text) == name


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01T00:00:01Z", 10**9),
        ("1970-01-01T00:00:01.000000005Z", 10**9 + 5),
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("1970-01-01T09:00:01+09:00", 10**9),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_the_engines_times_keep_their_nanoseconds(text: str, ns: int | None) -> None:
    assert nanoseconds(text) == ns


def test_a_running_container_has_no_exit_code() -> None:
    facts = inspected(**state(Status="running", ExitCode=0))
    assert (facts.exit_code, facts.finished_ns) == (None, None)


def test_a_container_that_ended_has_its_exit_code() -> None:
    facts = inspected(**state(Status="exited", ExitCode=3, FinishedAt="2026-11-21T07:09:00Z", OOMKilled=True))
    assert (facts.exit_code, facts.oom_killed) == (3, True)


def test_a_container_that_could_not_be_started_has_the_reason() -> None:
    facts = inspected(**state(Status="created", ExitCode=127, Error="no such file"))
    assert (facts.state, facts.exit_code, facts.error) == ("created", 127, "no such file")


def test_the_last_verdict_on_a_container_that_ended_is_not_its_health() -> None:
    health = {"Status": "unhealthy", "Log": None}
    assert inspected(**state(Status="running", Health=health)).health == "unhealthy"
    assert inspected(**state(Status="exited", Health=health, FinishedAt="2026-11-21T07:09:00Z")).health is None
    assert inspected(**state(Status="running", Health={"Status": "none"})).health is None


def test_published_and_exposed_ports_are_listed_once_each() -> None:
    ports = {
        "443/tcp": None,
        "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}],
        "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "53"}],
    }
    assert inspected(NetworkSettings={"Ports": ports}).ports == [
        Port(53, "udp", 53, "127.0.0.1"),
        Port(80, "tcp", 8080, "0.0.0.0"),
        Port(80, "tcp", 8080, "::"),
        Port(443, "tcp"),
    ]


def test_everything_that_may_be_missing_may_be_missing() -> None:
    facts = inspected(Config={"Labels": None, "Cmd": None}, NetworkSettings=None, Mounts=None, HostConfig=None)
    assert (facts.labels, facts.ports, facts.state) == ({}, [], "created")


def test_the_details_have_the_names_of_the_environment_and_leave_its_values_out() -> None:
    entry = {
        "Id": ID,
        "Name": "/web",
        "Config": {
            "Env": ["PASSWORD=secret", "A=secret=secret", "BARE"],
            "Cmd": ["nginx"],
            "User": "www",
            "Hostname": "h",
            "WorkingDir": "/srv",
        },
        "HostConfig": {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 2}},
        "NetworkSettings": {"Networks": {"shop": {"IPAddress": "10.0.0.2"}, "none": None}},
        "Mounts": [
            {"Type": "volume", "Name": "data", "Source": "/var/lib/x", "Destination": "/data", "RW": True},
            {"Type": "bind", "Source": "/etc/x", "Destination": "/etc/x", "RW": False},
        ],
        "State": {
            "Status": "running",
            "Health": {
                "Status": "healthy",
                "Log": [{"Start": "2026-11-21T07:08:44.327264502Z", "ExitCode": 0, "Output": "fine"}],
            },
        },
    }
    detail = from_inspect(msgspec.convert(entry, Inspected))
    assert b"secret" not in msgspec.json.encode(detail)
    assert detail.environment == ("A", "BARE", "PASSWORD")
    assert (detail.command, detail.user, detail.working_dir, detail.hostname) == (["nginx"], "www", "/srv", "h")
    assert (detail.restart_policy, detail.networks) == ("on-failure:2", {"shop": "10.0.0.2", "none": ""})
    assert detail.mounts == [
        Mount("volume", "data", "/data", read_only=False),
        Mount("bind", "/etc/x", "/etc/x", read_only=True),
    ]
    assert detail.health_log == [HealthCheckResult("2026-11-21T07:08:44.327Z", 0, "fine")]


@pytest.mark.parametrize(
    ("status", "exit_code", "health"),
    [
        ("Up 2 seconds (healthy)", None, "healthy"),
        ("Up 2 seconds (health: starting)", None, "starting"),
        ("Exited (137) 2 hours ago", 137, None),
        ("Restarting (1) 5 seconds ago", 1, None),
        ("Up About a minute (Paused)", None, None),
        ("Created", None, None),
    ],
)
def test_a_list_tells_some_of_it_in_words(status: str, exit_code: int | None, health: str | None) -> None:
    entry = {"Id": ID, "Names": ["/other/web", "/web"], "State": "running", "Status": status, "Created": 7}
    facts = from_list(msgspec.convert(entry, Listed))
    assert (facts.name, facts.exit_code, facts.health, facts.created_ns) == ("web", exit_code, health, 7 * 10**9)
    assert facts.inspected is False
