"""Whether an action on a container can be begun now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.containers import outcome
from server.containers.engine import ContainerConflict, ContainerFacts, EngineUnreachable
from server.containers.registry import Registry
from server.containers.run import Run
from server.errors import TooBusy
from server.protocol.client import ActionOptions
from server.protocol.views import Action

MOST_RUNNING = 32
"""Operations at the same time: a person asks for a handful, a script for as many as it gets."""

_ENDS_SELF = frozenset({"stop", "restart", "pause", "kill", "remove"})
# What a kill may cut short: a stop that waits for its grace is what people want to kill for.
_CUT_SHORT_BY_KILL = frozenset({"stop", "restart"})
_BUSY_RETRY_S = 2.0


class ContainerBusy(ContainerConflict):
    """Another operation runs on this container."""

    code = "container_busy"
    temporary = True


class OwnContainer(ContainerConflict):
    """It would end Pilothouse itself."""

    code = "own_container"


def check(
    facts: ContainerFacts,
    action: Action,
    options: ActionOptions,
    *,
    registry: Registry,
    runs: Mapping[str, Sequence[Run]],
) -> None:
    """Do nothing if `action` can be begun. `runs` are the operations that run, by container. What is raised names no
    container but the one of `facts`, which who asks may see.

    Raises:
        EngineUnreachable, OwnContainer, ContainerBusy, TooBusy: not now, or not without force.
    """
    engine = registry.engine_view
    if engine.state != "up":
        raise EngineUnreachable(engine.message or "The engine is not connected yet. Try again in a moment.")
    if action in _ENDS_SELF and registry.is_self(facts.id) and not options.force:
        raise OwnContainer(f"{facts.name} is Pilothouse itself: use force if you mean it, and this page goes dark.")
    for run in runs.get(facts.id, ()):
        other = run.operation.view
        if not (action == "kill" and other.action in _CUT_SHORT_BY_KILL):
            raise ContainerBusy(
                f"{other.by} is {outcome.DOING[other.action]} {facts.name} already. Wait until that has ended.",
                retry_after_s=_BUSY_RETRY_S,
            )
    if sum(map(len, runs.values())) >= MOST_RUNNING:
        raise TooBusy(f"{MOST_RUNNING} operations are running. Wait until one has ended.", retry_after_s=_BUSY_RETRY_S)
