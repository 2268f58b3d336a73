"""Request ids."""

from __future__ import annotations

import pytest

from server.ids import is_ulid
from tests.unit.web.conftest import World


async def test_every_answer_carries_an_id_of_its_own(world: World) -> None:
    first, second = await world.get("/health/live"), await world.get("/nothing.txt")
    assert is_ulid(first.headers["X-Request-ID"])
    assert is_ulid(second.headers["X-Request-ID"])
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


async def test_the_id_of_a_proxy_in_front_is_kept(world: World) -> None:
    response = await world.get("/health/live", X_Request_ID="3f8e7a52-0c1d-4f6b-9a8e-1b2c3d4e5f60")
    assert response.headers["X-Request-ID"] == "3f8e7a52-0c1d-4f6b-9a8e-1b2c3d4e5f60"


@pytest.mark.parametrize("given", ["short", "a" * 65, "with space in it", "<script>alert(1)</script>", "-leading-dash"])
async def test_an_id_that_is_not_well_formed_is_replaced(world: World, given: str) -> None:
    response = await world.get("/health/live", X_Request_ID=given)
    assert is_ulid(response.headers["X-Request-ID"])


async def test_what_is_kept_for_a_year_carries_none(world: World) -> None:
    response = await world.get("/assets/main-AAAA.js")
    assert "X-Request-ID" not in response.headers
