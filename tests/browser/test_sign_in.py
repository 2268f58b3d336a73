"""Coming in and going out: what is asked, what is said, and what a browser keeps of it."""

from __future__ import annotations

import json
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Page, expect

from server.clock import SystemClock
from tests.browser.console import SOON_MS, Console
from tests.browser.house import House, sign_in
from tests.process.people import PASSWORD
from tests.process.server import serving

pytestmark = [pytest.mark.engine, pytest.mark.asyncio(loop_scope="session")]

TOTP_S = 30

# All that a page could keep something in.
KEPT = """async () => JSON.stringify([
  document.cookie, {...localStorage}, {...sessionStorage},
  (await indexedDB.databases()).map(({name}) => name), await caches.keys(), history.state, location.href, window.name,
])"""


async def test_the_link_of_the_first_start_makes_an_administrator_and_leads_into_the_console(
    home: House, tmp_path: Path
) -> None:
    async with serving(tmp_path, engine=home.engine.url, AUTH="on") as server:
        link = (await server.next_line()).rpartition(" at ")[2]
        context = await home.chromium.new_context(locale="en-US")
        console = Console(await context.new_page(), server.url)
        page = console.page

        await console.go("/containers")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Pilothouse has no account yet")
        await page.goto(link)
        await page.get_by_label("Name").fill("captain")
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Create the account").click()

        await console.is_connected_as("live")
        await expect(page.get_by_role("button", name="Signed in as captain")).to_contain_text("Administrator")
        assert page.url == f"{server.url}/"

        again = await (await home.chromium.new_context(locale="en-US")).new_page()
        await again.goto(link)
        await expect(again.get_by_text("this link does nothing any more")).to_be_visible()
        await sign_in(again, "captain")
        await expect(again.get_by_role("button", name="Signed in as captain")).to_be_visible()
        assert console.errors == []


async def test_a_wrong_password_is_told_in_a_sentence_and_the_right_one_leads_where_one_wanted_to_go(
    home: House,
) -> None:
    name = await home.account("admin")
    console = await home.stranger("/people?q=admin")
    page = console.page

    await sign_in(page, name, "not this one")
    await expect(page.get_by_role("alert")).to_contain_text("The name or the password is wrong.")
    await expect(page.get_by_label("Password", exact=True)).to_be_focused()
    await sign_in(page, None)

    await console.is_connected_as("live")
    await expect(page.get_by_role("searchbox")).to_have_value("admin")
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert page.url == f"{home.url}/people?q=admin"


async def test_with_a_second_factor_a_code_is_asked_for_and_a_recovery_code_does_once(home: House) -> None:
    name = await home.account("operator")
    console = await home.browser(name, "/account")
    page = console.page
    factor = page.get_by_role("region", name="Second factor")

    await factor.get_by_role("button", name="Set up").click()
    await factor.get_by_label("Your password").fill(PASSWORD)
    await factor.get_by_role("button", name="Continue").click()
    totp = pyotp.TOTP((await factor.locator(".command code").inner_text()).replace(" ", ""))
    await expect(factor.get_by_role("img", name="The secret as a QR code")).to_have_js_property("complete", True)
    await factor.get_by_label("Code that the app shows").fill(totp.now())
    await factor.get_by_role("button", name="Switch on").click()
    shown = page.get_by_role("dialog", name="The second factor is on")
    recovery = (await shown.locator("pre").inner_text()).split()
    await shown.get_by_role("button", name="Done").click()
    await shown.get_by_role("button", name="Close anyway").click()
    await expect(factor.get_by_text("On. Signing in asks for a code.")).to_be_visible()

    await sign_out(page)
    await sign_in(page, name)
    await page.get_by_label("Code", exact=True).fill("000000")
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_role("alert")).to_contain_text("This code is wrong")
    # Each code does once: this is the next one, which a clock that is a little ahead shows already.
    await page.get_by_label("Code", exact=True).fill(totp.at(int(SystemClock().now()) + TOTP_S))
    await page.get_by_role("button", name="Confirm").click()
    await console.is_connected_as("live")

    await sign_out(page)
    await sign_in(page, name)
    await page.get_by_role("button", name="Use a recovery code").click()
    await page.get_by_label("Recovery code").fill(recovery[0])
    await page.get_by_role("button", name="Confirm").click()
    await console.is_connected_as("live")

    await sign_out(page)
    await sign_in(page, name)
    await page.get_by_role("button", name="Use a recovery code").click()
    await page.get_by_label("Recovery code").fill(recovery[0])
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_role("alert")).to_contain_text("This code is wrong")


async def test_no_script_can_read_what_signs_somebody_in_nor_is_it_kept_anywhere(home: House) -> None:
    name = await home.account("admin")
    console = await home.stranger()
    async with console.page.expect_response("**/api/v1/auth/sign-in") as answer:
        await sign_in(console.page, name)
    token = (await (await answer.value).json())["access_token"]
    await console.is_connected_as("live")

    kept = await console.page.evaluate(KEPT)
    cookies = {cookie["name"]: cookie for cookie in await console.page.context.cookies()}
    secrets = [token, *(cookie["value"] for cookie in cookies.values())]

    assert set(cookies) == {"pilothouse_access", "pilothouse_refresh", "pilothouse_device"}
    assert all(cookie["httpOnly"] and cookie["sameSite"] == "Strict" for cookie in cookies.values())
    assert json.loads(kept)[0] == ""
    assert [secret for secret in secrets if secret in kept] == []
    # It did look where something is kept.
    assert "signed-in" in kept


async def test_signing_out_leaves_nothing_of_the_person_in_any_tab_of_the_browser(home: House) -> None:
    name = await home.account("viewer")
    console = await home.browser(name, "/containers?q=mine")
    other = Console(await console.page.context.new_page(), home.url)
    await other.go("/activity")
    await other.is_connected_as("live")

    await sign_out(console.page)

    for page in (console.page, other.page):
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        await expect(page.get_by_label("Name")).to_have_value("")
        assert name not in await page.content()
        assert page.url == f"{home.url}/"
    cookies = {cookie["name"] for cookie in await console.page.context.cookies()}
    assert cookies == {"pilothouse_device"}


async def sign_out(page: Page) -> None:
    await page.get_by_role("button", name="Signed in as").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in", timeout=SOON_MS)
