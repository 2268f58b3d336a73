"""A `RunHost` that writes down what a run asks of it, and answers as a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

from server.protocol.session_events import Stage
from server.protocol.sessions import Risk
from server.sessions.runner import Decision, LimitReached, Reply, ToolCall, ToolResult, ToolSpec

NAME = {"type": "object", "properties": {"container": {"type": "string"}}, "required": ["container"]}
READ = ToolSpec(name="inspect_container", description="Look at a container.", parameters=NAME, risk="read")
SEARCH = ToolSpec(name="search_runbooks", description="Search.", parameters=NAME, risk="read")
RESTART = ToolSpec(
    name="restart_container",
    description="Restart a container. A person is asked first.",
    parameters=NAME,
    risk="change",
)


class FakeHost:
    """`told`: everything in order. `results`: what a tool gives, by its name. `decide`: is awaited by each call of a
    tool that changes something, as a person's answer is. `turns`: how many are allowed."""

    def __init__(self, *, turns: int = 30) -> None:
        self.told: list[tuple[str, Any]] = []
        self.streamed = ""
        self.said: list[str] = []
        self.replies: list[Reply] = []
        self.calls: list[ToolCall] = []
        self.kept: list[bytes] = []
        self.logged: list[tuple[str, str]] = []
        self.handed_over: list[tuple[str, str]] = []
        self.stages: list[tuple[Stage, str | None]] = []
        self.results: dict[str, ToolResult] = {}
        self.decide: Callable[[ToolCall], Awaitable[ToolResult | None]] | None = None
        self.turns = 0
        self.costs: list[float] = []
        self.on_delta: Callable[[str], None] | None = None
        self.wrote = asyncio.Event()
        self.warned = asyncio.Event()
        self._turns = turns

    async def delta(self, text: str) -> None:
        self.streamed += text
        self.told.append(("delta", text))
        self.wrote.set()
        if self.on_delta is not None:
            self.on_delta(text)

    async def reply(self, reply: Reply) -> None:
        self.told.append(("reply", reply.text))
        self.replies.append(reply)
        self.said.append(reply.text)
        self.streamed = ""

    async def processing(self, stage: Stage, detail: str | None = None) -> None:
        self.stages.append((stage, detail))

    async def log(self, level: Literal["info", "warning", "error"], text: str) -> None:
        self.logged.append((level, text))
        self.warned.set()

    async def hand_over(self, reason: str, summary: str) -> None:
        self.handed_over.append((reason, summary))

    def tools(self) -> Sequence[ToolSpec]:
        return [READ, SEARCH, RESTART]

    async def call_tool(self, call: ToolCall) -> ToolResult:
        self.told.append(("call", call.tool))
        self.calls.append(call)
        if call.tool == RESTART.name and self.decide is not None:
            decided = await self.decide(call)
            if decided is not None:
                return decided
        return self.results.get(call.tool, ToolResult(True, '{"state":"running"}'))

    async def permission(
        self, call: ToolCall, *, title: str, risk: Risk, continuation: bytes | None = None
    ) -> Decision:
        raise AssertionError("a language model does nothing by itself")

    async def withdraw(self, call: str) -> None: ...

    async def keep(self, continuation: bytes) -> None:
        self.told.append(("keep", len(continuation)))
        self.kept.append(continuation)

    async def use(self, permission: str, call: ToolCall) -> None:
        raise AssertionError("a language model does nothing by itself")

    async def show_call(self, call: ToolCall, *, title: str, risk: Risk) -> None:
        raise AssertionError("the server shows its own tools")

    async def show_result(self, call: str, result: ToolResult) -> None:
        raise AssertionError("the server shows its own tools")

    def spend(self, *, turns: int = 0, cost_usd: float | None = None) -> None:
        self.turns += turns
        if cost_usd is not None:
            self.costs.append(cost_usd)
        if self.turns > self._turns:
            raise LimitReached("The run used up its turns.")

    def order(self) -> list[str]:
        """What happened in order, without the single words."""
        return [kind for kind, _ in self.told if kind != "delta"]
