"""What the tests of the server's tools hold in their hands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from server.access import LOCAL, Principal
from server.containers.service import ContainerService
from server.sessions.runner import ToolCall, ToolResult
from server.sessions.tools.toolbox import Toolbox
from server.storage.database import Database
from tests.fakes.engine import FakeEngine
from tests.fakes.log import HandledLog
from tests.fakes.services import FakeMetrics


class Passage(msgspec.Struct, frozen=True):
    document: str
    section: str
    text: str
    excerpt: str
    coverage: float


class FakeLibrary:
    """Finds `passages` whatever is asked. `asked`: the questions."""

    def __init__(self) -> None:
        self.passages = [Passage("disk.md", "Full disk", "Prune old images.", "Prune …", 0.876)]
        self.asked: list[str] = []

    async def search(self, question: str, *, limit: int = 3) -> list[Passage]:
        self.asked.append(question)
        return self.passages[:limit]


@dataclass
class Toolbench:
    """The containers are `web` (team=red, service front) and `db` (team=blue)."""

    toolbox: Toolbox
    containers: ContainerService
    engine: FakeEngine
    database: Database
    log: HandledLog
    metrics: FakeMetrics
    library: FakeLibrary

    async def settle(self) -> None:
        """Let what the engine told be taken up."""
        for _ in range(5):
            await self.engine.clock.advance(1)
            await self.database.write(lambda _: None)

    async def read(self, tool: str, by: Principal = LOCAL, **arguments: Any) -> ToolResult:
        return await self.toolbox.read(ToolCall("c", tool, arguments), by)

    async def answer(self, tool: str, by: Principal = LOCAL, **arguments: Any) -> Any:
        """What a tool says, decoded."""
        result = await self.read(tool, by, **arguments)
        assert result.ok, result
        return msgspec.json.decode(result.text)

    async def act(
        self, tool: str, by: Principal = LOCAL, *, command: str = "p1", id: str | None = None, **arguments: Any
    ) -> ToolResult:
        """Resolve a call and do it; `id`: instead of the container that was found."""
        call = ToolCall("c", tool, arguments)
        subject = await self.toolbox.resolve(call, LOCAL)
        if id is not None:
            subject = msgspec.structs.replace(subject, container_id=id)
        return await self.toolbox.act(call, subject, by, command)
