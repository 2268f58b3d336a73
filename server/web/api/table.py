"""Every operation of REST and the socket in one table: the router and the OpenAPI document are both made from it."""

from __future__ import annotations

from aiohttp.typedefs import Handler

from server.protocol.openapi import Answer, Operation
from server.web.api.agent_routes import agent_routes
from server.web.api.identity_routes import identity_routes
from server.web.api.live_routes import live_routes
from server.web.api.openapi import document
from server.web.api.people_routes import people_routes
from server.web.api.route import Route
from server.web.api.session_routes import session_routes


def table(socket: Handler) -> tuple[Route, ...]:
    """All routes; `socket` answers `/ws`."""
    rows = (*live_routes(socket), *identity_routes(), *people_routes(), *session_routes(), *agent_routes())
    described = Operation(
        path="/api/v1/openapi.json",
        name="openapi",
        needs="nothing",
        summary="This document",
        answers=[Answer(200, "OpenAPI 3.1.")],
    )
    return (*rows, Route(described, document([*(row.operation for row in rows), described])))
