"""People and the audit trail: what an administrator does there reaches the browsers of the others at once."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.console import SOON_MS
from tests.browser.house import House, sign_in, sign_in_again
from tests.process.people import PASSWORD

pytestmark = [pytest.mark.engine, pytest.mark.asyncio(loop_scope="session")]


def person(page: Page, name: str) -> Locator:
    return page.locator("li.person").filter(has=page.get_by_text(name, exact=True))


async def opened_person(page: Page, name: str) -> Locator:
    line = person(page, name)
    await line.locator(".person-line").click()
    return line


async def test_somebody_who_is_added_signs_in_with_the_password_that_was_shown_once(home: House) -> None:
    console = await home.browser(await home.account("admin"), "/people")
    page = console.page

    await page.get_by_role("button", name="Add person").click()
    form = page.get_by_role("form", name="New person")
    await form.get_by_label("Name").fill("newcomer")
    await form.get_by_role("button", name="Generate").click()
    await form.get_by_label("Sees only containers labelled").fill("team=blue")
    await form.get_by_role("button", name="Add").click()
    shown = page.get_by_role("dialog", name="newcomer was added")
    password = (await shown.locator("pre").inner_text()).strip()
    await shown.get_by_role("button", name="Done").click()
    await shown.get_by_role("button", name="Close anyway").click()
    await expect(person(page, "newcomer")).to_contain_text("team=blue")
    assert password not in await page.content()

    theirs = await home.stranger("/account")
    await sign_in(theirs.page, "newcomer", password)
    await theirs.is_connected_as("live")
    await expect(theirs.page.get_by_text("You see containers labelled team=blue.")).to_be_visible()


async def test_another_role_holds_at_once_in_the_browser_of_the_person(home: House) -> None:
    boss, name = await home.account("admin"), await home.account("admin")
    mine, theirs = await home.browser(boss, "/people"), await home.browser(name, "/audit")
    await expect(theirs.page.get_by_role("link", name="People")).to_be_visible()
    await expect(theirs.page.locator("li.audit").first).to_be_visible()

    line = await opened_person(mine.page, name)
    await line.get_by_label("Viewer").check()
    await line.get_by_role("button", name="Save").click()

    await expect(line.get_by_text("Saved.")).to_be_visible()
    await expect(theirs.page.get_by_role("link", name="People")).to_have_count(0, timeout=SOON_MS)
    await expect(theirs.page.get_by_text("Only administrators read the audit trail.")).to_be_visible()
    await expect(theirs.page.locator("li.audit")).to_have_count(0)
    # Not signed out: what a viewer sees goes on.
    await theirs.is_connected_as("live")
    await expect(sign_in_again(theirs.page)).to_have_count(0)


async def test_somebody_who_is_disabled_is_out_at_once_and_stays_out(home: House) -> None:
    boss, name = await home.account("admin"), await home.account("operator")
    theirs = await home.browser(name, "/containers")
    mine = await home.browser(boss, "/people")

    line = await opened_person(mine.page, name)
    await line.get_by_role("button", name="Disable").click()
    question = mine.page.get_by_role("dialog", name=f"Disable {name}?")
    await expect(question.get_by_text("1 device is signed out at once.")).to_be_visible()
    await question.get_by_role("button", name="Disable").click()

    await expect(line.locator(".person-line")).to_contain_text("disabled")
    again = sign_in_again(theirs.page)
    await expect(again).to_be_visible(timeout=SOON_MS)
    await sign_in(again, None)
    await expect(again.get_by_role("alert")).to_contain_text("The name or the password is wrong.")
    await line.get_by_role("button", name="Enable").click()
    await mine.page.get_by_role("dialog").get_by_role("button", name="Enable").click()
    await expect(line.get_by_role("button", name="Disable")).to_be_visible()
    await sign_in(again, None)
    await theirs.is_connected_as("live")


async def test_the_last_administrator_cannot_take_it_from_themselves(home: House) -> None:
    page = (await home.browser("admin", "/people")).page
    _, list_ = await home.people.ask(home.people.admin, "GET", "/api/v1/users")
    for user in list_["users"]:
        if user["role"] == "admin" and user["name"] != "admin" and not user["disabled"]:
            path = f"/api/v1/users/{user['name']}"
            await home.people.ask(home.people.admin, "PATCH", path, {"disabled": True})

    line = await opened_person(page, "admin")
    await line.get_by_label("Viewer").check()
    await line.get_by_role("button", name="Save").click()

    await expect(line.get_by_role("alert")).to_contain_text("This is the last administrator.")
    await expect(line.get_by_label("Viewer")).to_be_checked()


async def test_the_trail_shows_what_happens_now_and_its_filter_is_in_the_address(home: House) -> None:
    boss, name = await home.account("admin"), await home.account("viewer")
    console = await home.browser(boss, "/audit")
    page = console.page
    newest = page.locator("li.audit").first

    await home.people.ask(home.people.admin, "POST", "/api/v1/auth/sign-in", {"name": name, "password": "wrong"})
    await expect(newest).to_contain_text("Sign-in refused: wrong name or password", timeout=SOON_MS)
    await expect(newest).to_contain_text(name)
    await home.people.sign_in(name, PASSWORD)
    await expect(newest).to_contain_text("Signed in", timeout=SOON_MS)

    await page.get_by_label("Person").fill(name)
    await page.get_by_label("Person").press("Enter")
    await page.get_by_role("link", name="Refused").click()
    await expect(page.locator("li.audit")).to_have_count(1)
    assert page.url == f"{home.url}/audit?actor={name}&outcome=refused"
    await console.go(f"/audit?actor={name}&outcome=refused")
    await expect(page.locator("li.audit")).to_have_count(1)
    await expect(page.get_by_label("Person")).to_have_value(name)
    await newest.locator(".audit-what").click()
    await expect(newest).to_contain_text("wrong_credentials")
    await expect(newest).to_contain_text("127.0.0.1")
