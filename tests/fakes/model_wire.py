"""How the two model APIs put an answer on the wire: OpenAI's chat completions and Anthropic's messages."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

USAGE = (100, 20)
"""Tokens that every answer says it took and gave."""


@dataclass(frozen=True)
class Text:
    """Words of the model, a chunk each."""

    text: str

    def chunks(self) -> list[str]:
        return re.findall(r"\s*\S+\s*$|\s*\S+", self.text) or [self.text]


@dataclass(frozen=True)
class Call:
    """A call of a tool. `arguments` that are text are sent as they are, however broken."""

    tool: str
    arguments: dict[str, Any] | str
    id: str

    def json(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True)
class Wait:
    """Nothing more comes until `until` is set. Anthropic's side sends a ping before it."""

    until: asyncio.Event


@dataclass(frozen=True)
class Cut:
    """The connection is lost here."""


@dataclass(frozen=True)
class End:
    """The stream ends here, in order but without its last events."""


@dataclass(frozen=True)
class Fail:
    """An error of the provider in the middle of the stream."""

    kind: str = "overloaded_error"
    message: str = "Overloaded"


@dataclass(frozen=True)
class Raw:
    """A line of the stream as it is."""

    line: str


Part = Text | Call | Wait | Cut | End | Fail | Raw
Chunk = str | Wait | Cut | End


def _event(data: dict[str, Any], name: str | None = None) -> str:
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


def stopped_by(parts: Sequence[Part], stop: str | None) -> str:
    """Why the model stopped, as Anthropic says it."""
    return stop or ("tool_use" if any(isinstance(part, Call) for part in parts) else "end_turn")


OPENAI_STOP = {"tool_use": "tool_calls", "end_turn": "stop", "max_tokens": "length", "refusal": "content_filter"}


def openai_stream(id: str, model: str, parts: Sequence[Part], stop: str | None) -> Iterator[Chunk]:
    """The chunks of a streamed chat completion."""

    def chunk(delta: dict[str, Any], reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return _event({**_completion(id, model), "object": "chat.completion.chunk", "choices": [choice]})

    yield chunk({"role": "assistant", "content": ""})
    calls = 0
    for part in parts:
        match part:
            case Text():
                yield from (chunk({"content": text}) for text in part.chunks())
            case Call():
                head = {"index": calls, "id": part.id, "type": "function"}
                yield chunk({"tool_calls": [{**head, "function": {"name": part.tool, "arguments": ""}}]})
                for piece in pieces(part.json()):
                    yield chunk({"tool_calls": [{"index": calls, "function": {"arguments": piece}}]})
                calls += 1
            case Fail():
                yield _event({"error": {"message": part.message, "type": part.kind, "param": None, "code": None}})
            case Raw():
                yield part.line
            case _:
                yield part
    yield chunk({}, OPENAI_STOP[stopped_by(parts, stop)])
    usage = {"prompt_tokens": USAGE[0], "completion_tokens": USAGE[1], "total_tokens": sum(USAGE)}
    yield _event({**_completion(id, model), "object": "chat.completion.chunk", "choices": [], "usage": usage})
    yield "data: [DONE]\n\n"


def _completion(id: str, model: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{id}", "created": 1_795_165_200, "model": model}


def openai_whole(id: str, model: str, parts: Sequence[Part], stop: str | None) -> dict[str, Any]:
    """A chat completion that was not asked for as a stream."""
    calls = [
        {"id": part.id, "type": "function", "function": {"name": part.tool, "arguments": part.json()}}
        for part in parts
        if isinstance(part, Call)
    ]
    text = "".join(part.text for part in parts if isinstance(part, Text))
    message = {"role": "assistant", "content": text or None, **({"tool_calls": calls} if calls else {})}
    choice = {"index": 0, "message": message, "finish_reason": OPENAI_STOP[stopped_by(parts, stop)]}
    usage = {"prompt_tokens": USAGE[0], "completion_tokens": USAGE[1], "total_tokens": sum(USAGE)}
    return {**_completion(id, model), "object": "chat.completion", "choices": [choice], "usage": usage}


def anthropic_stream(id: str, model: str, parts: Sequence[Part], stop: str | None) -> Iterator[Chunk]:
    """The events of a streamed message."""

    def event(name: str, **fields: Any) -> str:
        return _event({"type": name, **fields}, name)

    yield event("message_start", message={**_message(id, model), "content": [], "stop_reason": None})
    yield event("ping")
    index = 0
    for part in parts:
        match part:
            case Text() | Call():
                yield event("content_block_start", index=index, content_block=_empty_block(part))
                for delta in _deltas(part):
                    yield event("content_block_delta", index=index, delta=delta)
                yield event("content_block_stop", index=index)
                index += 1
            case Fail():
                yield event("error", error={"type": part.kind, "message": part.message})
            case Raw():
                yield part.line
            case Wait():
                yield event("ping")
                yield part
            case _:
                yield part
    ended = {"stop_reason": stopped_by(parts, stop), "stop_sequence": None}
    yield event("message_delta", delta=ended, usage={"output_tokens": USAGE[1]})
    yield event("message_stop")


def _message(id: str, model: str) -> dict[str, Any]:
    usage = {"input_tokens": USAGE[0], "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    head = {"id": f"msg_{id}", "type": "message", "role": "assistant", "model": model, "stop_sequence": None}
    return {**head, "usage": {**usage, "output_tokens": 1}}


def _empty_block(part: Text | Call) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": ""}
    return {"type": "tool_use", "id": part.id, "name": part.tool, "input": {}}


def _deltas(part: Text | Call) -> Iterator[dict[str, Any]]:
    if isinstance(part, Text):
        yield from ({"type": "text_delta", "text": text} for text in part.chunks())
    else:
        yield from ({"type": "input_json_delta", "partial_json": piece} for piece in ["", *pieces(part.json())])


def anthropic_whole(id: str, model: str, parts: Sequence[Part], stop: str | None) -> dict[str, Any]:
    """A message that was not asked for as a stream."""
    content: list[dict[str, Any]] = []
    for part in parts:
        if isinstance(part, Text):
            content.append({"type": "text", "text": part.text})
        elif isinstance(part, Call):
            content.append({"type": "tool_use", "id": part.id, "name": part.tool, "input": json.loads(part.json())})
    message = _message(id, model)
    message["usage"]["output_tokens"] = USAGE[1]
    return {**message, "content": content, "stop_reason": stopped_by(parts, stop)}


def pieces(text: str, *, size: int = 12) -> list[str]:
    """`text` as it trickles out of a model."""
    return [text[start : start + size] for start in range(0, len(text), size)]
