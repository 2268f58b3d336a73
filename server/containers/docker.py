"""The Docker engine behind the port, through aiodocker: the one module that knows it.

aiodocker 0.27 never releases a streamed response, escapes nothing, waits for ever by default and reports a dead engine
as status 900. So every call goes through its request method here, with a timeout, and closes what it opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

import aiodocker
import aiohttp
import msgspec

from server.containers import engine_json, reasons, streams, translation
from server.containers.connector import connector
from server.containers.engine import (
    ContainerFacts,
    EngineError,
    EngineEvent,
    EngineForbids,
    EngineIdentity,
    EngineTimeout,
    Inspection,
    container_reference,
)
from server.containers.output import FramedLines, PlainLines
from server.errors import ReadOnly
from server.protocol.client import ActionOptions
from server.protocol.views import Action, LogLine

T = TypeVar("T")

CONNECT_S = 3.0
PING_S = 3.0
CALL_S = 10.0
# A start may wait for a volume or a network driver; a removal for a large layer.
ACTION_S = 120.0
# An engine that does not answer must not make us open a connection for everybody who asks.
SIMPLE_CALLS = 32


class _Info(msgspec.Struct):
    id: str = msgspec.field(name="ID", default="")


class _Version(msgspec.Struct):
    version: str = msgspec.field(name="Version", default="")


class _Refusal(msgspec.Struct):
    message: str


_list_decoder = msgspec.json.Decoder(list[engine_json.Listed])
_inspect_decoder = msgspec.json.Decoder(engine_json.Inspected)
_info_decoder = msgspec.json.Decoder(_Info)
_version_decoder = msgspec.json.Decoder(_Version)
_refusal_decoder = msgspec.json.Decoder(_Refusal)

_READS = frozenset({"GET", "HEAD"})
_METHODS: dict[Action, tuple[str, str]] = {
    "start": ("POST", "/start"),
    "stop": ("POST", "/stop"),
    "restart": ("POST", "/restart"),
    "pause": ("POST", "/pause"),
    "unpause": ("POST", "/unpause"),
    "kill": ("POST", "/kill"),
    "remove": ("DELETE", ""),
}


class DockerEngine:
    """A Docker engine at `unix:///path`, `http://host:port` or `https://host:port`; an `Engine`.

    To be made inside a running event loop. `certs` is a folder with ca.pem, cert.pem and key.pem for an https engine.
    `read_only`: no request but one that reads is ever sent, whatever is called.

    Raises:
        StartupError: the address or the certificates are not usable; the message says what is.
    """

    def __init__(self, address: str, *, certs: str = "", read_only: bool = False) -> None:
        self._address = address
        self._read_only = read_only
        self._connector = connector(address, certs)
        url = "http://localhost" if address.startswith("unix://") else address.rstrip("/")
        self._docker = aiodocker.Docker(url, connector=self._connector, timeout=aiohttp.ClientTimeout(total=CALL_S))
        self._free = asyncio.Semaphore(SIMPLE_CALLS)

    @property
    def address(self) -> str:
        return self._address

    async def close(self) -> None:
        await self._docker.close()
        # aiodocker leaves a connector alone that it was given.
        await self._connector.close()

    async def identify(self) -> EngineIdentity:
        # aiodocker asks for the version of the API once in its life; an engine may come back older than it went.
        self._docker.api_version = "auto"
        version = self._decode(_version_decoder, await self._call("GET", "version"))
        try:
            info = self._decode(_info_decoder, await self._call("GET", "info"))
        except EngineForbids:
            # Proxies in front of the socket often allow everything but this.
            info = _Info()
        return EngineIdentity(info.id or self._address, version.version)

    async def ping(self) -> None:
        await self._call("GET", "_ping", within_s=PING_S)

    async def containers(self) -> list[ContainerFacts]:
        entries = self._decode(_list_decoder, await self._call("GET", "containers/json", {"all": "1"}))
        return [translation.from_list(entry) for entry in entries]

    async def inspect(self, container: str) -> Inspection:
        path = f"containers/{container_reference(container)}/json"
        return translation.from_inspect(self._decode(_inspect_decoder, await self._call("GET", path)))

    async def act(self, container: str, action: Action, options: ActionOptions, *, grace_s: int) -> bool:
        method, suffix = _METHODS[action]
        path = f"containers/{container_reference(container)}{suffix}"
        params: dict[str, str] = {}
        if action in ("stop", "restart") and options.grace_s is not None:
            params["t"] = str(options.grace_s)
        if action == "kill" and options.signal is not None:
            params["signal"] = options.signal
        if action == "remove":
            params = {"force": "1"} if options.force else {}
            params |= {"v": "1"} if options.volumes else {}
        # The engine spends the grace and then as much again as the container takes to be torn down.
        waits = grace_s if action in ("stop", "restart") else 0
        try:
            status, _ = await self._fetch(method, path, params, ACTION_S + waits)
        except TimeoutError:
            raise EngineTimeout("The engine took the order and has not answered yet; it may be busy.") from None
        return status != 304

    @asynccontextmanager
    async def events(self, since_ns: int | None = None) -> AsyncIterator[AsyncIterator[EngineEvent]]:
        filters = msgspec.json.encode({"type": ["container"], "event": translation.CHANGES}).decode()
        params = {"filters": filters}
        if since_ns is not None:
            params["since"] = _unix_time(since_ns)
        async with self.stream("events", params) as chunks, aclosing(streams.events(chunks)) as events:
            yield events

    @asynccontextmanager
    async def logs(
        self, container: str, *, tail: int | None, since_ns: int | None, follow: bool
    ) -> AsyncIterator[AsyncIterator[list[LogLine]]]:
        cutter = PlainLines() if (await self.inspect(container)).facts.tty else FramedLines()
        params = {"stdout": "1", "stderr": "1", "timestamps": "1", "follow": "1" if follow else "0"}
        params["tail"] = "all" if tail is None else str(tail)
        if since_ns is not None:
            params["since"] = _unix_time(since_ns)
        path = f"containers/{container_reference(container)}/logs"
        async with self.stream(path, params) as chunks, aclosing(streams.lines(chunks, cutter)) as lines:
            yield lines

    @asynccontextmanager
    async def stream(self, path: str, params: dict[str, str]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open an answer that may have no end. Its connection is closed when the context is left, however that is."""
        endless = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=None)
        try:
            async with asyncio.timeout(CALL_S):
                response = await self._open("GET", path, params, endless)
        except TimeoutError:
            raise _late(CALL_S) from None
        try:
            async with aclosing(self._chunks(response)) as chunks:
                yield chunks
        finally:
            response.close()

    async def _chunks(self, response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
        try:
            async for chunk in response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, OSError) as error:
            raise reasons.unreachable(self._address, error) from error

    async def _call(
        self, method: str, path: str, params: dict[str, str] | None = None, *, within_s: float = CALL_S
    ) -> bytes:
        """Send one quick request and return the body of its answer."""
        try:
            async with asyncio.timeout(within_s), self._free:
                return (await self._fetch(method, path, params, within_s))[1]
        except TimeoutError:
            raise _late(within_s) from None

    async def _fetch(self, method: str, path: str, params: dict[str, str] | None, within_s: float) -> tuple[int, bytes]:
        """Send one request and return the status and the body of its answer."""
        total = aiohttp.ClientTimeout(total=within_s, sock_connect=CONNECT_S)
        response = await self._open(method, path, params, total)
        try:
            return response.status, await response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise reasons.unreachable(self._address, error) from error
        finally:
            # An answer that was read to its end gave its connection back; no other may linger.
            response.close()

    async def _open(
        self,
        method: str,
        path: str,
        params: dict[str, str] | None,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109
    ) -> aiohttp.ClientResponse:
        """Send one request and return its answer, unread: the caller closes it. Raises TimeoutError too."""
        # Here, where everything passes: who comes later cannot forget to ask.
        if self._read_only and method not in _READS:
            raise ReadOnly("Nothing is sent to the engine that may change it: PILOTHOUSE_READ_ONLY=1.")
        try:
            # Its public methods either hide the response or never close it; setup.cfg pins 0.27 for this line.
            return await self._docker._do_query(  # noqa: SLF001
                path, method, params=params, timeout=timeout, versioned_api=path != "_ping"
            )
        except aiodocker.DockerError as error:
            # 900 stands for no answer at all; what happened is its context.
            if error.status == 900:
                raise reasons.unreachable(self._address, error.__context__) from error
            raise reasons.refusal(error.status, _text(error.message), f"{method} /{path}") from error
        except TimeoutError:
            raise
        except (aiohttp.ClientError, OSError) as error:
            raise reasons.unreachable(self._address, error) from error
        except (KeyError, TypeError, ValueError) as error:
            # aiodocker takes any answer for the engine's.
            raise EngineError(f"What answers at {self._address} is no Docker engine.") from error

    def _decode(self, decoder: msgspec.json.Decoder[T], body: bytes) -> T:
        try:
            return decoder.decode(body)
        except msgspec.DecodeError as error:
            raise EngineError(
                f"The engine at {self._address} gave an answer that is not understood: {error}."
            ) from error


def _text(message: object) -> str:
    """Return the words of a refusal; an answer with a charset in its type comes as raw JSON."""
    text = str(message)
    try:
        return _refusal_decoder.decode(text).message
    except msgspec.DecodeError:
        return text


def _late(after_s: float) -> EngineTimeout:
    return EngineTimeout(f"The engine did not answer within {after_s:g} s; it may be busy.")


def _unix_time(at_ns: int) -> str:
    return f"{at_ns // 10**9}.{at_ns % 10**9:09d}"
