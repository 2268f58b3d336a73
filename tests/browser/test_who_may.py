"""What the page offers and shows to whom: nothing that would be refused, nothing that is not theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.console import SOON_MS
from tests.browser.house import DESKTOP, House
from tests.process.people import PASSWORD, UNHURRIED
from tests.process.server import serving
from tests.provision.engine import IMAGE, Engine

pytestmark = [pytest.mark.engine, pytest.mark.asyncio(loop_scope="session")]

OPTIONS = ("--detach", "--network", "none", "--stop-signal", "KILL")
BLUE = ("--label", "team=blue")


@asynccontextmanager
async def running(engine: Engine, name: str, *options: str) -> AsyncIterator[str]:
    """A container that sleeps."""
    command = ("run", "--name", name, *OPTIONS, *options, IMAGE, "sleep", "3600")
    container = await asyncio.to_thread(engine.docker, *command)
    try:
        yield container
    finally:
        await asyncio.to_thread(engine.docker, "rm", "--force", container)


def row(page: Page, container: str) -> Locator:
    return page.locator(f'tr.row[data-container="{container}"]')


async def offers(page: Page, container: str, name: str) -> list[str]:
    """Everything that the row of a container and its menu have to choose from."""
    await row(page, container).hover()
    quick = await row(page, container).locator(".quick button").all_inner_texts()
    await row(page, container).get_by_role("button", name=f"Actions on {name}").click()
    menu = page.get_by_role("dialog", name=f"Actions on {name}")
    entries = await menu.locator(".menu-entry").all_inner_texts()
    await page.keyboard.press("Escape")
    return quick + [entry.strip() for entry in entries]


async def palette(page: Page, text: str) -> list[str]:
    """What the palette finds for `text`."""
    await page.keyboard.press("Control+k")
    await page.locator("dialog.palette input").fill(text)
    found = await page.locator("dialog.palette [role=option]").all_inner_texts()
    await page.keyboard.press("Escape")
    return found


async def test_a_viewer_is_offered_no_action_and_no_screen_of_administrators(home: House) -> None:
    name = await home.account("viewer")
    async with running(home.engine, "steady") as container:
        console = await home.browser(name, "/containers")
        page = console.page
        await expect(row(page, container)).to_be_visible(timeout=SOON_MS)

        assert await offers(page, container, "steady") == ["Logs"]
        assert [entry for entry in await palette(page, "steady") if "Restart" in entry or "Stop" in entry] == []
        screens = page.get_by_role("navigation", name="Screens").get_by_role("link")
        assert await screens.all_inner_texts() == ["Overview", "Containers", "Sessions", "Activity"]
        await expect(page.locator(".read-only-badge")).to_contain_text("An administrator can make you an operator.")
        # Nor does the key of the action do anything.
        await row(page, container).get_by_role("link").focus()
        await page.keyboard.press("r")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        for path, who in (("/people", "Only administrators manage people"), ("/audit", "Only administrators read")):
            await console.go(path)
            await expect(page.get_by_text(who)).to_be_visible()
        # It was not asked for: the server would have refused, and the browser said so here.
        assert console.errors == []


async def test_a_read_only_server_offers_nothing_to_anybody_and_says_so(home: House, tmp_path: Path) -> None:
    settings = {"AUTH": "on", "ADMIN_PASSWORD": PASSWORD, "READ_ONLY": "1", **UNHURRIED}
    async with (
        running(home.engine, "steady") as container,
        serving(tmp_path, engine=home.engine.url, **settings) as server,
    ):
        context = await home.chromium.new_context(**DESKTOP)
        body = {"name": "admin", "password": PASSWORD}
        await context.request.post(f"{server.url}/api/v1/auth/sign-in", data=body)
        page = await context.new_page()
        await page.goto(f"{server.url}/containers")
        await expect(row(page, container)).to_be_visible(timeout=SOON_MS)

        assert await offers(page, container, "steady") == ["Logs"]
        await expect(page.locator(".read-only-badge")).to_contain_text("This Pilothouse is read-only")
        # People can still be managed: that changes no container.
        await page.get_by_role("link", name="People").click()
        await expect(page.get_by_role("button", name="Add person")).to_be_visible()


async def test_somebody_with_a_label_filter_sees_their_containers_alone_and_live(home: House) -> None:
    name = await home.account("operator", "team=blue")
    async with running(home.engine, "mine", *BLUE) as mine, running(home.engine, "theirs") as theirs:
        console = await home.browser(name, "/containers")
        page = console.page
        await expect(row(page, mine)).to_contain_text("running", timeout=SOON_MS)

        async with running(home.engine, "theirs-too") as another, running(home.engine, "mine-too", *BLUE) as second:
            await expect(row(page, second)).to_contain_text("running", timeout=SOON_MS)
            await asyncio.to_thread(home.engine.docker, "stop", theirs, mine)
            await expect(row(page, mine)).not_to_contain_text("running", timeout=SOON_MS)

            shown = await page.locator("tr.row").evaluate_all("rows => rows.map((row) => row.dataset.container)")
            assert sorted(shown) == sorted([mine, second])
            assert another not in shown
            await console.visit("Activity")
            await expect(page.locator("li.event").filter(has_text="mine-too").first).to_be_visible()
            assert "theirs" not in await page.content()
            await console.go("/containers/theirs")
            await console.is_connected_as("live")
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            assert theirs not in await page.content()
