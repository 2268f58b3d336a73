"""The engine's JSON, as far as it is read (docs.docker.com/reference/api/engine), and what it means in our words."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from datetime import datetime
from typing import cast, get_args

import msgspec

from server.clock import rfc3339
from server.containers.engine import Change, ContainerFacts, EngineEvent, Health, Inspection, State
from server.protocol.views import HealthCheckResult, Mount, Port

CHANGES: tuple[str, ...] = tuple("health_status" if change == "health" else change for change in get_args(Change))
"""The actions that are asked for: what a health check's `exec_*` costs both sides is not paid at all."""

_STATES = frozenset(get_args(State))
_HEALTHS = frozenset(get_args(Health))
_NOT_LABELS = frozenset({"name", "image", "exitCode", "signal", "oldName", "execDuration", "execID"})
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)")
# "Exited (137) 2 hours ago", "Up 3 minutes (unhealthy)", "Up 1 second (health: starting)".
_EXITED = re.compile(r"(?:Exited|Restarting) \((\d+)\)")
_UP_HEALTH = re.compile(r"\((?:health: )?(healthy|unhealthy|starting)\)$")


class _Pascal(msgspec.Struct, rename="pascal"):
    pass


class _ListedPort(_Pascal):
    private_port: int = 0
    public_port: int | None = None
    type: str = "tcp"
    ip: str | None = msgspec.field(name="IP", default=None)


class Listed(_Pascal):
    """One entry of `GET /containers/json`."""

    id: str
    names: list[str] | None = None
    image: str = ""
    created: int = 0
    state: str = ""
    status: str = ""
    labels: dict[str, str] | None = None
    ports: list[_ListedPort] | None = None


class _HealthLog(_Pascal):
    start: str = ""
    exit_code: int = 0
    output: str = ""


class _HealthState(_Pascal):
    status: str = ""
    log: list[_HealthLog] | None = None


class _State(_Pascal):
    status: str = ""
    exit_code: int = 0
    error: str = ""
    oom_killed: bool = msgspec.field(name="OOMKilled", default=False)
    started_at: str = ""
    finished_at: str = ""
    health: _HealthState | None = None


class _Config(_Pascal):
    image: str = ""
    labels: dict[str, str] | None = None
    cmd: list[str] | None = None
    entrypoint: list[str] | None = None
    working_dir: str = ""
    user: str = ""
    hostname: str = ""
    tty: bool = False
    stop_timeout: int | None = None
    stop_signal: str | None = None


class _RestartPolicy(_Pascal):
    name: str = ""
    maximum_retry_count: int = 0


class _HostConfig(_Pascal):
    restart_policy: _RestartPolicy | None = None


class _Endpoint(_Pascal):
    ip_address: str = msgspec.field(name="IPAddress", default="")


class _Binding(_Pascal):
    host_ip: str = ""
    host_port: str = ""


class _NetworkSettings(_Pascal):
    ports: dict[str, list[_Binding] | None] | None = None
    networks: dict[str, _Endpoint | None] | None = None


class _Mount(_Pascal):
    type: str = ""
    name: str = ""
    source: str = ""
    destination: str = ""
    rw: bool = msgspec.field(name="RW", default=True)


class Inspected(_Pascal):
    """The answer of `GET /containers/{id}/json`."""

    id: str
    name: str = ""
    created: str = ""
    restart_count: int = 0
    state: _State = msgspec.field(default_factory=_State)
    config: _Config = msgspec.field(default_factory=_Config)
    host_config: _HostConfig | None = None
    network_settings: _NetworkSettings | None = None
    mounts: list[_Mount] | None = None


class _Actor(msgspec.Struct):
    id: str = msgspec.field(name="ID", default="")
    attributes: dict[str, str] | None = msgspec.field(name="Attributes", default=None)


class Told(msgspec.Struct):
    """One line of `GET /events`."""

    type: str = msgspec.field(name="Type", default="")
    action: str = msgspec.field(name="Action", default="")
    actor: _Actor = msgspec.field(name="Actor", default_factory=_Actor)
    time_s: int = msgspec.field(name="time", default=0)
    time_ns: int = msgspec.field(name="timeNano", default=0)


def from_list(entry: Listed) -> ContainerFacts:
    state = _state(entry.state)
    ended = _EXITED.match(entry.status)
    health = _UP_HEALTH.search(entry.status)
    ports = [Port(p.private_port, p.type, p.public_port or None, p.ip or None) for p in entry.ports or []]
    return ContainerFacts(
        id=entry.id,
        name=_shown_name(entry.names or [], entry.id),
        image=entry.image,
        state=state,
        created_ns=entry.created * 10**9,
        labels=entry.labels or {},
        ports=_sorted(ports),
        inspected=False,
        health=cast(Health, health.group(1)) if health else None,
        exit_code=int(ended.group(1)) if ended else None,
    )


def from_inspect(entry: Inspected) -> Inspection:
    state, config = entry.state, entry.config
    networks = entry.network_settings or _NetworkSettings()
    health = state.health
    facts = ContainerFacts(
        id=entry.id,
        name=entry.name.removeprefix("/"),
        image=config.image,
        state=_state(state.status),
        created_ns=nanoseconds(entry.created) or 0,
        labels=config.labels or {},
        ports=_published(networks.ports or {}),
        inspected=True,
        started_ns=nanoseconds(state.started_at),
        finished_ns=nanoseconds(state.finished_at),
        health=_health(health.status) if health else None,
        exit_code=_exit_code(state),
        oom_killed=state.oom_killed,
        restart_count=entry.restart_count,
        error=state.error or None,
        tty=config.tty,
        stop_timeout_s=config.stop_timeout,
        stop_signal=config.stop_signal or None,
    )
    return Inspection(
        facts=facts,
        command=config.cmd or [],
        entrypoint=config.entrypoint or [],
        working_dir=config.working_dir,
        user=config.user,
        hostname=config.hostname,
        restart_policy=_restart_policy(entry.host_config),
        networks={name: endpoint.ip_address if endpoint else "" for name, endpoint in (networks.networks or {}).items()},
        mounts=[Mount(m.type, m.name or m.source, m.destination, not m.rw) for m in entry.mounts or []],
        health_log=[_check(check) for check in (health.log if health else None) or []],
    )


def from_event(told: Told) -> EngineEvent | None:
    """Return the change that `told` tells of, None if it is noise: another kind of object, an exec, an attach."""
    action, _, argument = told.action.partition(": ")
    change = "health" if action == "health_status" else action
    if told.type != "container" or change not in get_args(Change) or not told.actor.id:
        return None
    attributes = told.actor.attributes or {}
    health = _health(argument) if change == "health" else None
    if change == "health" and health is None:
        return None
    return EngineEvent(
        change=cast(Change, change),
        id=told.actor.id,
        name=attributes.get("name", "").removeprefix("/") or told.actor.id[:12],
        image=attributes.get("image", ""),
        labels={key: value for key, value in attributes.items() if key not in _NOT_LABELS},
        at_ns=told.time_ns or told.time_s * 10**9,
        exit_code=_number(attributes.get("exitCode")) if change == "die" else None,
        signal=signal_name(attributes.get("signal", "")) if change == "kill" else None,
        old_name=attributes.get("oldName", "").removeprefix("/") if change == "rename" else None,
        health=health,
    )


def nanoseconds(text: str) -> int | None:
    """Return an RFC 3339 time as nanoseconds since the epoch; None for the engine's zero time, 0001-01-01, or none at all."""
    match = _RFC3339.fullmatch(text)
    if match is None or text.startswith("0001-"):
        return None
    whole = datetime.fromisoformat(match.group(1) + match.group(3).replace("Z", "+00:00"))
    return int(whole.timestamp()) * 10**9 + int((match.group(2) or "").ljust(9, "0"))


def signal_name(text: str) -> str:
    """Return the name of a signal that the engine told by name or number; real-time signals keep their number."""
    if not text.isdecimal():
        return text if text.startswith("SIG") else f"SIG{text}"
    try:
        return signal.Signals(int(text)).name
    except ValueError:
        return text


def _shown_name(names: list[str], id: str) -> str:
    # A linked container also lists the names its neighbours know it by, "/web/db": its own has one slash.
    own = [name for name in names if name.count("/") == 1]
    return (own or names or [id[:12]])[0].removeprefix("/")


def _state(text: str) -> State:
    # What another engine calls "configured", "initialized" or "stopped" is mapped to the nearest state.
    if text in _STATES:
        return cast(State, text)
    return "running" if text == "stopping" else "exited" if text in ("stopped", "exited") else "created"


def _health(text: str) -> Health | None:
    return cast(Health, text) if text in _HEALTHS else None


def _exit_code(state: _State) -> int | None:
    ended = state.status in ("exited", "dead", "restarting", "removing") and nanoseconds(state.finished_at) is not None
    # A container that could not be started stays "created" and has the code of the failure.
    return state.exit_code if ended or (state.status == "created" and state.error) else None


def _published(ports: Mapping[str, list[_Binding] | None]) -> list[Port]:
    found: list[Port] = []
    for key, bindings in ports.items():
        number, _, protocol = key.partition("/")
        if not number.isdecimal():
            continue
        private = int(number)
        for binding in bindings or [_Binding()]:
            public = _number(binding.host_port)
            found.append(Port(private, protocol or "tcp", public or None, (binding.host_ip or None) if public else None))
    return _sorted(found)


def _sorted(ports: list[Port]) -> list[Port]:
    return sorted(ports, key=lambda port: (port.private, port.protocol, port.public or 0, port.ip or ""))


def _restart_policy(host: _HostConfig | None) -> str:
    policy = host.restart_policy if host else None
    if policy is None or not policy.name:
        return "no"
    return f"{policy.name}:{policy.maximum_retry_count}" if policy.maximum_retry_count else policy.name


def _check(check: _HealthLog) -> HealthCheckResult:
    at_ns = nanoseconds(check.start)
    return HealthCheckResult(rfc3339(at_ns / 1e9) if at_ns else check.start, check.exit_code, check.output)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.lstrip("-").isdecimal() else None
