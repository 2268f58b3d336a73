"""What the tools gave, as far as the assistant reads it. Pure.

A field that is missing or odd is as if nothing was known of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from server.sessions.runner import ToolResult

T = TypeVar("T", bound=msgspec.Struct)


class Container(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    image: str = ""
    state: str = ""
    status: str = ""
    condition: str = ""
    health: str | None = None
    exit_code: int | None = None
    oom_killed: bool = False
    restart_count: int = 0
    finished_at: str | None = None
    attention: bool = False
    project: str | None = None
    service: str | None = None

    @property
    def running(self) -> bool:
        return self.state in ("running", "paused", "restarting")


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Of all containers of the host, also of those that a list has no room for."""

    total: int = 0
    running: int = 0
    paused: int = 0
    restarting: int = 0
    unhealthy: int = 0
    done: int = 0
    failed: int = 0
    attention: int = 0


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Containers, those that need attention first. `left_out`: how many there are besides. `unseen`: how many of these
    fit words that were looked for, and `sought` are the names of those that fit as well or better, and are here."""

    containers: list[Container] = []
    counts: Counts = Counts()
    left_out: int = 0
    unseen: int = 0
    sought: frozenset[str] = frozenset()

    def unseen_like(self, meant: Sequence[Container]) -> int:
        """How many more are meant, if `meant` are: none if one that is here fits less well than these."""
        return self.unseen if self.sought <= {one.name for one in meant} else 0


class HealthCheck(msgspec.Struct, frozen=True, kw_only=True):
    exit_code: int = 0
    output: str = ""


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """`error` is the engine's own, of a start that did not come about."""

    container: Container
    health_log: list[HealthCheck] = []
    error: str | None = None


class Cpu(msgspec.Struct, frozen=True, kw_only=True):
    percent: float
    load: list[float] | None = None


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    percent: float
    total: int = 0
    available: int = 0


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    mount: str
    percent: float
    total: int = 0
    used: int = 0


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    cpu: Cpu | None = None
    memory: Memory | None = None
    swap: Memory | None = None
    disks: list[Disk] = []


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A passage of a runbook."""

    document: str
    section: str = ""
    text: str = ""
    excerpt: str = ""
    coverage: float = 0.0


def listing(result: ToolResult) -> Listing:
    """The containers that the list shows in full, and how many there are."""
    whole = _content(result)
    if not isinstance(whole, dict):
        return Listing()
    shown = _each(_rows(result, "containers"), Container)
    counts = _read(whole.get("summary"), Counts) or Counts(total=len(shown), running=sum(one.running for one in shown))
    found = whole.get("found")
    left_out = (found if isinstance(found, int) else counts.total) - len(shown)
    return Listing(containers=shown, counts=counts, left_out=max(left_out, 0))


def details(result: ToolResult) -> Details | None:
    """What was seen of one container; its facts may stand beside the rest or under `container`."""
    whole = _content(result)
    if not isinstance(whole, dict):
        return None
    inner = whole.get("container")
    facts = _read(inner if isinstance(inner, dict) else whole, Container)
    if facts is None:
        return None
    checks = whole.get("health_log")
    error = whole.get("error")
    return Details(
        container=facts,
        health_log=_each(checks if isinstance(checks, list) else [], HealthCheck),
        error=error if isinstance(error, str) and error else None,
    )


def metrics(result: ToolResult) -> Metrics:
    whole = _content(result)
    if not isinstance(whole, dict):
        return Metrics()
    disks = whole.get("disks")
    return Metrics(
        cpu=_read(whole.get("cpu"), Cpu),
        memory=_read(whole.get("memory"), Memory),
        swap=_read(whole.get("swap"), Memory),
        disks=_each(disks if isinstance(disks, list) else [], Disk),
    )


def lines(result: ToolResult) -> list[str]:
    """The lines of a log, oldest first, without their time."""
    rows = _rows(result, "lines")
    texts = [row.get("text") if isinstance(row, dict) else row for row in rows]
    return [text for text in texts if isinstance(text, str) and text.strip()]


def passages(result: ToolResult) -> list[Found]:
    return _each(_rows(result, "passages"), Found)


def sentence(result: ToolResult) -> str:
    """What a result says to people: its text, or the message in it."""
    whole = _content(result)
    if isinstance(whole, dict):
        for key in ("message", "error", "reason"):
            if isinstance(whole.get(key), str):
                return str(whole[key])
        return ""
    return result.text.strip()


def _content(result: ToolResult) -> Any:
    try:
        return msgspec.json.decode(result.text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _rows(result: ToolResult, name: str) -> list[Any]:
    whole = _content(result)
    rows = whole.get(name) if isinstance(whole, dict) else whole
    return rows if isinstance(rows, list) else []


def _each(rows: list[Any], kind: type[T]) -> list[T]:
    read = (_read(row, kind) for row in rows)
    return [row for row in read if row is not None]


def _read(value: Any, kind: type[T]) -> T | None:
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        return None
