"""One row of the table that the router and the OpenAPI document are both made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp.typedefs import Handler

from server.protocol.openapi import Input, Operation
from server.web.requests import IDEMPOTENCY_KEY, Parameter

IDEMPOTENCY = Input(
    name=IDEMPOTENCY_KEY,
    where="header",
    help="A ULID. The same one makes a resend safe: it has one effect. One is made when it is missing.",
    schema={"type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"},
)


@dataclass(frozen=True, slots=True)
class Route:
    """One operation and what answers it."""

    operation: Operation
    handler: Handler


def queries(*parameters: Parameter[Any]) -> list[Input]:
    """Query parameters as the document describes them."""
    return [Input(name=one.name, where="query", help=one.help, schema=one.schema()) for one in parameters]
