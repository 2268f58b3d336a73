"""One format for everything that goes wrong."""

from __future__ import annotations

import logging

import pytest
from aiohttp import ClientError, web

from server.errors import AppError, TooBusy
from tests.unit.web.conftest import Routes, World, code_of


class Teapot(AppError):
    code = "teapot"
    status = 418


async def _teapot(request: web.Request) -> web.Response:
    raise Teapot("It is a teapot.")


async def _busy(request: web.Request) -> web.Response:
    raise TooBusy("Later.", retry_after_s=1.2)


async def _broken(request: web.Request) -> web.Response:
    raise ValueError("secret detail")


async def _broken_midway(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"begun")
    raise ValueError("secret detail")


async def _moved(request: web.Request) -> web.Response:
    raise web.HTTPFound("/health/live")


@pytest.fixture
def more_routes() -> Routes:
    def add(app: web.Application) -> None:
        app.router.add_get("/api/teapot", _teapot)
        app.router.add_get("/api/busy", _busy)
        app.router.add_get("/api/broken", _broken)
        app.router.add_get("/api/broken-midway", _broken_midway)
        app.router.add_get("/api/moved", _moved)

    return add


async def test_an_expected_failure_has_its_own_status_and_code(world: World) -> None:
    response = await world.get("/api/teapot")
    assert response.status == 418
    assert await code_of(response) == "teapot"


async def test_what_may_work_later_says_when(world: World) -> None:
    response = await world.get("/api/busy")
    assert (response.status, response.headers["Retry-After"]) == (503, "2")


async def test_a_bug_tells_its_details_to_the_log_only(world: World, caplog: pytest.LogCaptureFixture) -> None:
    response = await world.get("/api/broken")
    assert response.status == 500
    assert await code_of(response) == "internal"
    assert "secret detail" not in await response.text()
    assert "secret detail" in caplog.text


async def test_a_bug_after_the_answer_began_cuts_the_connection(world: World) -> None:
    response = await world.get("/api/broken-midway")
    with pytest.raises(ClientError):
        await response.read()


@pytest.mark.parametrize("path", ["/api", "/api/v1", "/api/v1/nothing", "/api/v1/containers/a/b/c", "/health/x"])
async def test_an_unknown_address_of_the_api_is_a_404_and_never_the_page(world: World, path: str) -> None:
    response = await world.get(path, Accept="text/html")
    assert response.status == 404
    assert await code_of(response) == "not_found"


async def test_a_method_that_an_address_does_not_take_is_told_which_it_takes(world: World) -> None:
    response = await world.client.put("/api/v1/containers")
    assert (response.status, response.headers["Allow"]) == (405, "GET,HEAD")
    assert await code_of(response) == "method_not_allowed"


async def test_options_names_the_methods(world: World) -> None:
    response = await world.client.options("/api/v1/containers/web/stop")
    assert (response.status, response.headers["Allow"]) == (204, "POST")


async def test_head_answers_like_get_without_a_body(world: World) -> None:
    response = await world.client.head("/api/v1/containers")
    assert response.status == 200
    assert await response.read() == b""


async def test_a_body_over_the_limit_is_refused(world: World) -> None:
    response = await world.post("/api/v1/containers/web/stop", b"{" + b" " * 5000 + b"}")
    assert response.status == 413
    assert await code_of(response) == "too_large"


async def test_a_redirect_is_no_error(world: World) -> None:
    response = await world.client.get("/api/moved", allow_redirects=False)
    assert response.status == 302


async def test_the_log_of_a_request_has_no_query(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await world.get("/api/v1/events?epoch=hunter2")
    [line] = [record for record in caplog.records if record.getMessage() == "request"]
    fields = vars(line)
    assert (fields["method"], fields["path"], fields["status"]) == ("GET", "/api/v1/events", 409)
    assert fields["bytes"] > 0
    assert "hunter2" not in str(fields["path"])
