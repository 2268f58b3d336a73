"""One run's way to the server: tool calls get their ids, and what is said is streamed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from server.protocol.session_events import Stage
from server.protocol.sessions import Intent, SourceView, SuggestedAction
from server.sessions.builtin.observed import Found, passages
from server.sessions.builtin.phrases import Language, say
from server.sessions.runner import Reply, RunHost, Said, ToolCall, ToolResult

MOST_QUESTION = 500
"""Characters, as the tool takes them."""
SURE = 0.5
"""A passage that covers this much of a question answers it; found by the evaluation in the tests."""


class Desk:
    """What is common to all answers of one run. `language` is that of the question."""

    def __init__(self, host: RunHost, language: Language, said: Sequence[Said] = ()) -> None:
        """`said` ends with the question."""
        self.host = host
        self.language = language
        self.said = said
        self._calls = 0

    def word(self, key: str, **values: object) -> str:
        """A sentence in the language of the question."""
        return say(self.language, key, **values)

    def may(self, tool: str) -> bool:
        return any(spec.name == tool for spec in self.host.tools())

    async def read(
        self, tool: str, stage: Stage = "reading", detail: str | None = None, **arguments: Any
    ) -> ToolResult:
        """Call a tool that changes nothing."""
        if not self.may(tool):
            return ToolResult(False, self.word("no_tool"), "unknown_tool")
        self._calls += 1
        await self.host.processing(stage, detail)
        return await self.host.call_tool(ToolCall(f"{self._calls}-{tool}", tool, arguments))

    async def search(self, question: str) -> list[Found]:
        """Return what the runbooks say about `question`, the best first; nothing if they cannot be searched."""
        if not question.strip():
            return []
        result = await self.read("search_runbooks", "searching", question=question[:MOST_QUESTION])
        return passages(result) if result.ok else []

    async def say(
        self, text: str, intent: Intent, action: SuggestedAction = "CONTINUE", sources: Sequence[Found] = ()
    ) -> None:
        """Say `text`, in pieces and then as a whole."""
        for piece in pieces(text):
            await self.host.delta(piece)
        shown = tuple(_source(one) for one in sources)
        await self.host.reply(Reply(text=text, intent=intent, suggested_action=action, sources=shown))


def _source(found: Found) -> SourceView:
    return SourceView(document=found.document, section=found.section, excerpt=found.excerpt, coverage=found.coverage)


def sure(found: Sequence[Found]) -> list[Found]:
    """Return those of `found` that answer the question."""
    return [one for one in found if one.coverage >= SURE]


def pieces(text: str) -> Iterator[str]:
    """`text` by its paragraphs."""
    yield from (found.group() for found in re.finditer(r".+?(?:\n\n+|\Z)", text, re.DOTALL))
