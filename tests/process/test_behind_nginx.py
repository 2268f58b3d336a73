"""A real nginx in front: who the client is, and what the browser sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector

from tests.fakes.certificates import make_pair, trusting
from tests.process.client import joined
from tests.process.server import ServerProcess, serving
from tests.provision.nginx import nginx

pytestmark = pytest.mark.nginx

NO_ENGINE = "unix:///nonexistent/docker.sock"
# Linux gives every address of 127.0.0.0/8 to loopback: this client is none of the proxies.
CLIENT = "127.0.0.5"
PASSWORD = "a horse, a battery and a staple"
SPOOFED = {"X-Forwarded-For": "203.0.113.7, 127.0.0.1"}


@pytest.fixture
def trusted() -> str:
    return "127.0.0.1"


@pytest.fixture
def settings() -> dict[str, str]:
    return {}


@pytest.fixture
async def server(tmp_path: Path, trusted: str, settings: dict[str, str]) -> AsyncIterator[ServerProcess]:
    async with serving(tmp_path, engine=NO_ENGINE, TRUSTED_PROXIES=trusted, **settings) as server:
        yield server


@pytest.fixture
async def proxied(tmp_path: Path, server: ServerProcess) -> AsyncIterator[tuple[ClientSession, str]]:
    """A client at an address of its own, and where the proxy is."""
    pair = make_pair()
    connector = TCPConnector(local_addr=(CLIENT, 0), ssl=trusting(pair))
    async with nginx(tmp_path / "nginx", pair, server.port) as url, ClientSession(connector=connector) as session:
        yield session, url


def remotes(server: ServerProcess) -> set[str]:
    """Whom the server's log names as the clients of requests."""
    lines = [line for line in server.said().splitlines() if "request " in line and "remote=" in line]
    return {line.partition("remote=")[2].split()[0] for line in lines}


async def test_the_socket_works_through_it(proxied: tuple[ClientSession, str]) -> None:
    session, url = proxied
    async with joined(session, url) as client:
        await client.send({"type": "ping", "id": "alive"})
        await client.answer("pong", id="alive")


async def test_a_page_of_its_origin_may_open_a_socket_and_another_s_may_not(proxied: tuple[ClientSession, str]) -> None:
    session, url = proxied
    statuses = {}
    for origin in (url, "https://evil.example"):
        headers = {"Origin": origin, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        headers["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
        async with session.get(f"{url}/ws", headers=headers) as response:
            statuses[origin] = response.status
    assert statuses == {url: 101, "https://evil.example": 403}


async def test_the_client_is_the_one_that_the_proxy_saw_whatever_it_claims(
    server: ServerProcess, proxied: tuple[ClientSession, str]
) -> None:
    session, url = proxied
    for headers in ({}, SPOOFED):
        async with session.get(f"{url}/api/v1/containers", headers=headers) as response:
            assert response.status == 200
    assert remotes(server) == {CLIENT}


async def test_past_the_proxy_nobody_is_believed(server: ServerProcess) -> None:
    async with ClientSession(connector=TCPConnector(local_addr=(CLIENT, 0))) as session:
        headers = SPOOFED | {"X-Forwarded-Proto": "https"}
        async with session.get(f"{server.url}/api/v1/containers", headers=headers) as response:
            assert "Strict-Transport-Security" not in response.headers
    assert remotes(server) == {CLIENT}


async def test_browsers_are_told_to_insist_on_https(proxied: tuple[ClientSession, str]) -> None:
    session, url = proxied
    async with session.get(f"{url}/") as response:
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


class TestAProxyThatIsNotTrusted:
    @pytest.fixture
    def trusted(self) -> str:
        return ""

    async def test_it_is_the_client_itself(self, server: ServerProcess, proxied: tuple[ClientSession, str]) -> None:
        session, url = proxied
        async with session.get(f"{url}/api/v1/containers", headers=SPOOFED) as response:
            assert "Strict-Transport-Security" not in response.headers
        assert remotes(server) == {"127.0.0.1"}


class TestSigningIn:
    @pytest.fixture
    def settings(self) -> dict[str, str]:
        return {"AUTH": "on", "ADMIN_PASSWORD": PASSWORD}

    async def test_the_cookies_are_for_https_only(self, proxied: tuple[ClientSession, str]) -> None:
        session, url = proxied
        async with session.post(f"{url}/api/v1/auth/sign-in", json={"name": "admin", "password": PASSWORD}) as response:
            assert response.status == 200
            cookies = response.headers.getall("Set-Cookie")
        assert all(cookie.startswith("__Secure-") for cookie in cookies)
        assert all({"Secure", "HttpOnly", "SameSite=Strict"} <= set(cookie.split("; ")) for cookie in cookies)
        async with session.get(f"{url}/api/v1/containers") as response:
            assert response.status == 200

    async def test_a_made_up_address_is_no_way_around_the_rate_limit(self, proxied: tuple[ClientSession, str]) -> None:
        session, url = proxied

        async def ask(number: int) -> int:
            headers = {"X-Forwarded-For": f"203.0.113.{number}"}
            async with session.get(f"{url}/api/v1/auth/session", headers=headers) as response:
                return response.status

        statuses = await asyncio.gather(*(ask(number) for number in range(200)))
        assert 200 in statuses
        assert 429 in statuses
