"""From an engine's facts to what is shown of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from server.clock import rfc3339
from server.containers.condition import Ending, condition, needs_attention, status_text
from server.containers.engine import ContainerFacts, Inspection
from server.protocol.events import ContainerRef
from server.protocol.views import ContainerDetail, ContainersSummary, ContainerView

_COMPOSE = "com.docker.compose."
# Where compose, and swarm's stacks, write to what a container belongs.
_PROJECT = ("com.docker.compose.project", "com.docker.stack.namespace")
_SERVICE = ("com.docker.compose.service", "com.docker.swarm.service.name")


def container_view(
    facts: ContainerFacts, *, engine: str, ending: Ending | None, is_self: bool, now_s: float
) -> ContainerView:
    """Return `facts` as the list shows them at `now_s`."""
    means = condition(facts, ending)
    return ContainerView(
        id=facts.id,
        name=facts.name,
        image=facts.image,
        state=facts.state,
        status=status_text(facts, now_s),
        condition=means,
        ports=facts.ports,
        created=time_text(facts.created_ns),
        engine=engine,
        started_at=_optional_time(facts.started_ns),
        finished_at=_optional_time(facts.finished_ns),
        health=facts.health,
        exit_code=facts.exit_code,
        oom_killed=facts.oom_killed,
        restart_count=facts.restart_count,
        attention=needs_attention(facts, means, now_s),
        project=_first(facts.labels, _PROJECT),
        service=_first(facts.labels, _SERVICE),
        labels={key: value for key, value in facts.labels.items() if not key.startswith(_COMPOSE)},
        is_self=is_self,
    )


def container_ref(id: str, name: str, image: str, labels: Mapping[str, str]) -> ContainerRef:
    return ContainerRef(id, name, image, _first(labels, _PROJECT), _first(labels, _SERVICE))


def container_detail(view: ContainerView, inspection: Inspection) -> ContainerDetail:
    return ContainerDetail(
        container=view,
        all_labels=inspection.facts.labels,
        command=inspection.command,
        entrypoint=inspection.entrypoint,
        working_dir=inspection.working_dir,
        user=inspection.user,
        hostname=inspection.hostname,
        restart_policy=inspection.restart_policy,
        networks=inspection.networks,
        mounts=inspection.mounts,
        health_log=inspection.health_log,
        error=inspection.facts.error,
    )


def summary(views: Iterable[ContainerView]) -> ContainersSummary:
    """Count `views`. `running` counts all that run, healthy or not."""
    states: Counter[str] = Counter()
    conditions: Counter[str] = Counter()
    attention = 0
    for view in views:
        states[view.state] += 1
        conditions[view.condition] += 1
        attention += view.attention
    return ContainersSummary(
        total=states.total(),
        running=states["running"],
        paused=states["paused"],
        restarting=states["restarting"],
        unhealthy=conditions["unhealthy"],
        done=conditions["done"],
        failed=conditions["failed"],
        attention=attention,
    )


def list_order(view: ContainerView) -> tuple[bool, str, str, str]:
    """Sort key of the list: by project, those without one last, then by name; the id makes it stable."""
    return (view.project is None, view.project or "", view.name, view.id)


def time_text(at_ns: int) -> str:
    """Return a time of the engine as RFC 3339 UTC with milliseconds."""
    # Half a millisecond keeps the float from landing below the whole one.
    return rfc3339((at_ns // 10**6 + 0.5) / 1e3)


def precise_time_text(at_ns: int) -> str:
    """Return a time of the engine as RFC 3339 UTC with microseconds."""
    return f"{time_text(at_ns)[:-5]}.{at_ns // 1000 % 10**6:06d}Z"


def exact_time_text(at_ns: int) -> str:
    """Return a time of the engine as RFC 3339 UTC with nanoseconds."""
    return f"{time_text(at_ns)[:-5]}.{at_ns % 10**9:09d}Z"


def _optional_time(at_ns: int | None) -> str | None:
    return None if at_ns is None else time_text(at_ns)


def _first(labels: Mapping[str, str], keys: Iterable[str]) -> str | None:
    return next((labels[key] for key in keys if labels.get(key)), None)
