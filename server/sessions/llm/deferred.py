"""What a run needs to go on after a restart, as JSON: the messages so far, of which the last asks for tools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from pydantic import ValidationError
from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelResponse
from pydantic_core import PydanticSerializationError

from server.sessions.runner import RunFailed

VERSION = 1


@dataclass(frozen=True)
class Deferred:
    """`cost_usd`: what the run has cost so far, None where that is not known."""

    messages: list[ModelMessage]
    cost_usd: float | None


class _Kept(msgspec.Struct):
    version: int
    messages: msgspec.Raw
    cost_usd: float | None = None


def encode(messages: Sequence[ModelMessage], cost_usd: float | None) -> bytes:
    """Return `messages` and the cost as JSON, with the ids of the tool calls as they are.

    Raises:
        RunFailed: they hold half a character, which some endpoints send: no JSON has room for that.
    """
    try:
        dumped = ModelMessagesTypeAdapter.dump_json(list(messages))
    except PydanticSerializationError:
        raise RunFailed("The model wrote what is no text. Send the message again, or choose another model.") from None
    return msgspec.json.encode(_Kept(VERSION, msgspec.Raw(dumped), cost_usd))


def decode(kept: bytes) -> Deferred:
    """Return what `encode` was given.

    Raises:
        RunFailed: it was kept by another version of the server.
    """
    try:
        read = msgspec.json.decode(kept, type=_Kept)
        messages = ModelMessagesTypeAdapter.validate_json(bytes(read.messages))
    except (msgspec.MsgspecError, ValidationError):
        raise _unreadable() from None
    if read.version != VERSION or not messages or not isinstance(messages[-1], ModelResponse):
        raise _unreadable()
    return Deferred(messages, read.cost_usd)


def _unreadable() -> RunFailed:
    return RunFailed("What this answer was at before the restart cannot be read any more. Send the message again.")
