"""One's own account: what is changed there holds for every browser and script at once."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.console import SOON_MS
from tests.browser.house import House, sign_in, sign_in_again
from tests.process.people import PASSWORD, Caller

pytestmark = [pytest.mark.engine, pytest.mark.asyncio(loop_scope="session")]

NEW_PASSWORD = "quite another long sentence"


async def test_a_new_password_signs_out_the_other_browser_and_is_the_only_one_that_counts(home: House) -> None:
    name = await home.account("operator")
    there, here = await home.browser(name, "/containers"), await home.browser(name, "/account")
    page, other = here.page, there.page
    section = page.get_by_role("region", name="Password", exact=True)
    devices = page.get_by_role("region", name="Signed-in devices")
    await expect(devices.get_by_role("listitem")).to_have_count(2)

    await section.get_by_label("Current password").fill("not this one")
    await section.get_by_label("New password").fill(NEW_PASSWORD)
    await section.get_by_role("button", name="Change password").click()
    await expect(section.get_by_role("alert")).to_contain_text("That is not your password.")
    await section.get_by_label("Current password").fill(PASSWORD)
    await section.get_by_role("button", name="Change password").click()

    await expect(section.get_by_text("Your password is changed.")).to_be_visible()
    await expect(devices.get_by_role("listitem")).to_have_count(1)
    await expect(sign_in_again(other)).to_be_visible(timeout=SOON_MS)
    await sign_in(sign_in_again(other), None)
    await expect(sign_in_again(other).get_by_role("alert")).to_contain_text("The name or the password is wrong.")
    await sign_in(sign_in_again(other), None, NEW_PASSWORD)
    await there.is_connected_as("live")
    await here.is_connected_as("live")
    await expect(sign_in_again(page)).to_have_count(0)


async def test_a_device_is_signed_out_from_another_one(home: House) -> None:
    name = await home.account("viewer")
    there, here = await home.browser(name, "/"), await home.browser(name, "/account")
    devices = here.page.get_by_role("region", name="Signed-in devices")

    await devices.get_by_role("button", name="Sign out").click()

    await expect(devices.get_by_text("You are signed in nowhere else.")).to_be_visible()
    await expect(sign_in_again(there.page)).to_be_visible(timeout=SOON_MS)


async def test_a_token_is_shown_once_works_over_rest_and_no_more_when_it_is_revoked(home: House) -> None:
    name = await home.account("viewer")
    console = await home.browser(name, "/account")
    page = console.page
    tokens = page.get_by_role("region", name="API tokens")

    await tokens.get_by_role("button", name="New token").click()
    await tokens.get_by_label("Name").fill("nightly")
    await tokens.get_by_role("button", name="Create token").click()
    shown = page.get_by_role("dialog", name="nightly was created")
    caller = Caller("nightly", (await shown.locator("pre").inner_text()).strip())
    # It is not left by mistake.
    await shown.get_by_role("button", name="Done").click()
    await expect(shown.get_by_role("alert")).to_contain_text("It will never be shown again.")
    await shown.get_by_role("button", name="Close anyway").click()

    assert (await home.people.ask(caller, "GET", "/api/v1/containers"))[0] == 200
    assert (await home.people.ask(caller, "GET", "/api/v1/users"))[0] == 403
    await console.go("/account")
    await expect(tokens.get_by_role("listitem")).to_contain_text("nightly")
    await expect(tokens.get_by_role("listitem")).not_to_contain_text("never used")
    assert caller.token is not None
    assert caller.token not in await page.content()

    await tokens.get_by_role("button", name="Revoke nightly").click()
    await page.get_by_role("dialog", name="Revoke nightly?").get_by_role("button", name="Revoke").click()
    await expect(tokens.get_by_role("listitem")).to_have_count(0)
    assert (await home.people.ask(caller, "GET", "/api/v1/containers"))[0] == 401
