"""The tools of the server: what each is called, what it takes, how much it may do."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from server.protocol.client import ActionOptions
from server.protocol.sessions import Risk
from server.protocol.views import Action
from server.sessions.runner import ToolSpec

MOST_TAIL = 200
"""Log lines that one call gives: a model reads them all, and pays for each."""


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


ContainerName = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=128, description="Name, id or start of the id of one container, as listed."),
]


Shown = Literal["running", "stopped", "attention"]


class Listing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    matching: (
        Annotated[
            str,
            msgspec.Meta(
                min_length=1,
                max_length=500,
                description="Words: only containers whose name, compose project or service, image or id holds one.",
            ),
        ]
        | None
    ) = None
    state: Annotated[Shown, msgspec.Meta(description="Only those that run, have ended, or need attention.")] | None = (
        None
    )


class OneContainer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    container: ContainerName


class Stopping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    container: ContainerName
    grace_s: (
        Annotated[int, msgspec.Meta(ge=0, le=600, description="Seconds to end by itself before it is killed.")] | None
    ) = None


class Logs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    container: ContainerName
    tail: Annotated[int, msgspec.Meta(ge=1, le=MOST_TAIL, description="How many of the newest lines.")] = 50


class Events(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    container: ContainerName | None = None


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    question: Annotated[str, msgspec.Meta(min_length=1, max_length=500, description="What to look up, in words.")]


Arguments = Nothing | Listing | OneContainer | Stopping | Logs | Events | Question


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """`takes` is the type of its arguments. `action`: what it does to a container; None for one that only reads.
    `title` is the line for people, with the arguments in it."""

    spec: ToolSpec
    takes: type[Arguments]
    title: str
    action: Action | None = None

    def convert(self, arguments: dict[str, Any]) -> Arguments:
        """Return `arguments` as this tool takes them.

        Raises:
            msgspec.ValidationError: one is missing, too many or of the wrong kind.
        """
        return msgspec.convert(arguments, self.takes)


def options(arguments: Arguments) -> ActionOptions:
    """Return what an action is done with. Never with force, which would also end Pilothouse itself, and never with the
    volumes: no agent needs either."""
    return ActionOptions(grace_s=arguments.grace_s if isinstance(arguments, Stopping) else None)


def words_for_title(arguments: Arguments) -> dict[str, Any]:
    """Return what stands for the arguments in a tool's title."""
    match arguments:
        case Listing(matching, state):
            kinds = {None: "", "attention": " that need attention", "running": " that run", "stopped": " that ended"}
            which = f"the containers{kinds[state]}"
            return {"which": which if matching is None else f"{which} matching “{matching}”"}
        case Events(None):
            return {"container": "all containers"}
        case _:
            return msgspec.structs.asdict(arguments)


def _tool(
    name: str,
    takes: type[Arguments],
    title: str,
    description: str,
    *,
    risk: Risk = "read",
    action: Action | None = None,
) -> Tool:
    spec = ToolSpec(name=name, description=description, parameters=_schema(takes), risk=risk)
    return Tool(spec=spec, takes=takes, title=title, action=action)


def _schema(takes: type[Arguments]) -> dict[str, Any]:
    """Return the JSON Schema of `takes` in one piece: not every model's API follows references."""
    _, parts = msgspec.json.schema_components([takes])
    whole = parts[takes.__name__]
    return {key: whole[key] for key in ("type", "properties", "required", "additionalProperties") if key in whole}


_ALL = (
    _tool(
        "list_containers",
        Listing,
        "List {which}",
        "The containers: name, image, state and health, ports; those that need attention first. Of more than some "
        "sixty the others are named only, or just counted: narrow the list by `matching` or `state`.",
    ),
    _tool(
        "inspect_container",
        OneContainer,
        "Inspect {container}",
        "One container in full: state, exit code, out of memory, health and its last checks, restarts, image, command, "
        "ports, mounts, networks, labels and the names of its environment variables. Secrets are redacted.",
    ),
    _tool(
        "container_logs",
        Logs,
        "Read the last {tail} log lines of {container}",
        "The newest lines of one container's output, oldest first. Secrets are redacted.",
    ),
    _tool("host_metrics", Nothing, "Measure the host", "CPU, memory, swap, disks, network and load of the host, now."),
    _tool(
        "metrics_history",
        Nothing,
        "Look at the host's last minutes",
        "CPU, memory and network, over the last 5 minutes.",
    ),
    _tool(
        "container_events",
        Events,
        "Look at recent events of {container}",
        "What happened lately: starts, ends with their exit codes, health, out of memory, and who acted on what. Of "
        "one container, also of one that is gone, or of all of them.",
    ),
    _tool(
        "search_runbooks",
        Question,
        "Search the runbooks for “{question}”",
        "The passages of the user's own runbooks that fit a question. Nothing fits well if the coverage is below 0.4.",
    ),
    _tool(
        "start_container",
        OneContainer,
        "Start {container}",
        "Start a container that has ended. A person is asked first.",
        risk="change",
        action="start",
    ),
    _tool(
        "stop_container",
        Stopping,
        "Stop {container}",
        "Stop a container. A person is asked first.",
        risk="change",
        action="stop",
    ),
    _tool(
        "restart_container",
        Stopping,
        "Restart {container}",
        "Stop a container and start it again. A person is asked first.",
        risk="change",
        action="restart",
    ),
    _tool(
        "pause_container",
        OneContainer,
        "Pause {container}",
        "Freeze every process of a container. A person is asked first.",
        risk="change",
        action="pause",
    ),
    _tool(
        "unpause_container",
        OneContainer,
        "Unpause {container}",
        "Let a paused container go on. A person is asked first.",
        risk="change",
        action="unpause",
    ),
    _tool(
        "kill_container",
        OneContainer,
        "Kill {container}",
        "End a container at once, without letting it finish. A person is asked first.",
        risk="destructive",
        action="kill",
    ),
    _tool(
        "remove_container",
        OneContainer,
        "Remove {container}",
        "Remove a container that has ended, with its writable layer; its volumes stay. A person is asked first.",
        risk="destructive",
        action="remove",
    ),
)

TOOLS: dict[str, Tool] = {tool.spec.name: tool for tool in _ALL}


def risk_of(name: str) -> Risk | None:
    """Return the risk of a tool, None if the server has none of that name."""
    tool = TOOLS.get(name)
    return None if tool is None else tool.spec.risk
