"""The allow-list at the door."""

from __future__ import annotations

import pytest

from tests.unit.web.conftest import ORIGIN, World, code_of

EVIL = "http://evil.example"


@pytest.mark.parametrize("path", ["/", "/health", "/api/v1/containers", "/assets/main-AAAA.js", "/ws", "/nothing"])
async def test_a_rebound_name_reads_nothing(world: World, path: str) -> None:
    response = await world.get(path, Host="evil.example:80")
    assert response.status == 421
    assert await code_of(response) == "host_not_allowed"


async def test_a_foreign_page_starts_no_action(world: World) -> None:
    response = await world.post("/api/v1/containers/web/stop", Origin=EVIL)
    assert response.status == 403
    assert await code_of(response) == "origin_not_allowed"
    assert world.actions.performed == []


async def test_a_foreign_page_opens_no_socket(world: World) -> None:
    upgrade = {"Origin": EVIL, "Upgrade": "websocket", "Connection": "Upgrade"}
    response = await world.client.get("/ws", headers=upgrade)
    assert response.status == 403
    assert await code_of(response) == "origin_not_allowed"


async def test_a_form_of_a_foreign_page_that_hides_its_origin_changes_nothing(world: World) -> None:
    response = await world.post("/api/v1/containers/web/stop", Sec_Fetch_Site="cross-site")
    assert await code_of(response) == "origin_not_allowed"


async def test_a_foreign_page_finds_out_nothing_by_other_methods(world: World) -> None:
    response = await world.client.delete("/api/v1/containers/web", headers={"Origin": EVIL})
    assert await code_of(response) == "origin_not_allowed"


async def test_the_page_of_a_configured_origin_acts(world: World) -> None:
    response = await world.post("/api/v1/containers/web/stop", Origin=ORIGIN)
    assert response.status == 202


async def test_a_script_acts_without_an_origin(world: World) -> None:
    response = await world.post("/api/v1/containers/web/stop")
    assert response.status == 202


async def test_reading_asks_for_no_origin(world: World) -> None:
    response = await world.get("/api/v1/containers", Origin=EVIL)
    assert response.status == 200
    assert "Access-Control-Allow-Origin" not in response.headers
