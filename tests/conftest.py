"""What every test may use: the real engine, the browser, and a guard against anything that blocks the event loop."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx
from playwright.async_api import Browser

from tests.provision.chromium import chromium as run_chromium
from tests.provision.engine import Engine, EngineFailed
from tests.provision.parts import ON_REQUEST, PARTS, REQUIRE, required

TESTS = Path(__file__).parent
GUARDED = ("unit", "contract", "property")


def pytest_configure(config: pytest.Config) -> None:
    try:
        required(os.environ)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    # A run that is told to end still stops the engine it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test in the folder of a part needs that part."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else ""
        if folder in PARTS:
            item.add_marker(folder)


def pytest_runtest_setup(item: pytest.Item) -> None:
    asked_for = required(os.environ)
    for part in PARTS.values():
        if item.get_closest_marker(part.name) is None:
            continue
        if part.name in ON_REQUEST - asked_for:
            pytest.skip(f"the {part.name} tests take minutes or a lot of disk; this runs them: {REQUIRE}={part.name}")
        if sentence := part.missing():
            leave_out(part.name, sentence)


def leave_out(part: str, reason: str) -> None:
    """Skip this test, or fail it where its part is required."""
    if part in required(os.environ):
        pytest.fail(f"{reason} ({REQUIRE} asks for it)", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A real Docker engine with the image `pilothouse/busybox:test`, shared by all tests: remove what you start."""
    engine = Engine()
    try:
        try:
            engine.start()
            engine.load_image()
        except EngineFailed as error:
            leave_out("engine", str(error))
        yield engine
    finally:
        engine.close()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A fresh Chromium for one test."""
    async with run_chromium() as browser:
        yield browser


@pytest.fixture(autouse=True)
def _event_loop_never_blocks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test in which the server's code blocks the event loop; what pytest and the test itself do is their own."""
    if request.node.path.relative_to(TESTS).parts[0] not in GUARDED:
        yield
        return
    with blockbuster_ctx("server"):
        yield
