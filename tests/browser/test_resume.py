"""Whatever happens to the network or the server, the page shows every event once, in order, and says what it missed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import BrowserContext, expect

from tests.browser.console import SOON_MS, Console, opened
from tests.fakes.fault_proxy import FaultProxy
from tests.process.churn import Churn, names_in
from tests.process.server import ServerProcess

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]

MISSED = 200
AWAY = ("reconnecting", "polling", "offline")


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
    known = await churned.logged(http, server.url)

    network.stall()
    await churned.rename(MISSED)
    await console.is_connected_as(*AWAY)
    network.heal()

    await console.is_connected_as("live")
    events = await churned.logged(http, server.url)
    assert len(events) == len(known) + MISSED
    await expect(console.caught_up).to_have_text(f"Caught up {MISSED} events", timeout=SOON_MS)
    await console.caught_up.click()
    await shows(console, events)
    await expect(console.page.locator("li.event[data-marked]")).to_have_count(MISSED)


async def test_a_page_whose_server_was_killed_shows_all_that_happened_meanwhile_once(
    desktop: BrowserContext, server: ServerProcess, network: FaultProxy, churned: Churn, http: ClientSession
) -> None:
    console = await opened(desktop, network.url)
    known = await churned.logged(http, server.url)

    network.stall()
    await churned.rename(MISSED // 2)
    await churned.logged(http, server.url)
    await server.kill()
    await server.start()
    await churned.rename(MISSED // 2)
    await console.is_connected_as(*AWAY)
    network.heal()

    await console.is_connected_as("live")
    events = await churned.logged(http, server.url)
    assert names_in(events) == churned.names
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
    await shows(console, await churned.logged(http, server.url))
    network.heal()
    await churned.rename(MISSED // 4)
    await console.is_connected_as("live")
    await churned.rename(MISSED // 4)

    await shows(console, await churned.logged(http, server.url))
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
