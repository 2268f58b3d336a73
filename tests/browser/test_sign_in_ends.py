"""A sign-in that ends, or is renewed, under an open page: neither an event nor what was typed is lost, and whoever
signs in instead sees nothing of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import WebSocket, expect

from tests.browser.console import SOON_MS, Console, opened
from tests.browser.house import House, sign_in, sign_in_again
from tests.process.churn import churn
from tests.process.people import PASSWORD
from tests.process.rest import eventually
from tests.provision.engine import IMAGE

pytestmark = [pytest.mark.engine, pytest.mark.asyncio(loop_scope="session")]

MISSED = 60

# The one timer that waits for minutes is the one that renews the access token: here its time comes at once.
HURRIED = """
const later = window.setTimeout.bind(window);
window.setTimeout = (act, ms, ...more) => later(act, ms > 600_000 ? 500 : ms, ...more);
"""


@pytest_asyncio.fixture(loop_scope="session")
async def reader(home: House) -> AsyncIterator[ClientSession]:
    """What somebody who may see all containers, and nothing else, is told over REST."""
    token = await home.people.service_token("reader", "viewer")
    async with ClientSession(headers={"Connection": "close", **token.headers}) as http:
        yield http


async def test_signing_in_again_resumes_with_every_event_once_and_with_the_filter_as_it_was_typed(
    home: House, reader: ClientSession
) -> None:
    name = await home.account("viewer")
    async with churn(home.engine) as churned:
        console = await home.browser(name, "/containers")
        page = console.page
        await churned.rename(1)
        known = await churned.logged(reader, home.url)
        await page.get_by_role("searchbox").press_sequentially("churn")

        await home.end_sign_ins(name)
        again = sign_in_again(page)
        await expect(again).to_contain_text("ended from elsewhere", timeout=SOON_MS)
        await churned.rename(MISSED)
        events = await churned.logged(reader, home.url)
        # Nothing arrives for somebody who is signed in no more, and Escape does not help.
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
        await expect(again).to_be_visible()
        await expect(page.get_by_text(churned.names[-1], exact=True)).to_have_count(0)
        await expect(again.get_by_label("Password", exact=True)).to_be_focused()
        await expect(again.get_by_label("Name")).to_have_value(name)
        await sign_in(again, None)

        await expect(again).to_have_count(0)
        await expect(page.get_by_role("searchbox")).to_have_value("churn")
        await expect(page.get_by_role("searchbox")).to_be_focused()
        await expect(console.caught_up).to_have_text(f"Caught up {len(events) - len(known)} events", timeout=SOON_MS)
        await expect(page.get_by_text(churned.names[-1], exact=True)).to_be_visible()
        await console.caught_up.click()
        await expect(page.locator("li.event[data-marked]")).to_have_count(len(events) - len(known))
        shown, logged = await console.shown_events(), [event["id"] for event in events]
        # The engine's other tests have left more in the log than a page keeps.
        assert shown == logged[-len(shown) :]
        assert len(shown) > MISSED
        await expect(page.locator("li.event-gap")).to_have_count(0)


async def test_a_form_that_is_half_filled_in_can_be_sent_after_signing_in_again(home: House) -> None:
    name = await home.account("admin")
    console = await home.browser(name, "/people")
    page = console.page
    await page.get_by_role("button", name="Add person").click()
    form = page.get_by_role("form", name="New person")
    await form.get_by_label("Name").fill("half-way")
    await form.get_by_label("First password").fill(PASSWORD)
    await form.get_by_label("Operator").check()

    await home.end_sign_ins(name)
    await expect(sign_in_again(page)).to_be_visible(timeout=SOON_MS)
    await sign_in(sign_in_again(page), None)
    await expect(sign_in_again(page)).to_have_count(0)
    await expect(form.get_by_label("Name")).to_have_value("half-way")
    await form.get_by_role("button", name="Add").click()

    await expect(page.get_by_role("dialog", name="half-way was added")).to_be_visible()
    _, list_ = await home.people.ask(home.people.admin, "GET", "/api/v1/users")
    assert [(user["role"], user["logins"]) for user in list_["users"] if user["name"] == "half-way"] == [
        ("operator", 0)
    ]


async def test_what_is_sent_while_the_sign_in_has_ended_is_done_once_after_signing_in_again(home: House) -> None:
    name = await home.account("viewer")
    context = await home.context(name)
    console = await opened(context, home.url, "/account")
    page = console.page
    tokens = page.get_by_role("region", name="API tokens")
    await tokens.get_by_role("button", name="New token").click()
    await tokens.get_by_label("Name").fill("nightly")
    # The page has not heard yet that the sign-in has ended: the request is what tells it.
    await context.clear_cookies()
    await tokens.get_by_role("button", name="Create token").click()
    await sign_in(sign_in_again(page), None)

    made = page.get_by_role("dialog", name="nightly was created")
    await expect(made).to_be_visible(timeout=SOON_MS)
    caller = await home.people.sign_in(name)
    _, list_ = await home.people.ask(caller, "GET", "/api/v1/account/tokens")
    assert [token["name"] for token in list_["tokens"]] == ["nightly"]


async def test_whoever_signs_in_instead_sees_nothing_of_the_one_before(home: House) -> None:
    first, second = await home.account("admin"), await home.account("viewer", "team=none")
    run = ("run", "--detach", "--name", "secret-work", "--network", "none", "--stop-signal", "KILL")
    container = await asyncio.to_thread(home.engine.docker, *run, IMAGE, "sleep", "3600")
    try:
        console = await home.browser(first, "/containers?q=secret")
        page = console.page
        await expect(page.locator(f'tr.row[data-container="{container}"]')).to_be_visible(timeout=SOON_MS)

        await home.end_sign_ins(first)
        await expect(sign_in_again(page)).to_be_visible(timeout=SOON_MS)
        await sign_in(sign_in_again(page), second)

        await expect(page.get_by_role("button", name=f"Signed in as {second}")).to_be_visible(timeout=SOON_MS)
        await console.is_connected_as("live")
        assert page.url == f"{home.url}/"
        await console.visit("Containers")
        await expect(page.get_by_role("heading", name="There are no containers yet.")).to_be_visible()
        await console.visit("Activity")
        await console.is_loaded()
        left = await page.content()
        assert [word for word in ("secret-work", "q=secret", first) if word in left] == []
    finally:
        await asyncio.to_thread(home.engine.docker, "rm", "--force", container)


async def test_an_access_token_is_renewed_on_the_open_socket_before_it_ends(home: House) -> None:
    name = await home.account("viewer")
    context = await home.context(name)
    await context.add_init_script(HURRIED)
    console = Console(await context.new_page(), home.url)
    sockets = SocketLog()
    console.page.on("websocket", sockets.follow)

    await console.go("/")
    await console.is_connected_as("live")

    async def answers() -> list[str]:
        return sockets.received

    await eventually(answers, lambda received: received.count("token_refreshed") >= 2)
    assert len(sockets.urls) == 1
    assert sockets.sent.count("refresh_token") >= 2
    # The token itself is in no address, which others write down.
    assert all("token" not in url and "eyJ" not in url for url in sockets.urls)


class SocketLog:
    """The types of what the sockets of a page sent and received."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.sent: list[str] = []
        self.received: list[str] = []

    def follow(self, socket: WebSocket) -> None:
        self.urls.append(socket.url)
        socket.on("framesent", lambda frame: self.sent.append(json.loads(frame)["type"]))
        socket.on("framereceived", lambda frame: self.received.append(json.loads(frame)["type"]))
