"""What was observed, put into words. Pure. All text is Markdown of the light kind: short headings, lists, fences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from server.sessions.builtin.diagnosis import Finding
from server.sessions.builtin.observed import Container, Counts, Details, Found, Listing, Metrics
from server.sessions.builtin.phrases import Language, say

MOST_NAMED = 10
MOST_LOG = 12_000
MOST_LINE = 400
MOST_PASSAGE = 4096
HIGH = 90.0

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
ERROR = re.compile(r"error|fatal|panic|exception|critical|fail|warn|traceback|오류|에러|실패", re.IGNORECASE)


def state(container: Container) -> str:
    """A container's state in a few words, as the engine says it."""
    words = container.status or container.state or container.condition or "?"
    return f"{words} ({container.health})" if container.health and container.health not in words else words


def names(containers: Sequence[Container], language: Language, *, left_out: int = 0) -> str:
    """Containers with their states as a list, `MOST_NAMED` of them."""
    rows = [f"- {say(language, 'state_line', name=one.name, state=state(one))}" for one in containers[:MOST_NAMED]]
    if more := max(len(containers) - MOST_NAMED, 0) + left_out:
        rows.append(say(language, "more", count=more))
    return "\n".join(rows)


def overview(listing: Listing, language: Language) -> str:
    """All containers in short: their counts, those that need attention, and the others by name if they are few."""
    counts = listing.counts
    if not listing.containers:
        return say(language, "no_containers")
    others = [one for one in listing.containers if not one.attention]
    left_out = listing.left_out - _troubled_left_out(listing)
    besides = _counted(counts, language)
    parts = [say(language, "overview", running=counts.running, total=counts.total, besides=besides)]
    if text := troubled(listing, language):
        parts.append(f"{say(language, 'attention')}\n\n{text}")
    else:
        parts.append(say(language, "all_well"))
    if len(others) + left_out > MOST_NAMED:
        parts.append(say(language, "not_named", count=len(others) + left_out))
    elif others:
        parts.append(names(others, language, left_out=left_out))
    return "\n\n".join(parts)


def troubled(listing: Listing, language: Language) -> str:
    """The containers that need attention as a list; empty if there are none."""
    found = [one for one in listing.containers if one.attention]
    return names(found, language, left_out=_troubled_left_out(listing))


def _troubled_left_out(listing: Listing) -> int:
    """How many need attention that the list had no room for."""
    shown = sum(one.attention for one in listing.containers)
    return min(max(listing.counts.attention - shown, 0), listing.left_out)


def _counted(counts: Counts, language: Language) -> str:
    """What else there is to count, in brackets; nothing if all run well."""
    kinds = ("unhealthy", "restarting", "paused", "failed", "done")
    told = [say(language, f"count_{kind}", count=getattr(counts, kind)) for kind in kinds if getattr(counts, kind)]
    return f" ({', '.join(told)})" if told else ""


def host(metrics: Metrics, language: Language) -> str:
    """The host's figures, the high ones marked."""
    rows: list[str] = []

    def row(key: str, percent: float, **values: str) -> None:
        high = say(language, "high") if percent >= HIGH else ""
        rows.append(f"- {say(language, key, percent=f'{percent:.0f} %', **values)}{high}")

    if cpu := metrics.cpu:
        row("cpu", cpu.percent)
        if cpu.load:
            rows[-1] += ", " + say(language, "load", load=" ".join(f"{figure:.2f}" for figure in cpu.load))
    if memory := metrics.memory:
        row("memory", memory.percent, free=size(memory.available), total=size(memory.total))
    if metrics.swap is not None and metrics.swap.total:
        row("swap", metrics.swap.percent)
    for disk in metrics.disks[:MOST_NAMED]:
        row("disk", disk.percent, mount=disk.mount, free=size(disk.total - disk.used), total=size(disk.total))
    if not rows:
        return say(language, "no_metrics")
    return f"### {say(language, 'host')}\n\n" + "\n".join(rows)


def log(name: str, lines: Sequence[str], language: Language) -> str:
    if not lines:
        return say(language, "no_logs", name=name)
    return f"{say(language, 'logs', count=len(lines), name=name)}\n\n{fenced(lines)}"


def diagnosis(
    details: Details, found: Sequence[Finding], lines: Sequence[str], passage: Found | None, language: Language
) -> str:
    """What was observed and what a runbook says, told apart."""
    container = details.container
    observed = [say(language, "state_line", name=container.name, state=state(container))]
    observed.extend(finding.text for finding in found)
    parts = [f"### {say(language, 'observed')}\n\n" + "\n".join(f"- {row}" for row in observed)]
    if lines:
        parts.append(f"{say(language, 'last_lines')}\n\n{fenced(lines)}")
    parts.append(f"### {say(language, 'runbook')}")
    parts.append(quoted(passage) if passage else say(language, "no_runbook"))
    if found:
        step = "may_restart" if container.running else "may_start"
        parts.append(f"### {say(language, 'next')}\n\n{say(language, step, name=container.name)}")
    return "\n\n".join(parts)


def document(passages: Sequence[Found], language: Language) -> str:
    """The best passage, and where else to look."""
    first, *others = passages
    seen = {(first.document, first.section)}
    also = [one for one in others if (one.document, one.section) not in seen]
    text = quoted(first)
    if also:
        rows = "\n".join(f"- {one.document} › {one.section}" for one in also)
        text += f"\n\n{say(language, 'see_also')}\n\n{rows}"
    return text


def quoted(passage: Found) -> str:
    text = passage.text or passage.excerpt
    if len(text) > MOST_PASSAGE:
        text = text[:MOST_PASSAGE].rsplit("\n", 1)[0] + "\n…"
        # A fence that was cut in two would swallow what follows.
        text += "\n```" if len(re.findall(r"^```", text, re.MULTILINE)) % 2 else ""
    return f"**{passage.document} › {passage.section}**\n\n{text}"


def fenced(lines: Sequence[str]) -> str:
    """Lines of a log as they are: without colours, in a fence longer than any in them, the newest if it is too much."""
    kept: list[str] = []
    room = MOST_LOG
    for line in reversed(lines):
        plain = _CONTROL.sub("", line).replace("\n", " ")[:MOST_LINE]
        room -= len(plain) + 1
        if room < 0:
            break
        kept.append(plain)
    text = "\n".join(reversed(kept))
    ticks = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, ticks + 1)
    return f"{fence}\n{text}\n{fence}"


def size(b: float) -> str:
    """Bytes for people, in powers of 1024."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(b) < 1024:
            return f"{b:.0f} {unit}"
        b /= 1024
    return f"{b:.1f} TiB"
