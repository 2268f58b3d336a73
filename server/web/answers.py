"""Responses as the API gives them."""

from __future__ import annotations

import hashlib

from aiohttp import web

from server.protocol import codec

JSON = "application/json"
NO_STORE = {"Cache-Control": "no-store"}


def json(value: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """`value` as JSON that no cache keeps."""
    return raw_json(codec.encode(value), status=status, headers=headers)


def raw_json(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON that is encoded already."""
    return web.Response(status=status, body=body, content_type=JSON, headers=NO_STORE | (headers or {}))


class Snapshot:
    """Answers with bytes that many ask for between two changes; the ETag is computed once for each of them."""

    def __init__(self) -> None:
        self._body = b""
        self._etag = ""

    def answer(self, request: web.Request, body: bytes) -> web.Response:
        """`body` as JSON, or 304 where the client has it."""
        if body is not self._body:
            self._body, self._etag = body, etag(body)
        headers = {"Cache-Control": "no-cache", "ETag": self._etag}
        if has(request, self._etag):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=JSON, headers=headers)


def etag(body: bytes) -> str:
    """A strong validator (RFC 9110, section 8.8.3) of exactly these bytes."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def has(request: web.Request, tag: str) -> bool:
    """Whether `If-None-Match` names `tag`. The comparison is the weak one: a proxy that compressed marked it `W/`."""
    given = request.headers.get("If-None-Match")
    if given is None:
        return False
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in given.split(","))
