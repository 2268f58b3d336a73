"""The server itself speaks https: sockets, renewal, and the port that redirects."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, TCPConnector

from tests.fakes.certificates import Pair, make_pair, serial_of, trusting
from tests.process.client import joined
from tests.process.rest import eventually, get
from tests.process.server import ServerFailed, ServerProcess, serving

NO_ENGINE = "unix:///nonexistent/docker.sock"
PING = json.dumps({"type": "ping", "id": "x" * 60})
PINGS_AT_ONCE = 2000
# Well above what fills the kernel's buffers, those of TLS, the transport and an outbox.
MOST_MEMORY_B = 48 * 1024 * 1024


@pytest.fixture
def pair() -> Pair:
    return make_pair()


@pytest.fixture
def settings(tmp_path: Path, pair: Pair) -> dict[str, str]:
    cert, key = pair.write(tmp_path)
    return {"TLS_CERT": str(cert), "TLS_KEY": str(key), "COMMANDS_PER_S": "0", "STALL_S": "1"}


@pytest.fixture
async def server(tmp_path: Path, settings: dict[str, str]) -> AsyncIterator[ServerProcess]:
    async with serving(tmp_path, engine=NO_ENGINE, **settings) as server:
        yield server


@pytest.fixture
async def https(pair: Pair) -> AsyncIterator[ClientSession]:
    connector = TCPConnector(ssl=trusting(pair), force_close=True)
    async with ClientSession(connector=connector) as session:
        yield session


async def serial_served(server: ServerProcess, *trusted: Pair) -> int:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=trusting(*trusted))
    serial = serial_of(writer.get_extra_info("ssl_object"))
    writer.close()
    return serial


async def test_rest_and_sockets_work_over_tls(server: ServerProcess, https: ClientSession) -> None:
    assert server.url.startswith("https://")
    assert "epoch" in await get(https, f"{server.url}/ws")
    async with joined(https, server.url, channels="system,metrics") as client:
        await client.send({"type": "ping", "id": "alive"})
        await client.answer("pong", id="alive")
        await client.answer("metrics")


async def test_a_client_that_takes_nothing_is_cut_and_hurts_nobody(server: ServerProcess, https: ClientSession) -> None:
    before_b = server.memory_b
    async with joined(https, server.url) as other, https.ws_connect(f"{server.url}/ws") as greedy:

        async def ask_for_more() -> int:
            for _ in range(PINGS_AT_ONCE):
                await greedy.send_str(PING)
            return int((await get(https, f"{server.url}/ws"))["connections"])

        await eventually(ask_for_more, lambda connections: connections == 1)
        await other.send({"type": "ping", "id": "alive"})
        await other.answer("pong", id="alive")
        grown_b = server.memory_b - before_b
    assert grown_b < MOST_MEMORY_B


async def test_a_renewed_certificate_is_taken_up_and_open_sockets_stay(
    tmp_path: Path, server: ServerProcess, https: ClientSession, pair: Pair
) -> None:
    renewed = make_pair()
    async with joined(https, server.url) as client:
        (tmp_path / "cert.pem").write_bytes(renewed.cert)
        await eventually(lambda: said(server), lambda text: "the renewed certificate is not used" in text)
        assert await serial_served(server, pair) == pair.serial
        (tmp_path / "key.pem").write_bytes(renewed.key)
        await eventually(lambda: serial_served(server, pair, renewed), lambda serial: serial == renewed.serial)
        await client.send({"type": "ping", "id": "alive"})
        await client.answer("pong", id="alive")


async def said(server: ServerProcess) -> str:
    return server.said()


async def test_plain_http_on_its_port_is_answered_by_nothing(server: ServerProcess, http: ClientSession) -> None:
    with pytest.raises(ClientError):
        await http.get(f"http://127.0.0.1:{server.port}/")


async def test_handshakes_that_fail_leave_nothing_behind(server: ServerProcess, https: ClientSession) -> None:
    await get(https, f"{server.url}/ws")
    before = server.open_files
    for said in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b""):
        for _ in range(50):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(said)
            writer.close()

    async def open_files() -> int:
        return server.open_files

    await eventually(open_files, lambda files: files <= before)


async def test_the_plain_port_sends_everybody_to_https(
    tmp_path: Path, settings: dict[str, str], http: ClientSession, https: ClientSession, unused_tcp_port: int
) -> None:
    settings["REDIRECT_PORT"] = str(unused_tcp_port)
    async with serving(tmp_path, engine=NO_ENGINE, **settings) as server:
        plain = f"http://127.0.0.1:{unused_tcp_port}/containers?x=1"
        async with http.get(plain, allow_redirects=False) as response:
            where = response.headers["Location"]
        async with https.get(where, headers={"Accept": "text/html"}) as page:
            assert page.status in (200, 503)
    assert (response.status, where) == (308, f"{server.url}/containers?x=1")


async def test_a_pair_that_does_not_fit_stops_the_start(tmp_path: Path, settings: dict[str, str]) -> None:
    (tmp_path / "key.pem").write_bytes(make_pair().key)
    with pytest.raises(ServerFailed) as failed:
        await ServerProcess(tmp_path, engine=NO_ENGINE, **settings).start()
    assert failed.value.code == 1
    assert "PILOTHOUSE_TLS_KEY" in failed.value.said
    assert "Traceback" not in failed.value.said
