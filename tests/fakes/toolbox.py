"""Two tools of the server: one reads, one changes the container `web`."""

from __future__ import annotations

from collections.abc import Sequence

from server.access import Principal
from server.errors import AppError, NotFound
from server.sessions.runner import ToolCall, ToolResult, ToolSpec
from server.sessions.tools.toolbox import Subject


class FakeTools:
    """`read` and `restart`. `container_id`: of `web`, as it is now. `reads` and `acts`: what was done, for whom; a
    command that comes again is not done again. `refusal`: what resolving a call raises."""

    def __init__(self) -> None:
        self.container_id = "c0ffee"
        self.refusal: AppError | None = None
        self.reads: list[tuple[str, str]] = []
        self.acts: list[tuple[str, str, str]] = []
        self._done: set[str] = set()

    def specs(self) -> Sequence[ToolSpec]:
        return [
            ToolSpec(name="read", description="Reads.", parameters={}, risk="read"),
            ToolSpec(name="restart", description="Restarts.", parameters={}, risk="change"),
        ]

    async def resolve(self, call: ToolCall, by: Principal) -> Subject:
        if self.refusal is not None:
            raise self.refusal
        if call.tool == "read":
            return Subject(title="Read", risk="read", container_id=None, container_name=None)
        if call.tool != "restart":
            raise NotFound(f"There is no tool {call.tool}.")
        return Subject(title="Restart web", risk="change", container_id=self.container_id, container_name="web")

    async def read(self, call: ToolCall, by: Principal) -> ToolResult:
        self.reads.append((call.id, by.id))
        return ToolResult(ok=True, text="42")

    async def act(self, call: ToolCall, subject: Subject, by: Principal, command_id: str) -> ToolResult:
        if command_id not in self._done:
            self._done.add(command_id)
            self.acts.append((call.id, subject.container_id or "", by.id))
        return ToolResult(ok=True, text="restarted")
