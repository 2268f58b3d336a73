"""A prompt in one browser, an answer from another, and a server that dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.browser.axe import problems
from tests.browser.console import SOON_MS
from tests.browser.house import House, house
from tests.process.rest import eventually
from tests.provision.engine import IMAGE, Engine

pytestmark = [pytest.mark.engine, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="session")]

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DARK_KOREAN: dict[str, Any] = {"color_scheme": "dark", "locale": "ko-KR"}
RUN = ("run", "--detach", "--name", "web", "--network", "none", "--stop-signal", "KILL", IMAGE, "sleep", "3600")


@dataclass
class Team:
    """Two operators of one workspace, in a house of their own, and a container that they share."""

    home: House
    ann: str
    bob: str

    async def operations(self) -> list[str]:
        """The states of all operations, oldest first."""
        people = self.home.people
        _, page = await people.ask(people.admin, "GET", "/api/v1/events?after=0&limit=1000&channel=system")
        told = [event for event in page["events"] if event["type"].startswith("operation.")]
        return [event["data"]["operation"]["state"] for event in told]


@pytest_asyncio.fixture(loop_scope="session")
async def team(engine: Engine, tmp_path: Path) -> AsyncIterator[Team]:
    await asyncio.to_thread(engine.docker, *RUN)
    async with house(engine, tmp_path) as home:
        ann, bob = await home.account("operator"), await home.account("operator")
        people = home.people
        by = await people.sign_in(ann)
        _, made = await people.ask(by, "POST", "/api/v1/workspaces", {"name": "Ours"})
        await people.ask(by, "PUT", f"/api/v1/workspaces/{made['id']}/members/{bob}", {"role": "member"})
        await eventually(lambda: listed(home), lambda names: "web" in names)
        yield Team(home, ann, bob)
    await asyncio.to_thread(engine.docker, "rm", "--force", "web")


async def test_a_prompt_outlives_the_server_and_is_allowed_from_another_browser(engine: Engine, team: Team) -> None:
    ann = await team.home.browser(team.ann, "/sessions")
    bob = await team.home.browser(team.bob, "/", **PHONE)
    before = await started_at(engine)
    await ask(ann.page, "restart web")
    await expect(card(ann.page)).to_be_visible(timeout=SOON_MS)
    # The badge that stands on every screen.
    await bob.page.get_by_role("link", name="1 approval waits for a decision").click()
    await expect(card(bob.page)).to_contain_text("Restart web", timeout=SOON_MS)

    await team.home.server.kill()
    await ann.is_connected_as("reconnecting", "polling", "offline")
    await team.home.server.start()
    await ann.is_connected_as("live")
    await bob.is_connected_as("live")
    await expect(card(ann.page)).to_have_attribute("data-state", "pending")

    await card(bob.page).get_by_role("button", name="Allow").click()
    await expect(ann.page.get_by_text(f"{team.bob} allowed this")).to_be_visible(timeout=SOON_MS)
    await eventually(team.operations, lambda found: "confirmed" in found)
    assert await team.operations() == ["requested", "running", "confirmed"]
    assert await started_at(engine) != before
    # And the page says what came of it, without being loaded again.
    await expect(ann.page.locator("[data-session-state]").first).to_be_attached()
    await expect(ann.page.get_by_label("Message")).to_be_editable()


async def test_the_exact_call_is_shown_and_a_denial_with_its_reason_reaches_the_other_browser(
    engine: Engine, team: Team
) -> None:
    ann = await team.home.browser(team.ann, "/sessions")
    bob = await team.home.browser(team.bob, "/sessions")
    before = await started_at(engine)
    await ask(ann.page, "stop web")
    await expect(card(ann.page)).to_contain_text('"container": "web"', timeout=SOON_MS)
    await bob.page.goto(ann.page.url)
    await card(bob.page).get_by_role("button", name="Deny").click()
    await bob.page.get_by_label("Why (optional)").fill("not before the deploy")
    await bob.page.get_by_role("button", name="Deny").last.click()
    await expect(ann.page.get_by_text("not before the deploy").first).to_be_visible(timeout=SOON_MS)
    assert await team.operations() == []
    assert await started_at(engine) == before


async def test_what_was_typed_outlives_a_reload_and_another_session(team: Team) -> None:
    ann = await team.home.browser(team.ann, "/sessions")
    await ask(ann.page, "what is the status?")
    await expect(ann.page.get_by_text("containers are running").first).to_be_visible(timeout=SOON_MS)
    first = ann.page.url
    await ann.page.get_by_label("Message").fill("and one more thing")
    await ann.page.goto(team.home.url + "/sessions")
    await ask(ann.page, "hello")
    await ann.page.goto(first)
    await expect(ann.page.get_by_label("Message")).to_have_value("and one more thing", timeout=SOON_MS)


@pytest.mark.parametrize(
    "look", [{}, DARK_KOREAN, PHONE, PHONE | DARK_KOREAN], ids=["desk", "dark", "phone", "dark-phone"]
)
async def test_sessions_are_accessible_and_fit(team: Team, look: dict[str, Any]) -> None:
    people = team.home.people
    by = await people.sign_in(team.ann)
    for texts in (["why is web down?", "restart web"], ["상담원 연결해줘"]):
        _, one = await people.ask(by, "POST", "/api/v1/sessions", {})
        for text in texts:
            status, body = await people.ask(by, "POST", f"/api/v1/sessions/{one['id']}/messages", {"text": text})
            assert status == 202, body
    console = await team.home.browser(team.ann, "/sessions", **look)
    page = console.page
    rows = page.locator("[data-row]")
    await expect(rows).to_have_count(2, timeout=SOON_MS)
    found = await problems(page, "the list")
    for session in await sessions(team, by):
        await console.go(f"/sessions/{session}")
        await console.is_loaded()
        await expect(page.locator("[data-composer]").first).to_be_visible(timeout=SOON_MS)
        found |= await problems(page, f"session {session}")
    await console.go("/approvals")
    await expect(card(page)).to_be_visible(timeout=SOON_MS)
    found |= await problems(page, "what waits")
    assert found == {}
    assert console.errors == []


async def ask(page: Page, text: str) -> None:
    """Open a session and say `text` in it."""
    await page.get_by_role("button", name="New session").click()
    await page.get_by_label("Message").fill(text)
    await page.keyboard.press("Enter")


async def listed(home: House) -> list[str]:
    """The names of the containers that the server knows."""
    _, body = await home.people.ask(home.people.admin, "GET", "/api/v1/containers")
    return [container["name"] for container in body.get("containers", [])]


def card(page: Page) -> Locator:
    return page.locator("article.approval").first


async def sessions(team: Team, by: Any) -> list[str]:
    _, page = await team.home.people.ask(by, "GET", "/api/v1/sessions")
    return [one["id"] for one in page["sessions"]]


async def started_at(engine: Engine) -> str:
    return (await asyncio.to_thread(engine.docker, "inspect", "--format", "{{.State.StartedAt}}", "web")).strip()
