"""Text to messages and back."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from server.clock import rfc3339
from server.errors import AppError, InvalidRequest
from server.protocol.client import AnyClientMessage

_decoder: msgspec.json.Decoder[AnyClientMessage] = msgspec.json.Decoder(AnyClientMessage)
_encoder = msgspec.json.Encoder()


class MalformedJson(AppError):
    code = "malformed_json"
    status = 400


class UnknownType(AppError):
    code = "unknown_type"
    status = 400


class UnknownAction(AppError):
    """Nothing that could be done to a container."""

    code = "unknown_action"
    status = 404


class _Head(msgspec.Struct):
    id: Any = None
    type: Any = None


_head_decoder = msgspec.json.Decoder(_Head)
_TYPES = frozenset(str(message.__struct_config__.tag) for message in get_args(AnyClientMessage))


def decode(text: str | bytes) -> AnyClientMessage:
    """Return the client message in `text`.

    Raises:
        MalformedJson: not JSON, or not an object.
        UnknownType: no such message type.
        UnknownAction: a command for a container that does not exist.
        InvalidRequest: a field is missing, unknown or of the wrong kind; the message names it.
    """
    try:
        return _decoder.decode(text)
    except msgspec.ValidationError as error:
        head = _head(text)
        if head is not None and isinstance(head.type, str) and head.type in _TYPES:
            kind = UnknownAction if _names_no_action(str(error)) else InvalidRequest
            raise kind(f"{head.type}: {error}.") from None
        if head is not None:
            known = ", ".join(sorted(_TYPES))
            raise UnknownType(f"There is no message type {head.type!r:.80}. Known are: {known}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    raise MalformedJson("A message is one JSON object in UTF-8.")


def message_id(text: str | bytes) -> str | None:
    """The `id` of a message that could not be decoded, if it has a usable one, so that its error can be matched."""
    head = _head(text)
    return head.id if head is not None and isinstance(head.id, str) and 0 < len(head.id) <= 64 else None


def _names_no_action(reason: str) -> bool:
    """Whether msgspec says that `data.action` is a text, and none of those that it may be."""
    return reason.startswith("Invalid enum value") and reason.endswith("`$.data.action`")


def _head(text: str | bytes) -> _Head | None:
    """What can be read of a message that is not right otherwise; None where it is no JSON object."""
    try:
        return _head_decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def encode(message: object) -> bytes:
    """Return `message` as JSON."""
    return _encoder.encode(message)


def missed_events(
    *, now_s: float, channels: list[str], from_: int, to: int, texts: list[bytes], has_more: bool
) -> bytes:
    """Return a `missed_events` message around events that are JSON already.

    Built by hand: stored text costs half a microsecond an event to send and a dozen times that to decode and encode.
    """
    head = _encoder.encode({"channels": channels, "from": from_, "to": to})
    return b"".join(
        (
            b'{"type":"missed_events","timestamp":"',
            rfc3339(now_s).encode(),
            b'","data":',
            head[:-1],
            b',"events":[',
            b",".join(texts),
            b'],"has_more":',
            b"true" if has_more else b"false",
            b"}}",
        )
    )


def skip(channel: str, seq: int, prev: int) -> bytes:
    """Return the `skip` that stands for an event which its receiver may not see."""
    return b'{"type":"skip","channel":%b,"seq":%d,"prev":%d}' % (_encoder.encode(channel), seq, prev)
