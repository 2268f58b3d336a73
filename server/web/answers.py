"""Responses as the API gives them."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from functools import lru_cache

from aiohttp import web

from server.protocol import codec

JSON = "application/json"
NO_STORE = {"Cache-Control": "no-store"}
# Below this, one packet carries the answer either way.
MIN_COMPRESSED_B = 1024
ENCODINGS = ("br", "gzip")
# People who may see different containers have different lists.
SNAPSHOTS = 8


def json(value: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """`value` as JSON that no cache keeps."""
    return raw_json(codec.encode(value), status=status, headers=headers)


def raw_json(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON that is encoded already."""
    return web.Response(status=status, body=body, content_type=JSON, headers=NO_STORE | (headers or {}))


class _Made:
    """What was made of one body."""

    __slots__ = ("body", "compressed", "etag")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.etag = etag(body)
        self.compressed: asyncio.Future[bytes] | None = None


class Snapshot:
    """Answers with bytes that many ask for between two changes: their ETag and their compressed form are made once, as
    long as they are the same object."""

    def __init__(self) -> None:
        self._made: dict[int, _Made] = {}

    async def answer(self, request: web.Request, body: bytes) -> web.Response:
        """`body` as JSON, compressed where the client takes that, or 304 where it has it."""
        made = self._of(body)
        zips = len(body) >= MIN_COMPRESSED_B and takes_gzip(request)
        # Private: what one person may see is not for a cache that others use as well.
        headers = {"Cache-Control": "private, no-cache", "ETag": weak(made.etag) if zips else made.etag}
        if len(body) >= MIN_COMPRESSED_B:
            headers["Vary"] = "Accept-Encoding"
        if has(request, made.etag):
            return web.Response(status=304, headers=headers)
        if zips:
            if made.compressed is None:
                made.compressed = asyncio.get_running_loop().run_in_executor(None, compress, body)
            headers["Content-Encoding"] = "gzip"
            # Shielded: others wait for the same bytes when this client goes away.
            body = await asyncio.shield(made.compressed)
        return web.Response(body=body, content_type=JSON, headers=headers)

    def _of(self, body: bytes) -> _Made:
        made = self._made.get(id(body))
        if made is None or made.body is not body:
            if len(self._made) >= SNAPSHOTS:
                del self._made[next(iter(self._made))]
            made = self._made[id(body)] = _Made(body)
        return made


def compress(body: bytes) -> bytes:
    """`body` in gzip. Lists and events shrink to a tenth; higher levels gain little for twice the time."""
    return gzip.compress(body, compresslevel=5, mtime=0)


def takes_gzip(request: web.Request) -> bool:
    """Whether the client takes an answer in gzip."""
    given = request.headers.get("Accept-Encoding")
    return given is not None and "gzip" in accepted(given)


def etag(body: bytes) -> str:
    """A strong validator (RFC 9110, section 8.8.3) of exactly these bytes."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def weak(tag: str) -> str:
    """`tag` for bytes that mean the same without being the same."""
    return tag if tag.startswith("W/") else f"W/{tag}"


def has(request: web.Request, tag: str) -> bool:
    """Whether `If-None-Match` names `tag`. The comparison is the weak one: what was compressed on the way is marked
    `W/`."""
    given = request.headers.get("If-None-Match")
    if given is None:
        return False
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in given.split(","))


@lru_cache(maxsize=64)
def accepted(header: str) -> frozenset[str]:
    """The encodings of ours that an `Accept-Encoding` takes. There are a dozen such headers in the world."""
    taken: set[str] = set()
    refused: set[str] = set()
    for item in header.split(","):
        coding, _, parameters = item.partition(";")
        weight = parameters.replace(" ", "")
        (refused if weight in ("q=0", "q=0.0", "q=0.00", "q=0.000") else taken).add(coding.strip().lower())
    if "*" in taken:
        taken.update(encoding for encoding in ENCODINGS if encoding not in refused)
    return frozenset(taken)
