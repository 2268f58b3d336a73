"""The passages of runbooks that a model was shown in a run, for the message that came of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from pydantic_ai.messages import ModelMessage, ModelRequest, ToolReturnPart

from server.protocol.sessions import SourceView
from server.sessions.llm.limits import SOURCES, SOURCES_COVERAGE

SEARCH = "search_runbooks"


class _Found(msgspec.Struct):
    passages: list[SourceView]


def sources(messages: Sequence[ModelMessage]) -> tuple[SourceView, ...]:
    """The best passages of all searches, each once. They are read out of the messages, so that a restart loses none."""
    best = sorted(_found(messages), key=lambda source: -source.coverage)
    once = {(source.document, source.section): source for source in reversed(best)}
    return tuple(sorted(once.values(), key=lambda source: -source.coverage)[:SOURCES])


def _found(messages: Sequence[ModelMessage]) -> Iterator[SourceView]:
    for message in messages:
        for part in message.parts if isinstance(message, ModelRequest) else ():
            if isinstance(part, ToolReturnPart) and part.tool_name == SEARCH and part.outcome == "success":
                try:
                    found = msgspec.json.decode(str(part.content), type=_Found)
                except msgspec.MsgspecError:
                    continue
                yield from (source for source in found.passages if source.coverage >= SOURCES_COVERAGE)
