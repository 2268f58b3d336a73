"""The ports, and what is said of them."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp import ClientSession, web

from server.config import Config
from server.errors import StartupError
from server.web.listeners import Listeners
from tests.fakes.clock import FakeClock

EXPOSED = "there is no TLS"


async def said(config: Config, caplog: pytest.LogCaptureFixture) -> list[str]:
    """What is logged when a server with `config` begins to listen."""
    listeners = await asyncio.to_thread(Listeners, config, FakeClock())
    runner = web.AppRunner(web.Application(), access_log=None)
    await runner.setup()
    await listeners.serve(runner)
    async with ClientSession() as session, session.get(listeners.url) as response:
        assert response.status == 404
    await runner.cleanup()
    await listeners.close()
    return [record.getMessage() for record in caplog.records if EXPOSED in record.getMessage()]


async def test_an_address_that_others_reach_without_tls_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    (line,) = await said(Config(host="0.0.0.0", port=0), caplog)
    assert "PILOTHOUSE_TLS_CERT" in line


@pytest.mark.parametrize(
    "config", [Config(port=0), Config(host="0.0.0.0", port=0, trusted_proxies=("10.0.0.2",))], ids=["loopback", "proxy"]
)
async def test_loopback_and_a_proxy_are_not(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    assert await said(config, caplog) == []


def test_a_port_in_use_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartupError, match=f"127.0.0.1:{port} cannot be opened: .* PILOTHOUSE_PORT"):
            Listeners(Config(port=port))


def test_a_proxy_that_is_no_address_stops_the_start() -> None:
    with pytest.raises(StartupError, match="PILOTHOUSE_TRUSTED_PROXIES='proxy'"):
        Listeners(Config(port=0, trusted_proxies=("proxy",)))
