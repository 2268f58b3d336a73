"""What an action takes, and what shows that it has had its effect: events of the engine, or an inspection. Pure."""

from __future__ import annotations

from server.containers.engine import ContainerFacts, EngineEvent, InvalidOption
from server.protocol.client import ActionOptions
from server.protocol.views import Action

DEFAULT_GRACE_S = 10
"""What the engine gives a container to end when neither the caller nor the container says otherwise."""

_CONFIRMS: dict[Action, frozenset[str]] = {
    "start": frozenset({"start"}),
    "stop": frozenset({"die", "stop"}),
    "restart": frozenset({"restart"}),
    "pause": frozenset({"pause"}),
    "unpause": frozenset({"unpause"}),
    "kill": frozenset({"die"}),
    "remove": frozenset({"destroy"}),
}
_CAUSES: dict[Action, frozenset[str]] = {
    "start": frozenset({"start"}),
    "stop": frozenset({"kill", "die", "stop", "destroy"}),
    "restart": frozenset({"kill", "die", "stop", "start", "restart"}),
    "pause": frozenset({"pause"}),
    "unpause": frozenset({"unpause"}),
    "kill": frozenset({"kill", "die", "destroy"}),
    "remove": frozenset({"unpause", "kill", "die", "stop", "destroy"}),
}
_KILL = frozenset({None, "KILL", "SIGKILL"})

_ALREADY: dict[Action, str] = {
    "start": "It was running already.",
    "stop": "It had ended already.",
}
DOING: dict[Action, str] = {
    "start": "starting",
    "stop": "stopping",
    "restart": "restarting",
    "pause": "pausing",
    "unpause": "unpausing",
    "kill": "killing",
    "remove": "removing",
}


def check_options(action: Action, options: ActionOptions) -> None:
    """Raise InvalidOption if `options` hold one that `action` does not take."""
    wrong = [
        name
        for name, given, actions in (
            ("signal", options.signal is not None, ("kill",)),
            ("grace_s", options.grace_s is not None, ("stop", "restart")),
            ("volumes", options.volumes, ("remove",)),
        )
        if given and action not in actions
    ]
    if wrong:
        raise InvalidOption(f"{action} takes no {' and no '.join(wrong)}.")


def confirms(event: EngineEvent, action: Action, options: ActionOptions) -> bool:
    """Whether `event` of the container shows that `action` has had its effect."""
    if action == "kill" and not kills_at_once(options):
        # What a program makes of any other signal is its own business: that it got it is all that was asked for.
        return event.change in ("kill", "die")
    return event.change in _CONFIRMS[action]


def causes(action: Action, event: EngineEvent) -> bool:
    """Whether `event` of the container is what `action` does while it runs."""
    return event.change in _CAUSES[action]


def kills_at_once(options: ActionOptions) -> bool:
    """Whether the signal is the one that no program can refuse."""
    return options.signal in _KILL


def lingers(action: Action, options: ActionOptions) -> bool:
    """Whether the container may still end because of `action` when that is confirmed."""
    return action == "kill" and not kills_at_once(options)


def shows(facts: ContainerFacts | None, action: Action, before_ns: int | None) -> bool:
    """Whether an inspection shows that `action` has had its effect.

    `facts`: None if the container is gone. `before_ns`: when it had last been started before the action was sent.
    """
    if facts is None:
        # One that removes itself when it ends is gone after a stop.
        return action in ("remove", "stop", "kill")
    started_anew = (facts.started_ns or 0) > (before_ns or 0)
    running = facts.state in ("running", "paused")
    match action:
        case "start":
            return running or started_anew
        case "restart":
            return running and started_anew
        case "stop":
            return not running and facts.state != "restarting"
        case "kill":
            return not running or started_anew
        case "pause":
            return facts.state == "paused"
        case "unpause":
            return facts.state == "running"
        case "remove":
            return False


def already(action: Action) -> str | None:
    """What to say when the engine had nothing to do."""
    return _ALREADY.get(action)


def grace_s(action: Action, options: ActionOptions, facts: ContainerFacts) -> int:
    """Return how long the container may take to end, in seconds."""
    if action not in ("stop", "restart"):
        return 0
    if options.grace_s is not None:
        return options.grace_s
    return DEFAULT_GRACE_S if facts.stop_timeout_s is None else max(0, facts.stop_timeout_s)
