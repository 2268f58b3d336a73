"""A server, a network before it that can fail, and pages of a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, BrowserContext

from tests.browser.house import House, house
from tests.fakes.fault_proxy import FaultProxy, fault_proxy
from tests.process.churn import Churn, churn
from tests.process.server import ServerProcess, serving
from tests.provision.engine import Engine


@pytest.fixture
async def server(engine: Engine, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    # A page notices a stalled network after 1.5 heartbeats.
    async with serving(tmp_path, engine=engine.url, HEARTBEAT_S="2") as server:
        yield server


@pytest.fixture
async def network(server: ServerProcess) -> AsyncIterator[FaultProxy]:
    async with fault_proxy("127.0.0.1", server.port) as proxy:
        yield proxy


@pytest.fixture
async def churned(engine: Engine, server: ServerProcess) -> AsyncIterator[Churn]:
    async with churn(engine) as churned:
        yield churned


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    """What the server says beside the page."""
    async with ClientSession(headers={"Connection": "close"}) as session:
        yield session


@pytest.fixture
async def desktop(chromium: Browser) -> BrowserContext:
    """A person at a desk who reads English."""
    return await chromium.new_context(locale="en-US", viewport={"width": 1280, "height": 800}, color_scheme="light")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lived_in(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with house(engine, tmp_path_factory.mktemp("house")) as house_:
        yield house_


@pytest_asyncio.fixture(loop_scope="session")
async def home(lived_in: House) -> AsyncIterator[House]:
    """The shared server with accounts. Its tests run on the loop of the session: `asyncio(loop_scope="session")`."""
    yield lived_in
    for context in lived_in.chromium.contexts:
        await context.close()
