"""From what the server knows to what a model is shown of it: short, in JSON, without secrets. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from server.eventlog.log import StoredEvent
from server.protocol.views import (
    ContainerDetail,
    ContainerView,
    LogLine,
    MetricsData,
    MetricsHistory,
    OperationView,
    Port,
)
from server.sessions.tools.redaction import (
    REDACTED,
    redacted,
    redacted_command,
    redacted_labels,
    redacted_lines,
    redacted_value,
)

MAX_B = 14 * 1024
"""Of a list in a result. A result is shown up to 16 KiB: cut there it would be JSON no more."""

MAX_LINE = 2000
"""Characters of a log line that are shown, and of one output of a health check."""

_READ_LINE = 4 * MAX_LINE
# Characters of a log in which secrets are looked for: that takes a second for a megabyte and a half of the worst.
_READ = 64 * 1024
_PART_B = 1024
_POINTS = 60

_encoder = msgspec.json.Encoder()
T = TypeVar("T")


def text(answer: Mapping[str, Any]) -> str:
    """Return `answer` as compact JSON."""
    return _encoder.encode(answer).decode()


def inspection(detail: ContainerDetail, environment: Iterable[str]) -> dict[str, Any]:
    """One container in full; of its environment the names alone."""
    view = detail.container
    answer = _facts(view) | {
        "created": view.created,
        "started_at": view.started_at,
        "finished_at": view.finished_at,
        "oom_killed": view.oom_killed,
        "error": detail.error,
        "restart_policy": detail.restart_policy,
        "health_log": [
            {"at": check.at, "exit_code": check.exit_code, "output": _cut(check.output)}
            for check in detail.health_log[-3:]
        ],
        "working_dir": detail.working_dir,
        "user": detail.user,
        "networks": detail.networks,
        "mounts": [msgspec.to_builtins(mount) for mount in detail.mounts],
    }
    clean: dict[str, Any] = redacted_value(answer)
    return _within_room(
        clean
        | {
            "entrypoint": redacted_command(detail.entrypoint),
            "command": redacted_command(detail.command),
            "labels": redacted_labels(detail.all_labels),
            "environment": dict.fromkeys(environment, REDACTED),
        }
    )


def logs(container: str, lines: Sequence[LogLine]) -> dict[str, Any]:
    """The newest lines that there is room for, oldest first."""
    read: list[str] = []
    room = _READ
    for line in reversed(lines):
        room -= len(text := line.text[:_READ_LINE])
        if room < 0:
            break
        read.append(text)
    clean = redacted_lines(reversed(read))
    newest = [
        {"at": line.ts, "stream": line.stream, "text": shown[:MAX_LINE]}
        for line, shown in zip(reversed(lines), reversed(clean), strict=False)
    ]
    shown, _ = fitting(newest)
    return {"container": container, "lines": shown[::-1], "left_out": len(lines) - len(shown)}


def _within_room(answer: dict[str, Any]) -> dict[str, Any]:
    """`answer` without what is too much of it: whoever made the container chose how much there is."""
    for name in ("labels", "environment", "command", "entrypoint", "mounts", "networks", "health_log", "error"):
        if len(_encoder.encode(answer)) <= MAX_B:
            break
        if len(_encoder.encode(answer[name])) > _PART_B:
            answer[name] = "left out: too much to be shown"
    return answer


def metrics(data: MetricsData | None) -> dict[str, Any]:
    if data is None:
        return {"message": "The first sample is still being taken. Try again in a second."}
    answer: dict[str, Any] = msgspec.to_builtins(data)
    del answer["as_of_seq"]
    return answer


def history(data: MetricsHistory) -> dict[str, Any]:
    """At most 60 points, evenly taken, the newest among them."""
    step = max(1, -(-len(data.points) // _POINTS))
    points = data.points[::-1][::step][::-1]
    return {"interval_s": data.interval_s * step, "points": msgspec.to_builtins(points)}


def events(found: Sequence[StoredEvent]) -> dict[str, Any]:
    """The newest events that there is room for, oldest first."""
    shown, left_out = fitting([_event(event) for event in reversed(found)])
    return {"events": shown[::-1], "left_out": left_out}


def passages(found: Sequence[Any]) -> dict[str, Any]:
    """Passages of runbooks, the best first."""
    told = [
        {"document": one.document, "section": one.section, "coverage": round(one.coverage, 2), "text": one.text}
        | {"excerpt": one.excerpt}
        for one in found
    ]
    shown, left_out = fitting(redacted_value(told))
    return {"passages": shown, "left_out": left_out}


def operation(view: OperationView) -> dict[str, Any]:
    return {
        "container": view.container_name,
        "action": view.action,
        "state": view.state,
        "message": None if view.message is None else redacted(view.message),
        "duration_ms": view.duration_ms,
        "operation": view.id,
    }


def fitting(items: list[T], room_b: int = MAX_B) -> tuple[list[T], int]:
    """Return as many of the first of `items` as `room_b` holds in JSON, and how many are left out."""
    size_b = 0
    for number, item in enumerate(items):
        size_b += len(_encoder.encode(item)) + 1
        if size_b > room_b:
            return items[:number], len(items) - number
    return items, 0


def port(view: Port) -> str:
    """A port as `docker ps` writes it."""
    inside = f"{view.private}/{view.protocol}"
    return inside if view.public is None else f"{view.ip or ''}:{view.public}->{inside}"


def _facts(view: ContainerView) -> dict[str, Any]:
    return {
        "name": view.name,
        "id": view.id[:12],
        "image": view.image,
        "state": view.state,
        "condition": view.condition,
        "status": view.status,
        "health": view.health,
        "exit_code": view.exit_code,
        "restart_count": view.restart_count,
        "attention": view.attention,
        "ports": [port(one) for one in view.ports],
        "project": view.project,
        "service": view.service,
        "is_self": view.is_self,
    }


def _cut(output: str) -> str:
    # Not the other way round: half a secret would not be known as one.
    return redacted(output[:_READ_LINE])[:MAX_LINE]


def _event(event: StoredEvent) -> dict[str, Any]:
    """An event without what only programs need."""
    data: dict[str, Any] = msgspec.json.decode(event.text)["data"]
    told: dict[str, Any] = {"at": event.timestamp, "event": event.type}
    about = data.get("container") or data.get("operation")
    if isinstance(about, dict):
        told["container"] = about.get("name") or about.get("container_name")
    operation = data.get("operation")
    if isinstance(operation, dict):
        told |= {name: operation[name] for name in ("action", "by", "message") if operation.get(name) is not None}
    kept = ("exit_code", "oom_killed", "signal", "health", "old_name", "by", "version", "message")
    said: dict[str, Any] = redacted_value({name: data[name] for name in kept if data.get(name) not in (None, False)})
    return told | said
