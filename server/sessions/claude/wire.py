"""What the command line writes and reads: one JSON object a line, typed here. What is unknown is passed over.

Claude Code 2.1, `--output-format stream-json --input-format stream-json`.
"""

from __future__ import annotations

from typing import Any

import msgspec

MAX_LINE_B = 16 * 1024 * 1024
"""A tool's result is one line, and an image in it is megabytes of base64."""


class Garbage(Exception):
    """A line that is none of the protocol."""


class Started(msgspec.Struct, frozen=True):
    """It is ready; said anew in every turn."""

    session_id: str = ""


class Retrying(msgspec.Struct, frozen=True):
    """The model's API did not answer as it should. `error` is the command line's word for it."""

    attempt: int = 0
    max_retries: int = 0
    error_status: int | None = None
    error: str = ""


class TextDelta(msgspec.Struct, frozen=True):
    text: str


class TextBlock(msgspec.Struct, frozen=True):
    text: str


class ToolUse(msgspec.Struct, frozen=True):
    id: str
    name: str
    input: dict[str, Any]


class AssistantSaid(msgspec.Struct, frozen=True):
    """Blocks of the model's message `message`; the others of it come in lines of their own. `synthetic`: the command
    line speaks, not the model."""

    message: str
    synthetic: bool
    blocks: tuple[TextBlock | ToolUse, ...]


class ToolOutcome(msgspec.Struct, frozen=True):
    call: str
    text: str
    is_error: bool


class ToolResults(msgspec.Struct, frozen=True):
    results: tuple[ToolOutcome, ...]


class PermissionAsked(msgspec.Struct, frozen=True):
    """The command line waits until this is answered. `input` is what will be done, not what the model wrote: paths are
    absolute here."""

    request: str
    tool: str
    input: dict[str, Any]
    call: str


class OtherRequest(msgspec.Struct, frozen=True):
    """Something is asked that is not offered here; it waits for an answer all the same."""

    request: str
    subtype: str


class RequestWithdrawn(msgspec.Struct, frozen=True):
    request_id: str = ""


class Result(msgspec.Struct, frozen=True):
    """The turn has ended. `subtype` may be `success` and `is_error` true: then `result` says what went wrong."""

    subtype: str = ""
    is_error: bool = False
    api_error_status: int | None = None
    num_turns: int = 0
    result: str = ""
    total_cost_usd: float | None = None
    terminal_reason: str | None = None
    errors: tuple[str, ...] = ()


class Other(msgspec.Struct, frozen=True):
    """Of no use here: a sign of life."""


Message = (
    Started
    | Retrying
    | TextDelta
    | AssistantSaid
    | ToolResults
    | PermissionAsked
    | OtherRequest
    | RequestWithdrawn
    | Result
    | Other
)

OTHER = Other()


class _Head(msgspec.Struct):
    type: str
    subtype: str | None = None
    parent_tool_use_id: str | None = None


class _Block(msgspec.Struct):
    type: str
    text: str = ""
    id: str = ""
    name: str = ""
    input: dict[str, Any] = {}
    tool_use_id: str = ""
    content: str | list[dict[str, Any]] | None = None
    is_error: bool | None = None


class _Body(msgspec.Struct):
    id: str = ""
    model: str = ""
    content: str | list[_Block] = ""

    @property
    def blocks(self) -> list[_Block]:
        return self.content if isinstance(self.content, list) else []


class _Spoken(msgspec.Struct):
    message: _Body


class _Delta(msgspec.Struct):
    type: str = ""
    text: str = ""


class _Event(msgspec.Struct):
    type: str
    delta: _Delta | None = None


class _Streamed(msgspec.Struct):
    event: _Event


class _Request(msgspec.Struct):
    subtype: str
    tool_name: str = ""
    input: dict[str, Any] = {}
    tool_use_id: str = ""


class _Asked(msgspec.Struct):
    request_id: str
    request: _Request


def parse(line: bytes) -> Message:
    """Return what `line` says; `OTHER` for what is of no use here.

    Raises:
        Garbage: it is no message, or a known one in an unknown shape.
    """
    try:
        return _parse(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Garbage(str(error)) from None


def _parse(line: bytes) -> Message:
    head = msgspec.json.decode(line, type=_Head)
    match head.type, head.subtype:
        case "system", "init":
            return msgspec.json.decode(line, type=Started)
        case "system", "api_retry":
            return msgspec.json.decode(line, type=Retrying)
        case "control_cancel_request", _:
            return msgspec.json.decode(line, type=RequestWithdrawn)
        case "control_request", _:
            return _asked(msgspec.json.decode(line, type=_Asked))
        case "result", _:
            return msgspec.json.decode(line, type=Result)
    if head.parent_tool_use_id is not None:
        return OTHER
    match head.type:
        case "stream_event":
            return _streamed(msgspec.json.decode(line, type=_Streamed).event)
        case "assistant":
            return _said(msgspec.json.decode(line, type=_Spoken).message)
        case "user":
            return _results(msgspec.json.decode(line, type=_Spoken).message)
    return OTHER


def _streamed(event: _Event) -> Message:
    delta = event.delta
    if event.type != "content_block_delta" or delta is None or delta.type != "text_delta":
        return OTHER
    return TextDelta(delta.text)


def _said(body: _Body) -> AssistantSaid:
    blocks: list[TextBlock | ToolUse] = []
    for block in body.blocks:
        if block.type == "text":
            blocks.append(TextBlock(block.text))
        elif block.type == "tool_use":
            blocks.append(ToolUse(block.id, block.name, block.input))
    return AssistantSaid(body.id, body.model == "<synthetic>", tuple(blocks))


def _results(body: _Body) -> ToolResults:
    return ToolResults(
        tuple(
            ToolOutcome(block.tool_use_id, _text(block.content), bool(block.is_error))
            for block in body.blocks
            if block.type == "tool_result"
        )
    )


def _text(content: str | list[dict[str, Any]] | None) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", f"[{part.get('type', 'unknown')}]")) for part in content)
    return content or ""


def _asked(asked: _Asked) -> PermissionAsked | OtherRequest:
    request = asked.request
    if request.subtype != "can_use_tool" or not request.tool_name or not request.tool_use_id:
        return OtherRequest(asked.request_id, request.subtype)
    return PermissionAsked(asked.request_id, request.tool_name, request.input, request.tool_use_id)


def message(text: str) -> bytes:
    """What a person says."""
    body = {"role": "user", "content": text}
    return _line({"type": "user", "message": body, "parent_tool_use_id": None, "session_id": ""})


def allow(request: str, arguments: dict[str, Any]) -> bytes:
    """Have it done with `arguments`, whatever was asked for."""
    return _answer(request, {"behavior": "allow", "updatedInput": arguments})


def deny(request: str, reason: str) -> bytes:
    return _answer(request, {"behavior": "deny", "message": reason})


def refuse(request: str, reason: str) -> bytes:
    """Answer what is not offered here."""
    return _line({"type": "control_response", "response": {"subtype": "error", "request_id": request, "error": reason}})


def interrupt() -> bytes:
    return _line({"type": "control_request", "request_id": "interrupt", "request": {"subtype": "interrupt"}})


def _answer(request: str, response: dict[str, Any]) -> bytes:
    told = {"subtype": "success", "request_id": request, "response": response}
    return _line({"type": "control_response", "response": told})


def _line(told: dict[str, Any]) -> bytes:
    return msgspec.json.encode(told) + b"\n"
