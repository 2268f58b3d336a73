"""Every screen, in every size, colour and language: axe-core objects to nothing, nothing is cut off or broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import problems
from tests.browser.console import opened
from tests.process.server import ServerProcess
from tests.provision.engine import IMAGE, Engine

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
WIDE: dict[str, Any] = {"viewport": {"width": 1600, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SMALL_PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 600}, "has_touch": True, "is_mobile": True}
LOOKS: dict[str, dict[str, Any]] = {
    "desktop-light-english": {**DESKTOP, "color_scheme": "light", "locale": "en-US"},
    "desktop-dark-korean": {**DESKTOP, "color_scheme": "dark", "locale": "ko-KR"},
    "wide-light-korean": {**WIDE, "color_scheme": "light", "locale": "ko-KR"},
    "phone-light-english": {**PHONE, "color_scheme": "light", "locale": "en-US"},
    "small-phone-dark-korean": {**SMALL_PHONE, "color_scheme": "dark", "locale": "ko-KR"},
}
SCREENS = (
    "/",
    "/containers",
    "/containers/shop-web-1?tab=logs",
    "/containers/shop-web-1?tab=events",
    "/containers/shop-db-1?tab=inspect",
    "/containers/gone",
    "/sessions",
    "/approvals",
    "/activity",
    "/more",
    "/nowhere",
)

NO_NETWORK = ("--network", "none", "--stop-signal", "KILL")
SHOP = ("--label", "com.docker.compose.project=shop", "--label")
UNHEALTHY = ("--health-cmd", "false", "--health-interval", "1s", "--health-retries", "1")
CHATTER = "for n in $(seq 300); do echo line $n is longer than any phone is wide, as many lines of a log are; done; "
LONG_NAME = "job-with-a-name-that-is-longer-than-any-phone-is-wide-and-then-some"


@pytest.fixture(scope="module")
def fleet(engine: Engine) -> Iterator[None]:
    """Containers in every state that a list of them may show."""
    web, db = "com.docker.compose.service=web", "com.docker.compose.service=db"
    fleet: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "shop-web-1": ((*SHOP, web), ("sh", "-c", CHATTER + "sleep 3600")),
        "shop-db-1": ((*SHOP, db, *UNHEALTHY), ("sleep", "3600")),
        LONG_NAME: ((), ("true",)),
        "broken": ((), ("sh", "-c", "exit 3")),
        "frozen": ((), ("sleep", "3600")),
    }
    for name, (options, command) in fleet.items():
        engine.docker("run", "--detach", "--name", name, *NO_NETWORK, *options, IMAGE, *command)
    engine.docker("pause", "frozen")
    yield
    engine.docker("rm", "--force", *fleet)


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("look", LOOKS)
async def test_every_screen_is_accessible_fits_and_has_no_error(
    chromium: Browser, server: ServerProcess, look: str
) -> None:
    context = await chromium.new_context(**LOOKS[look])
    console = await opened(context, server.url)
    found: dict[str, list[str]] = {}
    for screen in SCREENS:
        await console.go(screen)
        await console.is_connected_as("live")
        await console.is_loaded()
        found |= await problems(console.page, screen)

    assert found == {}
    assert console.errors == []
    assert await console.page.locator("html").get_attribute("lang") == LOOKS[look]["locale"][:2]


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("look", ["desktop-light-english", "desktop-dark-korean", "small-phone-dark-korean"])
async def test_everything_that_opens_over_a_screen_is_accessible_and_fits(
    chromium: Browser, server: ServerProcess, look: str
) -> None:
    context = await chromium.new_context(**LOOKS[look])
    console = await opened(context, server.url, "/containers")
    page = console.page
    found: dict[str, list[str]] = {}
    row = page.locator("tr.row").filter(has_text="web")

    await row.locator(".action-menu button").first.click()
    found |= await problems(page, "menu")
    await page.locator("dialog .menu-entry").last.click()
    found |= await problems(page, "confirmation")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+k")
    await page.locator("dialog.palette input").fill("shop")
    found |= await problems(page, "palette")
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    found |= await problems(page, "shortcuts")
    await page.keyboard.press("Escape")
    await page.locator("[data-connection] button").click()
    found |= await problems(page, "connection")

    assert found == {}
    assert console.errors == []


@pytest.mark.usefixtures("fleet")
async def test_the_language_changes_at_once_and_is_remembered(chromium: Browser, server: ServerProcess) -> None:
    context = await chromium.new_context(**LOOKS["desktop-light-english"])
    console = await opened(context, server.url)

    await console.page.get_by_role("radio", name="한국어").click()
    await expect(console.page.get_by_role("link", name="컨테이너").first).to_be_visible()
    await console.go("/containers")

    await expect(console.page.get_by_role("heading", level=1)).to_contain_text("컨테이너")
    await expect(console.page.locator("html")).to_have_attribute("lang", "ko")
