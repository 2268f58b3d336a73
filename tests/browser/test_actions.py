"""Actions from the page: done by the real engine, confirmed by it, and reachable without a mouse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import BrowserContext, Locator, expect

from tests.browser.console import SOON_MS, Console, opened
from tests.fakes.fault_proxy import FaultProxy
from tests.process.rest import all_events, eventually
from tests.process.server import ServerProcess
from tests.provision.engine import IMAGE, Engine, EngineFailed

pytestmark = pytest.mark.engine

# More than there is on the screen.
MOST_TABS = 50
ACTIONS_ON_A_RUNNING_CONTAINER = ["Logs", "Restart", "Stop", "Pause", "Kill", "Remove"]


@dataclass
class Subject:
    """A container, as the engine knows it and as the page shows it."""

    engine: Engine
    name: str
    id: str
    console: Console

    @property
    def row(self) -> Locator:
        return self.console.page.locator(f'tr.row[data-container="{self.id}"]')

    @property
    def failure(self) -> Locator:
        return self.console.page.locator(f'tr.row-failure[data-container="{self.id}"]')

    async def inspect(self, field: str) -> str:
        """What the engine says of it."""
        return await asyncio.to_thread(self.engine.docker, "inspect", "--format", f"{{{{{field}}}}}", self.id)

    async def choose(self, action: str) -> None:
        """Take `action` from the row's menu."""
        await self.row.get_by_role("button", name=f"Actions on {self.name}").click()
        await self.console.page.get_by_role("dialog").get_by_role("button", name=action, exact=True).click()


@pytest.fixture
async def subject(engine: Engine, network: FaultProxy, desktop: BrowserContext) -> AsyncIterator[Subject]:
    """A running container and the list that it stands in."""
    options = ("--detach", "--name", "steady", "--network", "none", "--stop-signal", "KILL")
    container = await asyncio.to_thread(engine.docker, "run", *options, IMAGE, "sleep", "3600")
    try:
        console = await opened(desktop, network.url, "/containers")
        subject = Subject(engine, "steady", container, console)
        await expect(subject.row).to_contain_text("running", timeout=SOON_MS)
        yield subject
    finally:
        await asyncio.to_thread(engine.clear)


async def test_a_restart_takes_one_click_and_is_shown_when_the_engine_confirms_it(subject: Subject) -> None:
    started = await subject.inspect(".State.StartedAt")

    await subject.row.hover()
    await subject.row.get_by_role("button", name="Restart steady").click()

    await expect(subject.row).to_contain_text("Restarted in", timeout=SOON_MS)
    assert await subject.inspect(".State.StartedAt") != started
    assert await subject.inspect(".State.Running") == "true"


async def test_a_stop_asks_first_and_can_be_undone(subject: Subject) -> None:
    page = subject.console.page

    await subject.choose("Stop")
    dialog = page.get_by_role("dialog", name="Stop steady?")
    await expect(dialog).to_be_visible()
    assert await subject.inspect(".State.Running") == "true"
    await dialog.get_by_role("button", name="Stop").click()
    await expect(subject.row).to_contain_text("Stopped in", timeout=SOON_MS)
    assert await subject.inspect(".State.Running") == "false"
    await subject.row.get_by_role("button", name="Start again").click()

    await expect(subject.row).to_contain_text("Started in", timeout=SOON_MS)
    assert await subject.inspect(".State.Running") == "true"


async def test_a_removal_asks_for_the_name_and_takes_the_row_away(subject: Subject) -> None:
    page = subject.console.page

    await subject.choose("Remove")
    dialog = page.get_by_role("dialog", name="Remove steady?")
    button = dialog.get_by_role("button", name="Remove")
    await expect(button).to_be_disabled()
    await dialog.get_by_role("textbox").fill("steady")
    await button.click()

    await expect(subject.row).to_have_count(0, timeout=SOON_MS)
    with pytest.raises(EngineFailed):
        await subject.inspect(".Id")


async def test_a_failure_stays_on_its_row_in_plain_words_until_it_is_dismissed(
    engine: Engine, subject: Subject
) -> None:
    name = "hopeless"
    container = await asyncio.to_thread(engine.docker, "create", "--name", name, "--network", "none", IMAGE, "nope")
    hopeless = Subject(engine, name, container, subject.console)

    await hopeless.row.hover()
    await hopeless.row.get_by_role("button", name=f"Start {name}").click()
    await expect(hopeless.failure).to_contain_text("Could not start.", timeout=SOON_MS)
    await expect(hopeless.failure).to_contain_text("nope, is not in its image")
    await subject.console.visit("Activity")
    await subject.console.visit("Containers")
    await expect(hopeless.failure).to_be_visible()
    await hopeless.failure.get_by_role("button", name="Dismiss").click()

    await expect(hopeless.failure).to_have_count(0)


async def test_an_action_whose_answer_is_lost_is_done_once_and_its_outcome_shown(
    engine: Engine, server: ServerProcess, network: FaultProxy, http: ClientSession, subject: Subject
) -> None:
    # It ignores the request to end, so that its restart takes as long as it is given.
    options = ("--detach", "--name", "stubborn", "--network", "none", "--stop-timeout", "4")
    command = ("sh", "-c", "trap '' TERM; sleep 3600")
    container = await asyncio.to_thread(engine.docker, "run", *options, IMAGE, *command)
    stubborn = Subject(engine, "stubborn", container, subject.console)

    async def told(kind: str) -> int:
        events = await all_events(http, server.url)
        return len([event for event in events if event["type"] == kind and about(event) == container])

    await stubborn.row.hover()
    await stubborn.row.get_by_role("button", name="Restart stubborn").click()
    await eventually(lambda: told("operation.running"))
    network.stall()
    await subject.console.is_connected_as("reconnecting", "polling", "offline")
    await expect(stubborn.row).to_contain_text("Restarting…")
    network.heal()

    await expect(stubborn.row).to_contain_text("Restarted in", timeout=SOON_MS)
    assert await told("operation.requested") == 1
    assert await told("container.restarted") == 1


def about(event: Any) -> str | None:
    """The id of the container that an event tells of."""
    data = event["data"]
    if event["type"].startswith("operation."):
        return str(data["operation"]["container_id"])
    return str(data["container"]["id"]) if "container" in data else None


async def test_every_action_is_reached_and_done_by_keyboard_and_the_focus_returns(subject: Subject) -> None:
    page = subject.console.page
    focused = page.locator(":focus")

    await page.keyboard.press("j")
    await expect(focused).to_have_attribute("title", "steady")
    await tab_to(page.get_by_role("button", name="Actions on steady"))
    await page.keyboard.press("Enter")
    entries = page.get_by_role("dialog").locator(".menu-entry")
    await expect(entries).to_have_text(ACTIONS_ON_A_RUNNING_CONTAINER)
    await tab_to(entries.filter(has_text="Stop"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Stop steady?")).to_be_visible()
    await page.keyboard.press("Enter")

    await expect(subject.row).to_contain_text("Stopped in", timeout=SOON_MS)
    assert await subject.inspect(".State.Running") == "false"
    await expect(page.get_by_role("button", name="Actions on steady")).to_be_focused()


async def tab_to(target: Locator) -> None:
    """Press Tab until `target` has the focus."""
    for _ in range(MOST_TABS):
        if await target.evaluate("element => element === document.activeElement"):
            return
        await target.page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {target}")


async def test_the_palette_goes_to_a_container_and_the_keys_act_on_it(subject: Subject) -> None:
    page = subject.console.page
    started = await subject.inspect(".State.StartedAt")

    await page.keyboard.press("Control+k")
    await page.keyboard.type("steady")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{subject.console.url}/containers/steady")
    await page.keyboard.press("r")
    await expect(page.get_by_role("dialog", name="Restart steady?")).to_be_visible()
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("Restarted in").first).to_be_visible(timeout=SOON_MS)
    assert await subject.inspect(".State.StartedAt") != started


async def test_an_engine_that_stops_is_said_and_the_list_stays_dimmed_until_it_is_back(
    engine: Engine, subject: Subject
) -> None:
    page = subject.console.page
    badge = page.get_by_role("link", name="Engine unreachable")
    dimmed = page.locator("section.screen[data-stale]")

    await asyncio.to_thread(engine.stop)
    try:
        await expect(badge).to_be_visible(timeout=SOON_MS)
        await expect(dimmed).to_be_visible()
        await expect(subject.row).to_be_visible()
        await expect(page.locator(".notice.red")).to_contain_text("Since")
        await subject.row.hover()
        button = subject.row.get_by_role("button", name="Start steady")
        await expect(button).to_have_attribute("aria-disabled", "true")
        await subject.console.is_connected_as("live")
    finally:
        await asyncio.to_thread(engine.start)

    await expect(badge).to_have_count(0, timeout=SOON_MS)
    await expect(dimmed).to_have_count(0)
    await subject.row.hover()
    await subject.row.get_by_role("button", name="Start steady").click()
    await expect(subject.row).to_contain_text("running", timeout=SOON_MS)
