"""Reading what a request says: its body, its key, its query. What does not fit is named in the error."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec
from aiohttp import web

from server.errors import AppError, InvalidRequest
from server.ids import is_ulid, new_id
from server.protocol.codec import MalformedJson

T = TypeVar("T")
IDEMPOTENCY_KEY = "Idempotency-Key"
# A body is at most 64 KiB: who needs longer for it means to hold the connection.
BODY_S = 15.0
MAX_SEQ = 2**53 - 1
"""The largest integer that a JavaScript number holds exactly."""


class UnsupportedMedia(AppError):
    code = "unsupported_media_type"
    status = 415


class RequestTimeout(AppError):
    """The body did not arrive in time."""

    code = "request_timeout"
    status = 408
    temporary = True


async def body(request: web.Request, decoder: msgspec.json.Decoder[T], *, within_s: float = BODY_S) -> T:
    """The body as `decoder` reads it; an absent one counts as `{}`.

    Raises:
        UnsupportedMedia: it is not declared as JSON. A form of another site could send it without being asked.
        MalformedJson: it is not JSON.
        InvalidRequest: a field is missing, unknown or of the wrong kind; the message names it.
        RequestTimeout: it did not arrive within `within_s`.
        HTTPRequestEntityTooLarge: it is larger than the application's `client_max_size`.
    """
    try:
        async with asyncio.timeout(within_s):
            data = await request.read()
    except TimeoutError:
        raise RequestTimeout(f"The body did not arrive within {within_s:g} s. Send the request again.") from None
    if data and request.content_type != "application/json":
        raise UnsupportedMedia("The body is JSON: send it with Content-Type: application/json.")
    try:
        return decoder.decode(data or b"{}")
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"The body does not fit: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedJson("The body is one JSON object in UTF-8.") from None


def idempotency_key(request: web.Request) -> str:
    """The ULID that makes a resend safe; a new one where the client does not care.

    Raises:
        InvalidRequest: it is no ULID.
    """
    keys = request.headers.getall(IDEMPOTENCY_KEY, [])
    if not keys:
        return new_id()
    if len(keys) > 1 or not is_ulid(keys[0]):
        raise InvalidRequest(f"{IDEMPOTENCY_KEY} is one ULID, as in 01JD3KQ5T8ZX6V0W3E9R2M7C4B.")
    return keys[0]


@dataclass(frozen=True, kw_only=True)
class Parameter(Generic[T]):
    """One query parameter: what it means, its bounds, and what it is when it is absent."""

    name: str
    help: str
    default: T

    def read(self, request: web.Request) -> T:
        """Its value.

        Raises:
            InvalidRequest: it is given twice, or not as it has to be; the message names it.
        """
        given = request.query.getall(self.name, [])
        if not given:
            return self.default
        if len(given) > 1:
            raise InvalidRequest(f"`{self.name}` is given more than once.")
        return self.parse(given[0])

    def parse(self, text: str) -> T:
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Integer(Parameter[int]):
    least: int
    most: int

    def parse(self, text: str) -> int:
        return _integer(self.name, text, self.least, self.most)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most, "default": self.default}


@dataclass(frozen=True, kw_only=True)
class Seq(Parameter[int | None]):
    """A position in the order of events."""

    default: int | None = None

    def parse(self, text: str) -> int:
        return _integer(self.name, text, 0, MAX_SEQ)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": MAX_SEQ}


@dataclass(frozen=True, kw_only=True)
class Seconds(Parameter[float]):
    most: float

    def parse(self, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 <= value <= self.most:
            raise InvalidRequest(f"`{self.name}` is a time in seconds from 0 to {self.most:g}, not {text!r:.40}.")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": 0, "maximum": self.most, "default": self.default}


@dataclass(frozen=True, kw_only=True)
class Flag(Parameter[bool]):
    default: bool = False

    def parse(self, text: str) -> bool:
        if text in ("true", "1"):
            return True
        if text in ("false", "0"):
            return False
        raise InvalidRequest(f"`{self.name}` is true or false, not {text!r:.40}.")

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean", "default": self.default}


@dataclass(frozen=True, kw_only=True)
class Text(Parameter[str | None]):
    default: str | None = None
    longest: int = 64

    def parse(self, text: str) -> str:
        if not 0 < len(text) <= self.longest:
            raise InvalidRequest(f"`{self.name}` is a text of 1 to {self.longest} characters.")
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.longest}


@dataclass(frozen=True, kw_only=True)
class Words(Parameter[Sequence[str]]):
    """A parameter that may be repeated."""

    default: Sequence[str] = field(default=())
    most: int = 64

    def read(self, request: web.Request) -> Sequence[str]:
        given = list(dict.fromkeys(request.query.getall(self.name, [])))
        if len(given) > self.most:
            raise InvalidRequest(f"`{self.name}` is given more than {self.most} times.")
        return given

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}, "maxItems": self.most}


def _integer(name: str, text: str, least: int, most: int) -> int:
    # int() alone would also take '+1', '1_000', ' 1' and the digits of other scripts.
    if text.isascii() and text.isdigit() and len(text) <= 16 and least <= int(text) <= most:
        return int(text)
    raise InvalidRequest(f"`{name}` is a whole number from {least} to {most}, not {text!r:.40}.")


@dataclass(frozen=True, kw_only=True)
class Choice(Parameter[str | None]):
    """One of a few words."""

    default: str | None = None
    words: Sequence[str]

    def parse(self, text: str) -> str:
        if text not in self.words:
            raise InvalidRequest(f"`{self.name}` is one of {', '.join(self.words)}, not {text!r:.40}.")
        return text

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}
