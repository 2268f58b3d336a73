"""The screens about people, from the door to the audit trail: accessible, within the screen, without an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.axe import problems
from tests.browser.console import NOTE_VIOLATIONS, SOON_MS, Console, opened
from tests.browser.house import House
from tests.process.people import PASSWORD
from tests.process.server import serving

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="session")]

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
LOOKS: dict[str, dict[str, Any]] = {
    "desktop-light-english": {**DESKTOP, "color_scheme": "light", "locale": "en-US"},
    "desktop-dark-korean": {**DESKTOP, "color_scheme": "dark", "locale": "ko-KR"},
    "phone-light-korean": {**PHONE, "color_scheme": "light", "locale": "ko-KR"},
    "phone-dark-english": {**PHONE, "color_scheme": "dark", "locale": "en-US"},
}
looks = pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())

LONG_NAME = "somebody-whose-name-is-as-long-as-a-name-can-be-and-not-a-letter"
LONG_LABEL = "com.example.a-label-that-is-longer-than-a-phone-is-wide=and-its-value"


@looks
async def test_the_page_before_the_console_is_accessible_and_fits(
    home: House, tmp_path: Path, look: dict[str, Any]
) -> None:
    async with serving(tmp_path, engine=home.engine.url, AUTH="on") as server:
        link = (await server.next_line()).rpartition(" at ")[2]
        context = await home.chromium.new_context(**look)
        await context.add_init_script(NOTE_VIOLATIONS)
        console = Console(await context.new_page(), server.url)
        page = console.page
        await console.go("/")
        await expect(page.locator(".threshold .command").first).to_be_visible()
        found = await problems(page, "where the link is")
        await page.goto(link)
        await expect(page.locator(".threshold form")).to_be_visible()
        found |= await problems(page, "the first account")
        assert console.errors == []

        console.url = home.url
        await console.go("/")
        await page.locator("input[name=name]").fill("nobody")
        await page.locator("input[name=password]").fill("nothing")
        found |= await problems(page, "sign-in")
        await page.locator("button[type=submit]").click()
        await expect(page.locator(".attempt .notice")).to_be_visible(timeout=SOON_MS)
        found |= await problems(page, "a wrong password")

    assert found == {}
    # A browser notes every answer that refuses; there is nothing else.
    assert [error for error in console.errors if "401" not in error] == []


@looks
async def test_the_screens_about_people_are_accessible_and_fit(home: House, look: dict[str, Any]) -> None:
    await home.people.ask(home.people.admin, "POST", "/api/v1/users", long_person())
    name = await home.account("admin")
    context = await home.context(name, **look)
    console = await opened(context, home.url, "/account")
    page = console.page
    found = await problems(page, "account")
    await page.locator(".matter-head button").last.click()
    found |= await problems(page, "a new token")

    await visit(console, "/people")
    await page.locator(".person-line").filter(has_text=LONG_NAME[:20]).click()
    await page.locator(".people-tools button").last.click()
    found |= await problems(page, "people")
    await page.locator(".person-actions .tone-red").last.click()
    found |= await problems(page, "the question before somebody is disabled")
    await page.keyboard.press("Escape")

    await visit(console, "/audit")
    await page.locator(".audit-what").first.click()
    found |= await problems(page, "audit")
    await visit(console, "/more")
    found |= await problems(page, "more")
    assert console.errors == []

    await home.end_sign_ins(name)
    await expect(page.locator("dialog .sign-in-again")).to_be_visible(timeout=SOON_MS)
    found |= await problems(page, "sign in again")
    assert found == {}


async def visit(console: Console, path: str) -> None:
    await console.go(path)
    await console.is_connected_as("live")
    await console.is_loaded()


def long_person() -> dict[str, Any]:
    return {"name": LONG_NAME, "role": "viewer", "password": PASSWORD, "labels": [LONG_LABEL]}
