"""One table is the router and the document."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web

from server.config import Config
from server.errors import StartupError
from server.protocol.rest import ErrorAnswer
from server.web import keys, routes, socket
from tests.unit.web.conftest import World


async def document(world: World) -> dict[str, Any]:
    found: dict[str, Any] = await (await world.get("/api/v1/openapi.json")).json()
    return found


async def test_every_route_but_the_interfaces_is_in_the_document(world: World) -> None:
    described = {
        (method.upper(), path) for path, methods in (await document(world))["paths"].items() for method in methods
    }
    routed = {
        (route.method, route.resource.canonical)
        for route in world.client.app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    interface = {("GET", "/assets/{name}"), ("GET", "/{path}")}
    assert routed - interface == described


async def test_every_reference_of_the_document_leads_somewhere(world: World) -> None:
    text = await (await world.get("/api/v1/openapi.json")).text()
    schemas = json.loads(text)["components"]["schemas"]
    references = {part.split('"')[0] for part in text.split('"$ref":"#/components/schemas/')[1:]}
    assert references <= schemas.keys()
    assert "ContainersData" in references


async def test_every_operation_has_a_name_of_its_own_and_describes_errors(world: World) -> None:
    operations = [one for methods in (await document(world))["paths"].values() for one in methods.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    for one in operations:
        error = one["responses"]["default"]["content"]["application/json"]["schema"]["$ref"]
        assert error.endswith(ErrorAnswer.__name__)


async def test_every_placeholder_of_a_path_is_described(world: World) -> None:
    for path, methods in (await document(world))["paths"].items():
        placeholders = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        for operation in methods.values():
            described = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert described == placeholders, path


async def test_who_has_the_document_is_not_sent_it_again(world: World) -> None:
    tag = (await world.get("/api/v1/openapi.json")).headers["ETag"]
    assert (await world.get("/api/v1/openapi.json", If_None_Match=tag)).status == 304


def test_an_origin_that_is_none_stops_the_start() -> None:
    app = web.Application()
    app[keys.CONFIG] = Config(origins=("ops.example.net",))
    with pytest.raises(StartupError):
        routes.setup(app, socket.handle)
