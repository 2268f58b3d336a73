"""The plain port beside TLS."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from server.config import Config
from server.web.redirect import create_redirect

Client = TestClient[web.Request, web.Application]
ORIGINS = ("https://ops.example.net", "https://other.example.net:9443", "http://10.0.0.5:8100")


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = TestClient(TestServer(create_redirect(Config(origins=ORIGINS), 8443)))
    await client.start_server()
    yield client
    await client.close()


@pytest.mark.parametrize(
    ("host", "location"),
    [
        ("ops.example.net", "https://ops.example.net/"),
        ("OPS.example.net:8080", "https://ops.example.net/"),
        ("other.example.net", "https://other.example.net:9443/"),
        ("10.0.0.5", "https://10.0.0.5:8443/"),
        ("localhost:8080", "https://localhost:8443/"),
        ("[::1]:8080", "https://[::1]:8443/"),
    ],
)
async def test_a_host_of_ours_is_sent_to_https(client: Client, host: str, location: str) -> None:
    response = await client.get("/", headers={"Host": host}, allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (308, location)


@pytest.mark.parametrize("path", ["/a/b?c=d&e=%2F", "//evil.example/x", "/%0d%0aSet-Cookie:x=1", "/..%2f..%2fetc"])
async def test_path_and_query_stay_as_they_were_sent(client: Client, path: str) -> None:
    url = URL(str(client.make_url("/")).rstrip("/") + path, encoded=True)
    response = await client.session.post(url, headers={"Host": "ops.example.net"}, allow_redirects=False)
    assert response.headers["Location"] == f"https://ops.example.net{path}"
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("host", ["evil.example", "ops.example.net.evil.example", "ops.example.net@evil.example", ""])
async def test_a_host_of_somebody_else_is_sent_nowhere(client: Client, host: str) -> None:
    response = await client.get("/", headers={"Host": host}, allow_redirects=False)
    assert (response.status, "Location" in response.headers) == (421, False)
