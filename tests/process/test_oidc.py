"""Signing in through a real provider, by the server's own doors: from the button to the session, and back out again."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar
from playwright.async_api import Browser, expect
from yarl import URL

from tests.fakes.oidc import FakeBrowser
from tests.process.people import PASSWORD, UNHURRIED, People
from tests.process.server import ServerProcess, serving
from tests.provision.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider

pytestmark = pytest.mark.oidc

NO_ENGINE = "unix:///nonexistent/docker.sock"
DOOR, CALLBACK = "/api/v1/auth/oidc", "/api/v1/auth/oidc/callback"
ACCOUNTS: dict[str, dict[str, Any]] = {
    "1001": {"preferred_username": "ann", "groups": ["staff", "ops"]},
    "1002": {"preferred_username": "eve", "groups": ["staff"]},
}
STATE = "pilothouse_state"


@dataclass
class Visit:
    """A browser without a page: it is sent to the provider and comes back."""

    http: ClientSession
    server: ServerProcess

    async def get(self, path: str, **query: str) -> ClientResponse:
        url = self.server.url + path
        async with self.http.get(url, params=query, allow_redirects=False) as answer:
            await answer.read()
            return answer

    async def leave(self, return_to: str = "/") -> str:
        """Use the button; return where it leads."""
        answer = await self.get(DOOR, **{"return": return_to})
        assert answer.status == 302
        return answer.headers["Location"]

    async def sign_in(self, who: str, return_to: str = "/") -> ClientResponse:
        """Go all the way as the provider's account `who`; return the answer to whoever comes back from there."""
        provider = FakeBrowser(self.server.url + CALLBACK)
        try:
            query = await provider.visit(await self.leave(return_to), login_hint=who)
        finally:
            await provider.close()
        return await self.get(CALLBACK, **query)

    async def session(self) -> dict[str, Any]:
        async with self.http.get(f"{self.server.url}/api/v1/auth/session") as answer:
            view: dict[str, Any] = await answer.json()
            return view

    def cookies(self, path: str) -> set[str]:
        """The names of what it would send to `path`."""
        return set(self.http.cookie_jar.filter_cookies(URL(self.server.url + path)))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server and its provider, each of which knows the other's address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    provider = Provider(ACCOUNTS, f"http://127.0.0.1:{port}{CALLBACK}")
    await asyncio.to_thread(provider.start)
    settings = {
        **UNHURRIED,
        "AUTH": "on",
        "ADMIN_PASSWORD": PASSWORD,
        "PORT": str(port),
        "TRUSTED_PROXIES": "127.0.0.1",
        "OIDC_ISSUER": provider.issuer,
        "OIDC_CLIENT_ID": CLIENT_ID,
        "OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "OIDC_ROLES": "ops=operator,sre=admin",
        "OIDC_NAME": "Harbour ID",
    }
    try:
        async with serving(tmp_path, engine=NO_ENGINE, **settings) as server:
            yield server
    finally:
        await asyncio.to_thread(provider.stop)


@pytest.fixture
async def visit(server: ServerProcess) -> AsyncIterator[Visit]:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        yield Visit(http, server)


async def test_whoever_comes_back_is_signed_in_with_the_role_of_their_group_and_lands_where_they_wanted_to_go(
    visit: Visit,
) -> None:
    back = await visit.sign_in("1001", return_to="/containers?q=web")

    assert (back.status, back.headers["Location"]) == (302, "/containers?q=web")
    session = await visit.session()
    assert session["signed_in"] is True
    user = session["user"]
    assert (user["name"], user["role"], user["password"]) == ("ann", "operator", False)
    # What was needed on the way is gone, and the code was for this one time.
    assert visit.cookies(CALLBACK) == {"pilothouse_access", "pilothouse_refresh", "pilothouse_device"}


async def test_the_state_travels_in_a_cookie_that_only_the_way_back_sees(visit: Visit) -> None:
    await visit.leave()
    assert visit.cookies(CALLBACK) == {STATE}
    assert visit.cookies("/") == set()


async def test_the_second_sign_in_finds_the_account_of_the_first(visit: Visit, http: ClientSession) -> None:
    await visit.sign_in("1001")
    first = await visit.session()
    visit.http.cookie_jar.clear()
    await visit.sign_in("1001")
    second = await visit.session()

    assert first["login"] != second["login"]
    assert second["user"]["name"] == "ann"
    people = People(http, visit.server)
    _, users = await people.ask(await people.sign_in("admin"), "GET", "/api/v1/users")
    assert sorted((user["name"], user["oidc"]) for user in users["users"]) == [("admin", False), ("ann", True)]


async def test_somebody_without_a_group_lands_at_the_door_with_the_reason_and_gets_nothing(visit: Visit) -> None:
    back = await visit.sign_in("1002", return_to="/containers")

    assert (back.status, back.headers["Location"]) == (302, "/sign-in?error=oidc_refused")
    assert (await visit.session())["signed_in"] is False
    assert visit.cookies(CALLBACK) == set()


async def test_a_way_back_that_nobody_began_leads_to_the_door(visit: Visit) -> None:
    back = await visit.get(CALLBACK, code="stolen", state="made up")

    assert (back.status, back.headers["Location"]) == (302, "/sign-in?error=oidc_refused")
    assert (await visit.session())["signed_in"] is False


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example"])
async def test_no_way_back_leads_to_another_site(visit: Visit, elsewhere: str) -> None:
    back = await visit.sign_in("1001", return_to=elsewhere)

    there = urlsplit(back.headers["Location"].replace("\\", "/"))
    assert (back.status, there.scheme, there.netloc) == (302, "", "")


async def test_behind_a_proxy_that_ends_tls_the_way_back_is_https_and_so_are_the_cookies(visit: Visit) -> None:
    url = visit.server.url + DOOR
    async with visit.http.get(url, headers={"X-Forwarded-Proto": "https"}, allow_redirects=False) as answer:
        asked = parse_qs(urlsplit(answer.headers["Location"]).query)

    assert asked["redirect_uri"] == [f"https://127.0.0.1:{visit.server.port}{CALLBACK}"]
    cookie = answer.cookies[f"__Secure-{STATE}"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")


@pytest.mark.browser
async def test_the_button_leads_through_the_provider_into_the_console(server: ServerProcess, chromium: Browser) -> None:
    page = await (await chromium.new_context(locale="en-US")).new_page()
    await page.goto(f"{server.url}/activity")
    await page.get_by_role("link", name="Continue with Harbour ID").click()

    await expect(page.get_by_role("button", name="Signed in as ann")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Activity")
    assert page.url == f"{server.url}/activity"
    await page.goto(f"{server.url}/account")
    await expect(page.get_by_text("provider signs you in, so there is no password here")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("button", name="Signed in as ann")).to_be_visible()
