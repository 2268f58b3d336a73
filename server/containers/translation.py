"""What the engine's JSON means in our words."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from datetime import datetime
from typing import cast, get_args

from server.clock import rfc3339
from server.containers.engine import Change, ContainerFacts, EngineEvent, Health, Inspection, State
from server.containers.engine_json import (
    ContainerState,
    EventLine,
    HealthCheck,
    HostConfig,
    Inspected,
    Listed,
    NetworkSettings,
    PortBinding,
)
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
    networks = entry.network_settings or NetworkSettings()
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
        # Of a container that has ended the engine keeps the last verdict, which means nothing any more.
        health=_health(health.status) if health and state.status in ("running", "paused") else None,
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
        networks={name: end.ip_address if end else "" for name, end in (networks.networks or {}).items()},
        mounts=[Mount(m.type, m.name or m.source, m.destination, not m.rw) for m in entry.mounts or []],
        health_log=[_check(check) for check in (health.log if health else None) or []],
        environment=tuple(sorted(one.partition("=")[0] for one in config.env or [])),
    )


def from_event(line: EventLine) -> EngineEvent | None:
    """Return the change that `line` tells of, None if it is noise: another kind of object, an exec, an attach."""
    action, _, argument = line.action.partition(": ")
    change = "health" if action == "health_status" else action
    if line.type != "container" or change not in get_args(Change) or not line.actor.id:
        return None
    attributes = line.actor.attributes or {}
    health = _health(argument) if change == "health" else None
    if change == "health" and health is None:
        return None
    return EngineEvent(
        change=cast(Change, change),
        id=line.actor.id,
        name=attributes.get("name", "").removeprefix("/") or line.actor.id[:12],
        image=attributes.get("image", ""),
        labels={key: value for key, value in attributes.items() if key not in _NOT_LABELS},
        at_ns=line.time_ns or line.time_s * 10**9,
        exit_code=_number(attributes.get("exitCode")) if change == "die" else None,
        signal=signal_name(attributes.get("signal", "")) if change == "kill" else None,
        old_name=attributes.get("oldName", "").removeprefix("/") if change == "rename" else None,
        health=health,
    )


def nanoseconds(text: str) -> int | None:
    """Return an RFC 3339 time as ns since the epoch; None for the engine's zero time (0001-01-01) and for no time."""
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


def _exit_code(state: ContainerState) -> int | None:
    ended = state.status in ("exited", "dead", "restarting", "removing") and nanoseconds(state.finished_at) is not None
    # A container that could not be started stays "created" and has the code of the failure.
    return state.exit_code if ended or (state.status == "created" and state.error) else None


def _published(ports: Mapping[str, list[PortBinding] | None]) -> list[Port]:
    found: list[Port] = []
    for key, bindings in ports.items():
        number, _, protocol = key.partition("/")
        if not number.isdecimal():
            continue
        private = int(number)
        for binding in bindings or [PortBinding()]:
            public = _number(binding.host_port)
            ip = binding.host_ip or None
            found.append(Port(private, protocol or "tcp", public or None, ip if public else None))
    return _sorted(found)


def _sorted(ports: list[Port]) -> list[Port]:
    return sorted(ports, key=lambda port: (port.private, port.protocol, port.public or 0, port.ip or ""))


def _restart_policy(host: HostConfig | None) -> str:
    policy = host.restart_policy if host else None
    if policy is None or not policy.name:
        return "no"
    return f"{policy.name}:{policy.maximum_retry_count}" if policy.maximum_retry_count else policy.name


def _check(check: HealthCheck) -> HealthCheckResult:
    at_ns = nanoseconds(check.start)
    return HealthCheckResult(rfc3339(at_ns / 1e9) if at_ns else check.start, check.exit_code, check.output)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.lstrip("-").isdecimal() else None
