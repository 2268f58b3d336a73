"""The line that each request leaves."""

from __future__ import annotations

import logging
from io import StringIO

import pytest
from yarl import URL

from server.config import Config
from server.logging import TextLines
from tests.unit.web.conftest import World

LOGGER = "server.web.middlewares.access_log"
FORWARDED = "127.0.0.9, 203.0.113.7"


async def remote(world: World, caplog: pytest.LogCaptureFixture) -> object:
    caplog.set_level(logging.INFO, logger=LOGGER)
    await world.get("/api/v1/containers", X_Forwarded_For=FORWARDED)
    return vars(caplog.records[-1])["remote"]


async def test_it_names_the_peer_and_not_what_the_peer_claims(world: World, caplog: pytest.LogCaptureFixture) -> None:
    assert await remote(world, caplog) == "127.0.0.1"


class TestBehindAProxy:
    @pytest.fixture
    def config(self) -> Config:
        return Config(auth="off", trusted_proxies=("127.0.0.1",), pool=3)

    async def test_it_names_the_client(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        assert await remote(world, caplog) == "203.0.113.7"


@pytest.mark.parametrize("path", ["/a%0d%0a2026%20INFO%20forged", "/a%00b", "/%1b%5b31m", "/%ff%fe", "/" + "x" * 4000])
async def test_nothing_in_a_path_makes_a_line_of_its_own(
    world: World, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    caplog.set_level(logging.INFO, logger=LOGGER)
    url = URL(str(world.client.make_url("/")).rstrip("/") + path, encoded=True)
    async with world.client.session.get(url) as response:
        assert response.status == 404
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(TextLines())
    for record in caplog.records:
        handler.handle(record)
    lines = written.getvalue().splitlines()
    assert len(lines) == len(caplog.records)
    assert all(line.isprintable() for line in lines)
