"""Headers that tell browsers to allow less."""

from __future__ import annotations

import re

import pytest

from server.config import Config
from tests.unit.web.conftest import World


@pytest.mark.parametrize("path", ["/", "/health", "/api/v1/nothing", "/assets/main-AAAA.js", "/api/v1/events/stream"])
async def test_they_are_on_every_answer(world: World, path: str) -> None:
    response = await world.get(path)
    headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Server"] == "Pilothouse"
    response.close()


async def test_only_the_page_may_run_scripts(world: World) -> None:
    assert "script-src" not in (await world.get("/api/v1/containers")).headers["Content-Security-Policy"]


async def test_each_page_has_a_nonce_of_its_own_and_nothing_unsafe(world: World) -> None:
    nonces = set()
    for _ in range(2):
        response = await world.get("/")
        policy, page = response.headers["Content-Security-Policy"], await response.text()
        match = re.search(r"'nonce-([A-Za-z0-9_-]{22})'", policy)
        assert match is not None
        assert f'nonce="{match[1]}"' in page
        assert "unsafe" not in policy
        nonces.add(match[1])
    assert len(nonces) == 2


async def test_over_plain_http_no_browser_is_told_to_insist_on_https(world: World) -> None:
    response = await world.get("/health", X_Forwarded_Proto="https")
    assert "Strict-Transport-Security" not in response.headers


async def test_no_cache_keeps_what_the_api_says(world: World) -> None:
    for path in ("/api/v1/nothing", "/api/v1/operations/gone"):
        assert (await world.get(path)).headers["Cache-Control"] == "no-store"


class TestBehindAProxyThatEndsTls:
    @pytest.fixture
    def config(self) -> Config:
        return Config(auth="off", trusted_proxies=("127.0.0.1",), pool=3)

    @pytest.mark.parametrize("path", ["/", "/api/v1/containers", "/assets/main-AAAA.js"])
    async def test_browsers_insist_on_https_for_a_year(self, world: World, path: str) -> None:
        response = await world.get(path, X_Forwarded_Proto="https")
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000"

    async def test_not_when_the_proxy_was_reached_by_http(self, world: World) -> None:
        response = await world.get("/", X_Forwarded_Proto="http")
        assert "Strict-Transport-Security" not in response.headers
