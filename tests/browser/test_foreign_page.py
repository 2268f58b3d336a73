"""A page of another origin, open in the operator's browser, can neither listen to the console nor act through it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from playwright.async_api import BrowserContext

from tests.process.people import PASSWORD, peopled
from tests.process.rest import all_events
from tests.process.server import ServerProcess
from tests.provision.engine import IMAGE, Engine

pytestmark = pytest.mark.engine

OPEN_SOCKET = """
(url) => new Promise((resolve) => {
  const socket = new WebSocket(url);
  socket.onopen = () => resolve("open");
  socket.onclose = (event) => resolve(event.code);
})
"""
# What a page may send anywhere without asking: a "simple" request, whose answer it does not get to see.
POST_BLINDLY = """
(url) => fetch(url, {method: "POST", mode: "no-cors", headers: {"Content-Type": "text/plain"}, body: "{}"})
  .then(() => null, () => null)
"""
SIGN_IN = """
(body) => fetch("/api/v1/auth/sign-in", {
  method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body),
}).then((answer) => answer.status)
"""
READ_WITH_COOKIES = """
(url) => fetch(url, {credentials: "include"}).then((answer) => answer.text(), (error) => error.name)
"""
READ = "(url) => fetch(url).then((answer) => answer.text(), (error) => error.name)"


@pytest.fixture
async def foreign_origin() -> AsyncIterator[str]:
    """A web server of somebody else, on the same machine."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>Win a prize</title>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0).start()
    yield f"http://localhost:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def target(engine: Engine) -> AsyncIterator[str]:
    """A container that would show it if anybody started it."""
    container = await asyncio.to_thread(engine.docker, "create", "--network", "none", IMAGE, "true")
    yield container
    await asyncio.to_thread(engine.docker, "rm", "--force", container)


# Another site, and another port of the same one.
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_a_page_of_another_origin_neither_opens_the_socket_nor_acts_nor_reads(
    engine: Engine,
    server: ServerProcess,
    desktop: BrowserContext,
    http: ClientSession,
    foreign_origin: str,
    target: str,
    name: str,
) -> None:
    there = f"{name}:{server.port}"
    page = await desktop.new_page()
    await page.goto(foreign_origin)

    socket = await page.evaluate(OPEN_SOCKET, f"ws://{there}/ws")
    await page.evaluate(POST_BLINDLY, f"http://{there}/api/v1/containers/{target}/start?wait=5")
    read = await page.evaluate(READ, f"http://{there}/api/v1/containers")
    events = await all_events(http, server.url)
    state = await asyncio.to_thread(engine.docker, "inspect", "--format", "{{.State.Status}}", target)

    assert socket == 1006
    # They did reach the server: it is not the browser alone that stops them.
    asked = requests(server.said(), "/ws", f"/api/v1/containers/{target}/start")
    assert [request["status"] for request in asked] == ["403", "403"]
    assert read == "TypeError"
    assert [event["type"] for event in events if event["type"].startswith("operation.")] == []
    assert state == "created"


def requests(said: str, *paths: str) -> list[dict[str, str]]:
    """What the access log says of `paths`."""
    lines = [dict(field.partition("=")[::2] for field in line.split() if "=" in field) for line in said.splitlines()]
    return [line for line in lines if line.get("path") in paths]


async def test_a_page_of_another_origin_cannot_use_the_sign_in_of_the_operator(
    engine: Engine, tmp_path: Path, desktop: BrowserContext, http: ClientSession, foreign_origin: str, target: str
) -> None:
    async with peopled(http, tmp_path, engine=engine.url) as (server, people):
        home = await desktop.new_page()
        await home.goto(server.url)
        await home.evaluate(SIGN_IN, {"name": "admin", "password": PASSWORD})
        # The browser is signed in: from its own page the socket opens and says so.
        assert await home.evaluate(OPEN_SOCKET, f"ws://127.0.0.1:{server.port}/ws") == "open"

        page = await desktop.new_page()
        await page.goto(foreign_origin)
        for name in ("127.0.0.1", "localhost"):
            there = f"{name}:{server.port}"
            assert await page.evaluate(OPEN_SOCKET, f"ws://{there}/ws?channels=audit") == 1006
            await page.evaluate(POST_BLINDLY, f"http://{there}/api/v1/containers/{target}/start?wait=5")
            await page.evaluate(POST_BLINDLY, f"http://{there}/api/v1/auth/sign-out")
            assert await page.evaluate(READ_WITH_COOKIES, f"http://{there}/api/v1/users") == "TypeError"

        state = await asyncio.to_thread(engine.docker, "inspect", "--format", "{{.State.Status}}", target)
        _, trail = await people.ask(people.admin, "GET", "/api/v1/audit?action=access&outcome=refused")
        assert state == "created"
        # Still signed in, and the attempts are in the trail.
        assert (await home.evaluate(READ, f"{server.url}/api/v1/auth/session")).count('"signed_in":true') == 1
        # The first one of its kind at once; the same again is counted, and written with the next.
        codes = {(entry["data"]["target"], entry["data"]["code"]) for entry in trail["entries"]}
        assert ("GET /ws", "origin_not_allowed") in codes
        assert ("POST /api/v1/containers/{id}/{action}", "origin_not_allowed") in codes
        assert ("POST /api/v1/auth/sign-out", "origin_not_allowed") in codes
