"""The adapter against a server that is no good engine: everything that may answer at an engine's address."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol, get_args

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from server.containers import docker as docker_module
from server.containers.docker import DockerEngine
from server.containers.engine import (
    ContainerNotFound,
    Engine,
    EngineError,
    EngineForbids,
    EngineTimeout,
    EngineUnreachable,
)
from server.errors import ReadOnly, StartupError
from server.protocol.client import ActionOptions
from server.protocol.views import Action

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Connect(Protocol):
    """Makes an adapter whose engine is one handler for every path."""

    async def __call__(self, handler: Handler, *, read_only: bool = False) -> DockerEngine: ...


VERSION = {"Version": "99.0", "ApiVersion": "1.50"}
INFO = {"ID": "ENGINE"}


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    opened: list[tuple[TestServer, DockerEngine]] = []

    async def connect(handler: Handler, *, read_only: bool = False) -> DockerEngine:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        server = TestServer(app)
        await server.start_server()
        adapter = DockerEngine(f"http://127.0.0.1:{server.port}", read_only=read_only)
        opened.append((server, adapter))
        return adapter

    yield connect
    for server, adapter in opened:
        await adapter.close()
        await server.close()


def answers(**bodies: web.Response | object) -> Handler:
    """A handler that knows the version and answers the last part of a path with these bodies."""

    async def handle(request: web.Request) -> web.StreamResponse:
        known = {"version": VERSION, "info": INFO} | bodies
        body = known[request.path.rpartition("/")[2]]
        return fresh(body) if isinstance(body, web.Response) else web.json_response(body)

    return handle


def fresh(body: web.Response) -> web.Response:
    """`body` once more: a response can be sent once only."""
    return web.Response(body=body.body, status=body.status, headers={"Content-Type": body.headers["Content-Type"]})


async def test_an_engine_behind_a_proxy_that_hides_its_id_is_told_by_its_address(connect: Connect) -> None:
    engine = await connect(answers(info=web.Response(status=403, text="<h1>403 Forbidden</h1>")))
    assert (await engine.identify()).id == engine.address


async def test_a_call_that_a_proxy_forbids_is_named(connect: Connect) -> None:
    engine = await connect(answers(json=web.Response(status=403, text="<h1>403 Forbidden</h1>")))
    with pytest.raises(EngineForbids, match="GET /containers/json"):
        await engine.containers()


async def test_the_version_of_the_api_is_agreed_on_anew_at_every_identification(connect: Connect) -> None:
    paths: list[str] = []
    versions = ["1.50", "1.50", "1.41"]

    async def handle(request: web.Request) -> web.StreamResponse:
        paths.append(request.path)
        if request.path == "/version":
            return web.json_response(
                {"Version": "9", "ApiVersion": versions[0] if len(versions) == 1 else versions.pop(0)}
            )
        return web.json_response(INFO if request.path.endswith("info") else {"Version": "9"})

    engine = await connect(handle)
    await engine.identify()
    await engine.identify()
    await engine.identify()
    assert [path for path in paths if path.endswith("info")] == ["/v1.50/info", "/v1.50/info", "/v1.41/info"]


@pytest.mark.parametrize(
    "body",
    [
        web.json_response({"hello": "world"}),
        web.json_response([1]),
        web.Response(text="<html>", content_type="text/html"),
        web.Response(text="{", content_type="application/json"),
        web.json_response({"error": "no message"}, status=404),
        web.Response(text="{", content_type="application/json", status=500),
    ],
    ids=["other JSON", "a list", "HTML", "broken JSON", "another API's error", "a broken error"],
)
async def test_what_is_no_engine_is_said_to_be_none(connect: Connect, body: web.Response) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        return fresh(body)

    engine = await connect(handle)
    with pytest.raises(EngineError, match=r"is no Docker engine|The engine says"):
        await engine.identify()


async def test_an_answer_that_is_not_understood_is_an_error_of_the_engine(connect: Connect) -> None:
    engine = await connect(answers(json={"not": "a list"}))
    with pytest.raises(EngineError, match="not understood"):
        await engine.containers()


async def test_an_error_with_a_charset_is_understood(connect: Connect) -> None:
    body = web.Response(status=404, body=b'{"message":"No such container: web"}')
    body.headers["Content-Type"] = "application/json; charset=utf-8"
    engine = await connect(answers(json=body))
    with pytest.raises(ContainerNotFound):
        await engine.inspect("web")


async def test_an_engine_that_does_not_answer_is_not_waited_for(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker_module, "PING_S", 0.05)

    async def handle(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    engine = await connect(handle)
    with pytest.raises(EngineTimeout, match="did not answer"):
        await asyncio.wait_for(engine.ping(), 5)


async def test_a_stream_that_does_not_begin_is_not_waited_for(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker_module, "CALL_S", 0.05)

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.path == "/version":
            return web.json_response(VERSION)
        await asyncio.Event().wait()
        return web.Response()

    engine = await connect(handle)
    with pytest.raises(EngineTimeout):
        async with engine.events():
            pass


async def test_a_stream_that_breaks_off_says_that_the_engine_is_gone(connect: Connect) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        if request.path == "/version":
            return web.json_response(VERSION)
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"Type":"network"}\n')
        assert request.transport is not None
        request.transport.abort()
        return response

    engine = await connect(handle)
    async with engine.events() as events:
        with pytest.raises(EngineUnreachable):
            await anext(events)


async def test_a_line_that_is_no_event_is_passed_over(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        if request.path == "/version":
            return web.json_response(VERSION)
        event = b'{"Type":"container","Action":"start","Actor":{"ID":"abc"},"timeNano":5}\n'
        return web.Response(body=b"\n{broken\n" + b"x" * 2_000_000 + b"\n" + event)

    engine = await connect(handle)
    async with engine.events() as events:
        assert [(event.change, event.id) async for event in events] == [("start", "abc")]
    assert "not understood" in caplog.text


async def test_nothing_stays_open_after_an_error(connect: Connect) -> None:
    engine = await connect(answers(json=web.Response(status=500, text="broken")))
    for _ in range(50):
        with pytest.raises(EngineError):
            await engine.containers()
    await engine.close()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("tcp://127.0.0.1:2375", "Write http:// without TLS and https:// with it"),
        ("unix://docker.sock", "unix:///path"),
        ("/var/run/docker.sock", "unix:///path"),
        ("", "unix:///path"),
    ],
)
async def test_an_address_that_is_none_stops_the_start_and_says_what_is_allowed(address: str, says: str) -> None:
    with pytest.raises(StartupError, match="PILOTHOUSE_ENGINE") as refused:
        DockerEngine(address)
    assert says in refused.value.message


async def test_certificates_that_cannot_be_read_stop_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="PILOTHOUSE_ENGINE_CERTS"):
        DockerEngine("https://127.0.0.1:2376", certs=str(tmp_path))


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ca.pem and a certificate for 127.0.0.1 that serves both sides."""
    folder = tmp_path_factory.mktemp("certs")
    new = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test"
    command = [*new.split(), "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl makes the certificates of this test: apt-get install openssl")
    (folder / "ca.pem").write_bytes((folder / "cert.pem").read_bytes())
    return folder


async def test_an_engine_behind_tls_is_shown_the_clients_certificate(certs: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certs / "ca.pem"))
    context.load_cert_chain(certs / "cert.pem", certs / "key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answers())
    server = TestServer(app, scheme="https")
    await server.start_server(ssl=context)
    engine = DockerEngine(f"https://127.0.0.1:{server.port}", certs=str(certs))
    identity = await engine.identify()
    await engine.close()
    await server.close()
    assert (identity.id, identity.version) == ("ENGINE", "99.0")


class Recorder:
    """An engine that takes every request and notes its method."""

    def __init__(self) -> None:
        self.methods: list[str] = []

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.methods.append(request.method)
        return web.json_response(VERSION)


async def call_everything(adapter: DockerEngine) -> list[str]:
    """Call every method that an engine has, whatever it answers; return their names."""

    async def acts() -> None:
        for action in get_args(Action):
            for options in (ActionOptions(), ActionOptions(grace_s=1, signal="HUP", force=True, volumes=True)):
                with pytest.raises(ReadOnly):
                    await adapter.act("web", action, options, grace_s=1)

    async def events() -> None:
        async with adapter.events(1) as found:
            assert [event async for event in found] == []

    async def logs() -> None:
        async with adapter.logs("web", tail=1, since_ns=1, follow=True):
            pass

    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "identify": adapter.identify,
        "ping": adapter.ping,
        "containers": adapter.containers,
        "inspect": lambda: adapter.inspect("web"),
        "events": events,
        "act": acts,
        "logs": logs,
    }
    for call in calls.values():
        # An answer that is none to this question; what counts is what was sent.
        with contextlib.suppress(EngineError):
            await call()
    return list(calls)


async def test_read_only_nothing_is_ever_sent_but_what_reads(connect: Connect) -> None:
    engine = Recorder()
    called = await call_everything(await connect(engine.take, read_only=True))
    public = {name for name in vars(Engine) if not name.startswith("_")} - {"address", "close"}
    assert set(called) == public
    assert len(engine.methods) >= len(called) - 1
    assert set(engine.methods) <= {"GET", "HEAD"}


async def test_read_only_whatever_is_added_to_the_adapter_cannot_write_either(connect: Connect) -> None:
    engine = Recorder()
    adapter = await connect(engine.take, read_only=True)
    for method in ("POST", "PUT", "DELETE", "PATCH", "post", "CONNECT"):
        with pytest.raises(ReadOnly):
            await adapter._call(method, "containers/web/exec")  # noqa: SLF001
    assert engine.methods == []


async def test_otherwise_actions_are_sent(connect: Connect) -> None:
    engine = Recorder()
    adapter = await connect(engine.take)
    await adapter.act("web", "stop", ActionOptions(), grace_s=1)
    assert engine.methods[-1] == "POST"
