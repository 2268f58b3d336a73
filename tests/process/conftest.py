"""A way to talk to real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    """An HTTP client that keeps no connection: a server that was killed must not be spoken to over an old one."""
    async with ClientSession(headers={"Connection": "close"}) as session:
        yield session
