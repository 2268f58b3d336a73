"""The server's own tools, as a run may use them: everything is read and done in somebody's name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import msgspec

from server.access import Permission, Principal, require
from server.containers.engine import ContainerNotFound, EngineUnreachable
from server.errors import AppError, ReadOnly
from server.eventlog.log import EventLog, StoredEvent
from server.protocol.client import ActionOptions
from server.protocol.sessions import Risk
from server.protocol.views import (
    Action,
    ContainerDetail,
    ContainersData,
    ContainerView,
    LogLine,
    MetricsData,
    MetricsHistory,
    OperationView,
)
from server.sessions.grants import canonical
from server.sessions.runner import ToolCall, ToolResult, ToolSpec
from server.sessions.tools import answers, history, listing, targets
from server.sessions.tools.errors import InvalidArguments, UnknownTool
from server.sessions.tools.redaction import redacted
from server.sessions.tools.specs import (
    TOOLS,
    Arguments,
    Events,
    Listing,
    Logs,
    Nothing,
    OneContainer,
    Question,
    Stopping,
    Tool,
    options,
    words_for_title,
)

WAIT_S = 120.0
"""An action is over after this time besides its grace, or it is said that it still runs."""


class Subject(msgspec.Struct, frozen=True):
    """What a call is about. `title` is one line for people."""

    container_id: str | None
    container_name: str | None
    title: str
    risk: Risk


class Actions(Protocol):
    async def perform(
        self, container: str, action: Action, options: ActionOptions, *, by: Principal, command_id: str
    ) -> OperationView: ...

    async def wait(self, operation_id: str, timeout_s: float, *, by: Principal) -> OperationView: ...


class Containers(Protocol):
    """What of `ContainerService` is used."""

    @property
    def actions(self) -> Actions: ...

    def list_bytes(self, *, by: Principal) -> bytes: ...

    async def detail(self, container: str, *, by: Principal) -> ContainerDetail: ...

    async def environment(self, container: str, *, by: Principal) -> Sequence[str]: ...

    def logs(
        self, container: str, *, tail: int | None, since_ns: int | None, follow: bool, by: Principal
    ) -> AbstractAsyncContextManager[Any]: ...

    def event_filter(self, by: Principal) -> Callable[[StoredEvent], bool] | None: ...


class Metrics(Protocol):
    def latest(self, *, by: Principal) -> MetricsData | None: ...

    def history(self, *, by: Principal) -> MetricsHistory: ...


class Library(Protocol):
    async def search(self, question: str, *, limit: int = 3) -> Sequence[Any]: ...


class Toolbox:
    """Reads as whoever asked the agent, acts as whoever allowed it. `read_only`: it has no tool that acts."""

    def __init__(
        self, containers: Containers, metrics: Metrics, library: Library, *, log: EventLog, read_only: bool = False
    ) -> None:
        self._containers = containers
        self._metrics = metrics
        self._library = library
        self._log = log
        self._read_only = read_only

    def specs(self) -> list[ToolSpec]:
        """The tools that there are."""
        return [tool.spec for tool in TOOLS.values() if not (self._read_only and tool.action)]

    def spec(self, name: str) -> ToolSpec:
        """Return one of them.

        Raises:
            UnknownTool, ReadOnly: there is none of this name, or not in this server.
        """
        return self._tool(name).spec

    async def resolve(self, call: ToolCall, by: Principal) -> Subject:
        """Return what `call` is about, of what `by` may see now.

        Raises:
            UnknownTool, InvalidArguments, ReadOnly: it is no call that can be made.
            Forbidden: `by` may not look.
            ContainerNotFound, AmbiguousContainer: the message names the containers that there are.
            EngineUnreachable: it is not known which there are.
        """
        tool, arguments = self._checked(call)
        require(by, Permission.VIEW)
        words = words_for_title(arguments)
        if isinstance(arguments, OneContainer | Stopping | Logs):
            view = self._find(arguments.container, by)
            title = tool.title.format(**words | {"container": view.name})
            return Subject(view.id, view.name, title, tool.spec.risk)
        # Of a container that is gone there are events.
        return Subject(None, None, tool.title.format(**words), tool.spec.risk)

    async def read(self, call: ToolCall, by: Principal) -> ToolResult:
        """Return what a tool that only reads says, or why it says nothing."""
        try:
            tool, arguments = self._checked(call)
            if tool.action is not None:
                raise InvalidArguments(f"{call.tool} does not only read.")
            require(by, Permission.VIEW)
            return ToolResult(ok=True, text=answers.text(await self._answer(call.tool, arguments, by)))
        except AppError as error:
            return _failed(error)

    async def act(self, call: ToolCall, subject: Subject, by: Principal, command_id: str) -> ToolResult:
        """Do what `call` says to the container of `subject`, in the name of `by`, and return how it ended. With the
        same `command_id` it is not done again."""
        try:
            tool, arguments = self._checked(call)
            if tool.action is None or subject.container_id is None:
                raise InvalidArguments(f"{call.tool} only reads.")
            asked = options(arguments)
            actions = self._containers.actions
            # By the id that was looked at when people were asked: another container may have the name by now.
            begun = await actions.perform(subject.container_id, tool.action, asked, by=by, command_id=command_id)
            ended = await actions.wait(begun.id, WAIT_S + (asked.grace_s or 0), by=by)
        except AppError as error:
            return _failed(error)
        code = None if ended.state == "confirmed" else ended.code or "operation_running"
        return ToolResult(ok=code is None, text=answers.text(answers.operation(ended)), code=code)

    async def _answer(self, name: str, arguments: Arguments, by: Principal) -> dict[str, Any]:
        match arguments:
            case Logs():
                return await self._logs(arguments, by)
            case OneContainer():
                found = self._find(arguments.container, by).id
                detail = await self._containers.detail(found, by=by)
                names = await self._containers.environment(found, by=by)
                # How much there is to search for secrets is up to whoever made the container.
                return await asyncio.to_thread(answers.inspection, detail, names)
            case Events():
                sees = self._containers.event_filter(by)
                return answers.events(await history.recent(self._log, arguments.container, sees))
            case Question():
                return answers.passages(await self._library.search(arguments.question, limit=3))
            case Listing():
                return listing.containers(self._list(by), arguments)
            case Nothing() if name == "metrics_history":
                return answers.history(self._metrics.history(by=by))
            case _:
                return answers.metrics(self._metrics.latest(by=by))

    async def _logs(self, arguments: Logs, by: Principal) -> dict[str, Any]:
        view = self._find(arguments.container, by)
        lines: list[LogLine] = []
        async with self._containers.logs(view.id, tail=arguments.tail, since_ns=None, follow=False, by=by) as batches:
            async for batch in batches:
                lines += batch
                # An engine that counts differently, or a program that writes faster than this reads.
                del lines[: -arguments.tail]
        return await asyncio.to_thread(answers.logs, view.name, lines)

    def _find(self, reference: str, by: Principal) -> ContainerView:
        known = self._list(by)
        try:
            return targets.find(reference, known.containers)
        except ContainerNotFound:
            missing = next((engine for engine in known.engines if engine.state != "up"), None)
            if missing is None:
                raise
            # Nothing is known yet, or not any more: that it is not in the list says nothing.
            why = missing.message or "It is not connected yet."
            raise EngineUnreachable(f"The containers of the engine {missing.name} are not known. {why}") from None

    def _list(self, by: Principal) -> ContainersData:
        return msgspec.json.decode(self._containers.list_bytes(by=by), type=ContainersData)

    def _tool(self, name: str) -> Tool:
        tool = TOOLS.get(name)
        if tool is None:
            known = ", ".join(spec.name for spec in self.specs())
            raise UnknownTool(f"There is no tool {name!r:.80}. There are: {known}.")
        if self._read_only and tool.action is not None:
            raise ReadOnly("This Pilothouse only shows: it was started with PILOTHOUSE_READ_ONLY=1.")
        return tool

    def _checked(self, call: ToolCall) -> tuple[Tool, Arguments]:
        """Return the tool and its arguments as it takes them."""
        tool = self._tool(call.tool)
        # Bounded before anything else looks at them.
        canonical(call.tool, call.arguments)
        try:
            return tool, tool.convert(call.arguments)
        except msgspec.ValidationError as error:
            raise InvalidArguments(f"{call.tool}: {error}.") from error


def _failed(error: AppError) -> ToolResult:
    return ToolResult(ok=False, text=redacted(error.message), code=error.code)
