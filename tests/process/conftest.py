"""A way to talk to real servers, and a place for what was measured on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import ClientSession

_FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    """An HTTP client that keeps no connection: a server that was killed must not be spoken to over an old one."""
    async with ClientSession(headers={"Connection": "close"}) as session:
        yield session


@pytest.fixture
def figure(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Have a line printed at the end of the run. It is for people: no test depends on how fast a machine is."""
    return pytestconfig.stash.setdefault(_FIGURES, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash.get(_FIGURES, [])
    if figures:
        terminalreporter.section("measured")
        for line in figures:
            terminalreporter.line(line)
