"""What a container's state means to a person: its condition, whether it needs attention, and its status in words."""

from __future__ import annotations

from typing import Literal

from server.containers.engine import ContainerFacts
from server.protocol.views import Condition

Ending = Literal["asked", "unasked"]
"""Whether somebody asked for a container's end, where the engine's events were seen."""

ONE_OFF_LABEL = "com.docker.compose.oneoff"

# 128 + SIGTERM and 128 + SIGKILL: what a stop leaves behind. The kernel's own kills are marked as out of memory.
_ENDED_BY_SIGNAL = frozenset({143, 137})
# A container that its restart policy brought back this recently is still looked at as one that keeps falling over;
# else it would need attention only in the short pauses between two attempts.
UNSETTLED_S = 60.0

_MINUTE_S, _HOUR_S = 60, 3600
_DAY_H, _WEEK_H, _MONTH_H, _YEAR_H = 24, 24 * 7, 24 * 30, 24 * 365


def condition(facts: ContainerFacts, ending: Ending | None) -> Condition:
    """Return what `facts` mean. `ending` is None where nobody saw the container end."""
    if facts.state == "running":
        return facts.health or "running"
    if facts.state == "exited":
        return "done" if _ended_well(facts, ending) else "failed"
    if facts.state == "created" and (facts.error or facts.exit_code):
        # It was started and could not be.
        return "failed"
    return facts.state


def needs_attention(facts: ContainerFacts, means: Condition, now_s: float) -> bool:
    """Whether somebody should look: it is not well, or keeps being restarted. A one-off run that failed does not count:
    whoever ran it saw it fail."""
    if means in ("unhealthy", "restarting", "dead"):
        return True
    if means == "failed":
        return facts.labels.get(ONE_OFF_LABEL, "").lower() != "true"
    if facts.state == "running" and facts.restart_count > 0 and facts.started_ns is not None:
        return now_s - facts.started_ns / 1e9 < UNSETTLED_S
    return False


def status_text(facts: ContainerFacts, now_s: float) -> str:
    """Return the status in the words of `docker ps`, as they are true at `now_s`."""
    if facts.state == "removing":
        return "Removal In Progress"
    if facts.state in ("dead", "created"):
        return facts.state.capitalize()
    if facts.state in ("exited", "restarting"):
        verb = "Exited" if facts.state == "exited" else "Restarting"
        code = "" if facts.exit_code is None else f" ({facts.exit_code})"
        return f"{verb}{code}" + _words(" {} ago", facts.finished_ns, now_s)
    up = "Up" + _words(" {}", facts.started_ns, now_s)
    if facts.state == "paused":
        return f"{up} (Paused)"
    if facts.health is None:
        return up
    return f"{up} (health: starting)" if facts.health == "starting" else f"{up} ({facts.health})"


def duration_text(seconds: float) -> str:
    """Return a duration as `docker ps` words it (docker/go-units, HumanDuration)."""
    whole = int(seconds)
    if whole < 1:
        return "Less than a second"
    if whole < _MINUTE_S:
        return "1 second" if whole == 1 else f"{whole} seconds"
    if whole < _HOUR_S:
        minutes = whole // _MINUTE_S
        return "About a minute" if minutes == 1 else f"{minutes} minutes"
    hours = int(seconds / _HOUR_S + 0.5)
    if hours <= 1:
        return "About an hour"
    if hours < 2 * _DAY_H:
        return f"{hours} hours"
    if hours < 2 * _WEEK_H:
        return f"{hours // _DAY_H} days"
    if hours < 2 * _MONTH_H:
        return f"{hours // _WEEK_H} weeks"
    if hours < 2 * _YEAR_H:
        return f"{hours // _MONTH_H} months"
    return f"{int(seconds / _HOUR_S) // _YEAR_H} years"


def _ended_well(facts: ContainerFacts, ending: Ending | None) -> bool:
    if facts.oom_killed:
        return False
    if facts.exit_code in (0, None) or ending == "asked":
        return True
    return ending is None and facts.exit_code in _ENDED_BY_SIGNAL


def _words(pattern: str, since_ns: int | None, now_s: float) -> str:
    return "" if since_ns is None else pattern.format(duration_text(max(0.0, now_s - since_ns / 1e9)))
