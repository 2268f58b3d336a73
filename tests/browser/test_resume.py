"""Whatever happens to the network or the server, the page shows every event once, in order, and says what it missed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import BrowserContext, expect

from tests.browser.console import SOON_MS, Console, opened
from tests.fakes.fault_proxy import FaultProxy
from tests.process.churn import Churn
from tests.process.rest import all_events, eventually
from tests.process.server import ServerProcess

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]

MISSED = 200
AWAY = ("reconnecting", "polling", "offline")


async def logged(http: ClientSession, server: ServerProcess, churned: Churn) -> list[Any]:
    """The whole log, once it holds the last rename."""
    return await eventually(lambda: all_events(http, server.url), lambda events: renamed(events)[-1:] == last(churned))


def last(churned: Churn) -> list[str]:
    return churned.names[-1:]


def renamed(events: list[Any]) -> list[str]:
    return [event["data"]["container"]["name"] for event in events if event["type"] == "container.renamed"]


def ids(events: list[Any]) -> list[str]:
    return [event["id"] for event in events]


async def shows(console: Console, events: list[Any]) -> None:
    """Wait until the timeline shows the newest of `events`, and check that it shows them all, once and in order."""
    await expect(console.page.locator(f'[data-row-of="{events[-1]["id"]}"]')).to_be_attached(timeout=SOON_MS)
    assert await console.shown_events() == ids(events)


async def test_a_page_whose_network_stalled_shows_all_that_happened_meanwhile_once(
    desktop: BrowserContext, server: ServerProcess, network: FaultProxy, churned: Churn, http: ClientSession
) -> None:
    console = await opened(desktop, network.url)
    known = await logged(http, server, churned)

    network.stall()
    await churned.rename(MISSED)
    await console.is_connected_as(*AWAY)
    network.heal()

    await console.is_connected_as("live")
    events = await logged(http, server, churned)
    assert len(events) == len(known) + MISSED
    await expect(console.caught_up).to_have_text(f"Caught up {MISSED} events", timeout=SOON_MS)
    await console.caught_up.click()
    await shows(console, events)
    await expect(console.page.locator("li.event[data-marked]")).to_have_count(MISSED)


async def test_a_page_whose_server_was_killed_shows_all_that_happened_meanwhile_once(
    desktop: BrowserContext, server: ServerProcess, network: FaultProxy, churned: Churn, http: ClientSession
) -> None:
    console = await opened(desktop, network.url)
    known = await logged(http, server, churned)

    network.stall()
    await churned.rename(MISSED // 2)
    await logged(http, server, churned)
    await server.kill()
    await server.start()
    await churned.rename(MISSED // 2)
    await console.is_connected_as(*AWAY)
    network.heal()

    await console.is_connected_as("live")
    events = await logged(http, server, churned)
    assert renamed(events) == churned.names
    await expect(console.caught_up).to_have_text(f"Caught up {len(events) - len(known)} events", timeout=SOON_MS)
    await console.caught_up.click()
    await shows(console, events)


async def test_a_page_that_gets_no_socket_polls_and_returns_to_the_socket_without_gap_or_double(
    desktop: BrowserContext, server: ServerProcess, network: FaultProxy, churned: Churn, http: ClientSession
) -> None:
    console = await opened(desktop, network.url, "/activity")

    network.refuse_upgrades()
    network.cut()
    await console.is_connected_as("polling")
    await churned.rename(MISSED // 2)
    await shows(console, await logged(http, server, churned))
    network.heal()
    await churned.rename(MISSED // 4)
    await console.is_connected_as("live")
    await churned.rename(MISSED // 4)

    await shows(console, await logged(http, server, churned))
    assert network.refused >= 2


async def test_a_page_whose_server_went_back_to_a_backup_says_that_there_is_a_gap(
    desktop: BrowserContext, server: ServerProcess, network: FaultProxy, churned: Churn, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.db"
    await server.command("events", "backup", str(backup))
    console = await opened(desktop, network.url)
    await churned.rename(10)

    await server.stop()
    await server.command("events", "restore", str(backup))
    await server.start()

    await console.is_connected_as("live")
    await expect(console.caught_up).to_have_text("Gap in the history", timeout=SOON_MS)
    await churned.rename(1)
    await console.visit("Activity")
    await expect(console.page.get_by_text(churned.names[-1], exact=True)).to_be_visible(timeout=SOON_MS)
    await expect(console.page.locator("li.event-gap")).to_have_count(1)
