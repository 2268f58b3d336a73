"""A `RunHost` that writes down what a runner does, and decides as a test wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

from server.protocol.session_events import Stage
from server.protocol.sessions import Risk
from server.sessions.runner import Decision, GrantInvalid, Reply, ToolCall, ToolResult, ToolSpec

ALLOWED = Decision(True, "p1", "ann")
REFUSED = Decision(False, "p1", "ann", "not on a Friday")


class Host:
    """`decision` is given at once to who asks; while it is None they wait, and `asked` is set. `continuations` are what
    came with the questions. `used`: permissions with their calls; one is good for one call."""

    def __init__(self, decision: Decision | None = ALLOWED) -> None:
        self.decision = decision
        self.asked = asyncio.Event()
        self.spoke = asyncio.Event()
        self.questions: list[tuple[ToolCall, str, Risk]] = []
        self.continuations: list[bytes | None] = []
        self.used: list[tuple[str, ToolCall]] = []
        self.unusable = False
        self.deltas: list[str] = []
        self.replies: list[str] = []
        self.logs: list[str] = []
        self.logged = asyncio.Event()
        self.calls: list[tuple[ToolCall, str, Risk]] = []
        self.results: list[tuple[str, ToolResult]] = []
        self.withdrawn: list[str] = []
        self.turns = 0
        self.cost_usd: float | None = None

    async def delta(self, text: str) -> None:
        self.deltas.append(text)
        self.spoke.set()

    async def reply(self, reply: Reply) -> None:
        self.replies.append(reply.text)
        self.spoke.set()

    async def processing(self, stage: Stage, detail: str | None = None) -> None:
        pass

    async def log(self, level: Literal["info", "warning", "error"], text: str) -> None:
        self.logs.append(text)
        self.logged.set()

    async def hand_over(self, reason: str, summary: str) -> None:
        raise NotImplementedError

    def tools(self) -> Sequence[ToolSpec]:
        return ()

    async def call_tool(self, call: ToolCall) -> ToolResult:
        raise NotImplementedError

    async def permission(
        self, call: ToolCall, *, title: str, risk: Risk, continuation: bytes | None = None
    ) -> Decision:
        self.questions.append((call, title, risk))
        self.continuations.append(continuation)
        self.asked.set()
        if self.decision is None:
            await asyncio.get_running_loop().create_future()
        assert self.decision is not None
        return self.decision

    async def withdraw(self, call: str) -> None:
        self.withdrawn.append(call)

    async def keep(self, continuation: bytes) -> None:
        raise NotImplementedError

    async def use(self, permission: str, call: ToolCall) -> None:
        if self.unusable:
            raise GrantInvalid("Who allowed it may not any more. Ask again.")
        self.used.append((permission, call))

    async def show_call(self, call: ToolCall, *, title: str, risk: Risk) -> None:
        self.calls.append((call, title, risk))

    async def show_result(self, call: str, result: ToolResult) -> None:
        self.results.append((call, result))

    def spend(self, *, turns: int = 0, cost_usd: float | None = None) -> None:
        self.turns += turns
        self.cost_usd = cost_usd if cost_usd is not None else self.cost_usd
