"""What one run of a runner sees of the server: tools that answer as the real ones do, and a record of what was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from server.containers.views import summary
from server.protocol.session_events import Stage
from server.protocol.sessions import Risk
from server.protocol.views import (
    ContainerDetail,
    ContainersData,
    ContainerView,
    LogLine,
    MetricsData,
)
from server.sessions.runbooks.library import Library
from server.sessions.runner import Decision, Reply, ToolCall, ToolResult, ToolSpec
from server.sessions.tools import answers, listing
from server.sessions.tools.specs import TOOLS, Listing

AT = "2026-11-20T09:00:00.000Z"


class FakeHost:
    """`replies`, `calls`, `kept`, `handed_over`, `streamed` and `stages` are what the run did, `order` the kinds of it
    in order. `broken` gives a tool another answer than the containers, logs and metrics it was made with; `missing`
    are tools that there are not."""

    def __init__(
        self,
        containers: Sequence[ContainerView] = (),
        *,
        library: Library | None = None,
        logs: dict[str, list[str]] | None = None,
        metrics: MetricsData | None = None,
        decide: Callable[[ToolCall], ToolResult] | None = None,
    ) -> None:
        self._containers = {view.name: view for view in containers}
        self._library = library
        self._logs = logs or {}
        self._metrics = metrics
        self._decide = decide
        self.broken: dict[str, ToolResult] = {}
        self.missing: set[str] = set()
        self.replies: list[Reply] = []
        self.calls: list[ToolCall] = []
        self.kept: list[bytes] = []
        self.handed_over: list[tuple[str, str]] = []
        self.streamed: list[str] = []
        self.stages: list[tuple[Stage, str | None]] = []
        self.order: list[str] = []

    def called(self, tool: str) -> list[ToolCall]:
        return [call for call in self.calls if call.tool == tool]

    async def delta(self, text: str) -> None:
        self.streamed.append(text)

    async def reply(self, reply: Reply) -> None:
        self.replies.append(reply)
        self.order.append("reply")

    async def processing(self, stage: Stage, detail: str | None = None) -> None:
        self.stages.append((stage, detail))

    async def log(self, level: Literal["info", "warning", "error"], text: str) -> None:
        self.order.append("log")

    async def hand_over(self, reason: str, summary: str) -> None:
        self.handed_over.append((reason, summary))
        self.order.append("hand_over")

    def tools(self) -> Sequence[ToolSpec]:
        return [tool.spec for name, tool in TOOLS.items() if name not in self.missing]

    async def call_tool(self, call: ToolCall) -> ToolResult:
        """Answer a call that the real tool would take."""
        assert call.id not in {earlier.id for earlier in self.calls}
        tool = TOOLS[call.tool]
        tool.convert(call.arguments)
        self.calls.append(call)
        self.order.append(call.tool)
        if call.tool in self.broken:
            return self.broken[call.tool]
        if tool.action is not None:
            return self._decide(call) if self._decide else ToolResult(True, '{"state":"confirmed","message":null}')
        answer = await self._answer(call)
        return answer if isinstance(answer, ToolResult) else ToolResult(True, answers.text(answer))

    async def permission(
        self, call: ToolCall, *, title: str, risk: Risk, continuation: bytes | None = None
    ) -> Decision:
        raise AssertionError("it asks through the tools")

    async def withdraw(self, call: str) -> None: ...

    async def keep(self, continuation: bytes) -> None:
        self.kept.append(continuation)
        self.order.append("keep")

    async def use(self, permission: str, call: ToolCall) -> None:
        raise AssertionError("it has nothing of its own to use a permission for")

    async def show_call(self, call: ToolCall, *, title: str, risk: Risk) -> None:
        raise AssertionError("it has no tools of its own")

    async def show_result(self, call: str, result: ToolResult) -> None:
        raise AssertionError("it has no tools of its own")

    def spend(self, *, turns: int = 0, cost_usd: float | None = None) -> None: ...

    async def _answer(self, call: ToolCall) -> dict[str, Any] | ToolResult:
        if call.tool == "list_containers":
            asked = TOOLS[call.tool].convert(call.arguments)
            assert isinstance(asked, Listing)
            return listing.containers(listed(list(self._containers.values())), asked)
        if call.tool == "host_metrics":
            return answers.metrics(self._metrics)
        if call.tool == "search_runbooks":
            found = await self._library.search(call.arguments["question"]) if self._library else []
            return answers.passages(found)
        view = self._containers.get(call.arguments["container"])
        if view is None:
            return ToolResult(False, "There is no such container.", "container_not_found")
        if call.tool == "inspect_container":
            return answers.inspection(detail_of(view), ["PASSWORD"])
        lines = self._logs.get(view.name, [])[-call.arguments["tail"] :]
        return answers.logs(view.name, [LogLine(AT, "stdout", line) for line in lines])


def listed(views: Sequence[ContainerView]) -> ContainersData:
    return ContainersData(
        as_of_seq=1,
        read_at=AT,
        engines=[],
        containers=list(views),
        summary=summary(views),
    )


def detail_of(view: ContainerView) -> ContainerDetail:
    """The details of a container of which nothing else is known; where it is unhealthy, its check says so."""
    checks = [{"at": AT, "exit_code": 1, "output": "no response\n"}] if view.health == "unhealthy" else []
    return msgspec.convert(
        {
            "container": msgspec.to_builtins(view),
            "all_labels": {},
            "command": [],
            "entrypoint": [],
            "working_dir": "/",
            "user": "",
            "hostname": view.name,
            "restart_policy": "always",
            "networks": {},
            "mounts": [],
            "health_log": checks,
            "error": None,
        },
        ContainerDetail,
    )
