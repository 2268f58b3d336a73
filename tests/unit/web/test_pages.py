"""The page around the interface."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.web.conftest import World, code_of

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_the_page_names_what_the_manifest_names(world: World) -> None:
    response = await world.get("/", **PAGE)
    page = await response.text()
    assert (response.status, response.content_type, response.charset) == (200, "text/html", "utf-8")
    assert '<script type="module" src="/assets/main-AAAA.js"' in page
    assert '<link rel="stylesheet" href="/assets/main-BBBB.css">' in page
    assert '<link rel="stylesheet" href="/assets/shared-EEEE.css">' in page
    assert '<link rel="modulepreload" href="/assets/shared-DDDD.js"' in page
    assert '<link rel="icon" href="/assets/favicon-CCCC.svg">' in page
    assert '<div id="app"></div>' in page


async def test_the_page_is_asked_for_anew_each_time(world: World) -> None:
    assert (await world.get("/")).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/containers", "/containers/my.app", "/activity?filter=x", "/a/b/c.js", "/assets2"])
async def test_every_address_that_a_person_asks_for_is_the_page(world: World, path: str) -> None:
    response = await world.get(path, **PAGE)
    assert (response.status, response.content_type) == (200, "text/html")


@pytest.mark.parametrize("path", ["/favicon.ico", "/robots.txt", "/sw.js", "/assets/gone-1234.js"])
async def test_a_file_that_is_not_there_is_not_the_page(world: World, path: str) -> None:
    response = await world.get(path, **PAGE)
    assert response.status == 404
    assert await code_of(response) == "not_found"


async def test_a_program_that_asks_for_no_page_gets_none(world: World) -> None:
    response = await world.get("/containers", Accept="application/json")
    assert response.status == 404


@pytest.mark.parametrize(
    ("accepted", "language"), [("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("en-US,ko;q=0.5", "en"), ("", "en"), ("fr", "en")]
)
async def test_the_page_begins_in_the_browsers_language(world: World, accepted: str, language: str) -> None:
    response = await world.get("/", Accept_Language=accepted)
    assert f'<html lang="{language}">' in await response.text()
    assert "Accept-Language" in response.headers["Vary"]


class TestWithoutAnInterface:
    @pytest.fixture
    def interface(self, tmp_path: Path) -> Path:
        return tmp_path

    async def test_the_page_says_which_command_builds_it(self, world: World) -> None:
        response = await world.get("/", **PAGE)
        assert (response.status, response.content_type) == (503, "text/html")
        assert "make run" in await response.text()

    async def test_the_rest_works(self, world: World) -> None:
        assert (await world.get("/api/v1/containers")).status == 200
        assert (await world.get("/assets/main.js")).status == 404
