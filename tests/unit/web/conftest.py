"""The doors over fakes and the in-memory log, served on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from server.config import Config
from server.eventlog.audit import Audit
from server.eventlog.log import NewEvent, StoredEvent
from server.eventlog.memory import MemoryLog
from server.protocol.rest import PartHealth
from server.realtime.hub import Hub
from server.realtime.limits import Limits
from server.web import keys, routes, socket
from server.web.commands import Commands
from server.web.health import Health, Part
from tests.fakes.clock import FakeClock
from tests.fakes.gate import OpenGate
from tests.fakes.services import FakeActions, FakeContainers, FakeMetrics, FakeTalk

POOL = 3
ORIGIN = "https://ops.example.net"
SCRIPT = b"console.log(1);" * 200


class Parts:
    """What each part says of its health."""

    def __init__(self) -> None:
        self.log = PartHealth(state="ok")
        self.engine = PartHealth(state="ok")

    async def look_at_log(self) -> PartHealth:
        return self.log

    async def look_at_engine(self) -> PartHealth:
        return self.engine


@dataclass
class World:
    """A running server, what stands behind it, and a client at its door."""

    client: TestClient[web.Request, web.Application]
    clock: FakeClock
    log: MemoryLog
    hub: Hub
    gate: OpenGate
    containers: FakeContainers
    actions: FakeActions
    metrics: FakeMetrics
    parts: Parts
    talk: FakeTalk

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self.client.get(path, headers=_headers(headers))

    async def post(self, path: str, body: bytes | str | None = None, **headers: str) -> ClientResponse:
        return await self.client.post(
            path, data=body, headers={"Content-Type": "application/json", **_headers(headers)}
        )

    async def publish(self, count: int, channel: str = "system") -> list[StoredEvent]:
        stored = []
        for _ in range(count):
            stored += await self.log.append([NewEvent(type="server.started", channel=channel, data={"version": "1"})])
        return stored

    @property
    def stays(self) -> int:
        return len(self.client.app[keys.STAYS])


def _headers(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


async def code_of(response: ClientResponse) -> str:
    """The code of an error, whose form is checked on the way."""
    assert response.content_type == "application/json"
    body = await response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "request_id"}
    assert body["error"]["request_id"] == response.headers["X-Request-ID"]
    assert body["error"]["message"]
    code = body["error"]["code"]
    assert isinstance(code, str)
    return code


async def until(condition: Callable[[], bool]) -> None:
    """Let the server work until `condition` holds; the test's own time limit ends it."""
    while not condition():
        await asyncio.sleep(0)


@pytest.fixture
def interface(tmp_path: Path) -> Path:
    """A build of the interface as Vite leaves it."""
    manifest = {
        "src/main.tsx": {
            "file": "main-AAAA.js",
            "isEntry": True,
            "imports": ["_shared.js"],
            "css": ["main-BBBB.css"],
            "assets": ["favicon-CCCC.svg"],
        },
        "_shared.js": {"file": "shared-DDDD.js", "css": ["shared-EEEE.css"]},
        "src/icons/favicon.svg": {"file": "favicon-CCCC.svg"},
    }
    files = {
        ".vite/manifest.json": json.dumps(manifest).encode(),
        "main-AAAA.js": SCRIPT,
        "main-AAAA.js.br": b"brotli",
        "main-AAAA.js.gz": b"gzip",
        "main-BBBB.css": b"body{}",
        "shared-DDDD.js": b"export{}",
        "shared-EEEE.css": b"p{}",
        "favicon-CCCC.svg": b"<svg/>",
        "robots.txt": b"User-agent: *",
    }
    for name, content in files.items():
        path = tmp_path / "interface" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "interface"


@pytest.fixture
def config() -> Config:
    return Config(auth="off", origins=(ORIGIN,), pool=3, heartbeat_s=0.2, stall_s=0.2)


Routes = Callable[[web.Application], None]


@pytest.fixture
def more_routes() -> Routes:
    """Further routes of a test; overridden where one is needed."""
    return lambda app: None


@pytest.fixture
async def world(config: Config, interface: Path, more_routes: Routes) -> AsyncIterator[World]:
    clock, gate, parts = FakeClock(), OpenGate(), Parts()
    log = MemoryLog(clock=clock, epoch="e1")
    hub = Hub(log, clock=clock, limits=Limits(pool=POOL), gate=gate)
    await hub.start()
    containers, actions, metrics, talk = FakeContainers(), FakeActions(), FakeMetrics(), FakeTalk()
    app = web.Application(client_max_size=4096)
    app[keys.CONFIG] = config
    app[keys.CLOCK] = clock
    app[keys.LOG] = log
    app[keys.HUB] = hub
    app[keys.GATE] = gate
    app[keys.AUDIT] = Audit(MemoryLog(clock=clock))
    app[keys.CONTAINERS] = containers
    app[keys.ACTIONS] = actions
    app[keys.METRICS] = metrics
    parts_of_health = {"log": Part(parts.look_at_log, essential=True), "engine": Part(parts.look_at_engine)}
    app[keys.HEALTH] = Health(parts_of_health, clock=clock)
    more_routes(app)
    app[keys.COMMANDS] = Commands(actions, talk, clock)
    routes.setup(app, socket.handle, interface=interface)
    client = TestClient(TestServer(app))
    await client.start_server()
    yield World(client, clock, log, hub, gate, containers, actions, metrics, parts, talk)
    await client.close()
