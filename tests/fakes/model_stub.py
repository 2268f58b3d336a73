"""A language model's endpoint on loopback: real HTTP, both APIs, streamed or not, and every way to go wrong."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes.model_wire import (
    Chunk,
    Cut,
    End,
    Part,
    Text,
    Wait,
    anthropic_stream,
    anthropic_whole,
    openai_stream,
    openai_whole,
)


@dataclass(frozen=True)
class Asked:
    """A request as it came. `headers` have lower-case names, `body` is None where it was no JSON."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    body: dict[str, Any] | None

    def everything(self) -> str:
        """All of it as one text, to look for what must not have left."""
        return f"{self.method} {self.path}\n{self.headers}\n{self.raw.decode(errors='replace')}"


@dataclass(frozen=True)
class Answer:
    """What the model says and calls. `stop`: end_turn, tool_use, max_tokens or refusal where it does not follow."""

    parts: Sequence[Part]
    stop: str | None = None


@dataclass(frozen=True)
class Refuse:
    """An error instead of an answer, in the shape of the API that was asked."""

    status: int
    message: str = "no"
    kind: str = "api_error"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Garbage:
    """A body that is neither API's."""

    body: bytes = b"<html>It works!</html>"
    content_type: str = "text/html"
    status: int = 200


@dataclass(frozen=True)
class Silence:
    """The request is taken and never answered."""


Scripted = Answer | Refuse | Garbage | Silence


def say(*texts: str) -> Answer:
    return Answer([Text(text) for text in texts])


class ModelStub:
    """Answers as `script` says, one after another, and then with `otherwise`; `choose`, where it is set, decides alone.

    `asked`: the requests of either API's answer route. `also`: all others (token counts, models, unknown paths).
    `arrived` is set at each request and never cleared by the stub. `hung_up`: clients that left before the end.
    `streams`: answers that are on the wire now."""

    def __init__(self) -> None:
        self.script: list[Scripted] = []
        self.otherwise: Scripted = say("I have nothing more to say.")
        self.choose: Callable[[Asked], Scripted] | None = None
        self.asked: list[Asked] = []
        self.also: list[Asked] = []
        self.arrived = asyncio.Event()
        self.left = asyncio.Event()
        self.hung_up = 0
        self.streams = 0
        self.url = ""
        self._ids = itertools.count(1)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ModelStub]:
        """Listen on loopback. OpenAI's base address is `url` + "/v1", Anthropic's is `url`."""
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/chat/completions", self._openai)
        app.router.add_post("/v1/messages", self._anthropic)
        app.router.add_post("/v1/messages/count_tokens", self._count)
        app.router.add_route("*", "/{path:.*}", self._other)
        server = TestServer(app, host="127.0.0.1")
        await server.start_server()
        self.url = str(server.make_url("")).rstrip("/")
        try:
            yield self
        finally:
            await server.close()

    def bodies(self) -> list[dict[str, Any]]:
        return [asked.body or {} for asked in self.asked]

    async def _openai(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, openai_stream, openai_whole, _openai_error)

    async def _anthropic(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, anthropic_stream, anthropic_whole, _anthropic_error)

    async def _count(self, request: web.Request) -> web.Response:
        self.also.append(await _read(request))
        return web.json_response({"input_tokens": 100})

    async def _other(self, request: web.Request) -> web.Response:
        self.also.append(await _read(request))
        return web.json_response({"type": "error", "error": {"type": "not_found_error", "message": "?"}}, status=404)

    async def _answer(
        self,
        request: web.Request,
        stream: Callable[[str, str, Sequence[Part], str | None], Iterable[Chunk]],
        whole: Callable[[str, str, Sequence[Part], str | None], dict[str, Any]],
        error: Callable[[Refuse], dict[str, Any]],
    ) -> web.StreamResponse:
        asked = await _read(request)
        self.asked.append(asked)
        self.arrived.set()
        body = asked.body or {}
        scripted = self._next(asked)
        match scripted:
            case Silence():
                return await self._silence()
            case Garbage():
                return web.Response(body=scripted.body, status=scripted.status, content_type=scripted.content_type)
            case Refuse():
                return web.json_response(error(scripted), status=scripted.status, headers=scripted.headers)
        answer, model = f"stub{next(self._ids)}", str(body.get("model", ""))
        if not body.get("stream"):
            return web.json_response(whole(answer, model, scripted.parts, scripted.stop))
        return await self._stream(request, stream(answer, model, scripted.parts, scripted.stop))

    def _next(self, asked: Asked) -> Scripted:
        if self.choose is not None:
            return self.choose(asked)
        return self.script.pop(0) if self.script else self.otherwise

    async def _silence(self) -> web.Response:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self._gone()
            raise
        return web.Response()

    async def _stream(self, request: web.Request, chunks: Iterable[Chunk]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        self.streams += 1
        try:
            for chunk in chunks:
                if isinstance(chunk, Cut):
                    if request.transport is not None:
                        request.transport.abort()
                    return response
                if isinstance(chunk, End):
                    break
                if isinstance(chunk, Wait):
                    await chunk.until.wait()
                else:
                    await response.write(chunk.encode())
            await response.write_eof()
        except (asyncio.CancelledError, ConnectionError):
            self._gone()
            raise
        finally:
            self.streams -= 1
        return response

    def _gone(self) -> None:
        self.hung_up += 1
        self.left.set()


async def _read(request: web.Request) -> Asked:
    raw = await request.read()
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = None
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Asked(request.method, request.path, headers, raw, body if isinstance(body, dict) else None)


def _openai_error(refuse: Refuse) -> dict[str, Any]:
    return {"error": {"message": refuse.message, "type": refuse.kind, "param": None, "code": None}}


def _anthropic_error(refuse: Refuse) -> dict[str, Any]:
    return {"type": "error", "error": {"type": refuse.kind, "message": refuse.message}, "request_id": "req_stub"}
