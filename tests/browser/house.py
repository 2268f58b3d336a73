"""One server with accounts and one Chromium for all tests about people; each brings people and browsers of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.console import SOON_MS, Console, opened
from tests.process.people import PASSWORD, People, peopled
from tests.process.server import ServerProcess
from tests.provision.chromium import chromium
from tests.provision.engine import Engine

DESKTOP: dict[str, Any] = {"locale": "en-US", "viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}


@dataclass
class House:
    """The server, who lives in it, and their browsers."""

    engine: Engine
    server: ServerProcess
    people: People
    http: ClientSession
    chromium: Browser
    _numbers: Any = field(default_factory=lambda: count(1))

    @property
    def url(self) -> str:
        return self.server.url

    async def account(self, role: str, *labels: str) -> str:
        """A new account whose password is PASSWORD; nobody is signed in with it. Return its name."""
        name = f"{role}-{next(self._numbers)}"
        body = {"name": name, "role": role, "password": PASSWORD, "labels": list(labels)}
        status, answer = await self.people.ask(self.people.admin, "POST", "/api/v1/users", body)
        assert status == 201, answer
        return name

    async def stranger(self, path: str = "/", **look: Any) -> Console:
        """A browser in which nobody is signed in, at the page that asks who it is."""
        context = await self.chromium.new_context(**{**DESKTOP, **look})
        console = Console(await context.new_page(), self.url)
        await console.go(path)
        await expect(console.page.locator(".threshold")).to_be_visible(timeout=SOON_MS)
        return console

    async def browser(self, name: str, path: str = "/", **look: Any) -> Console:
        """A browser in which `name` is signed in, live at `path`."""
        return await opened(await self.context(name, **look), self.url, path)

    async def context(self, name: str, **look: Any) -> BrowserContext:
        """A browser with the cookies of a sign-in of `name`."""
        context = await self.chromium.new_context(**{**DESKTOP, **look})
        body = {"name": name, "password": PASSWORD}
        answer = await context.request.post(f"{self.url}/api/v1/auth/sign-in", data=body)
        assert answer.ok, await answer.text()
        return context

    async def end_sign_ins(self, name: str) -> None:
        """Sign `name` out everywhere, as an administrator does from elsewhere."""
        status, _ = await self.people.ask(self.people.admin, "DELETE", f"/api/v1/users/{name}/logins")
        assert status == 204


async def sign_in(page: Page | Locator, name: str | None, password: str = PASSWORD) -> None:
    """Type name and password into the form and send it; None: the name stands there already."""
    if name is not None:
        await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


def sign_in_again(page: Page) -> Locator:
    """What stands over a screen whose sign-in has ended."""
    return page.get_by_role("dialog", name="Sign in again")


@asynccontextmanager
async def house(engine: Engine, folder: Path, **settings: str) -> AsyncIterator[House]:
    async with (
        ClientSession(headers={"Connection": "close"}) as http,
        peopled(http, folder, engine=engine.url, HEARTBEAT_S="2", **settings) as (server, people),
        chromium() as browser,
    ):
        yield House(engine, server, people, http, browser)
