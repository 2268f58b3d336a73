"""An OpenAPI 3.1 document out of a table of operations and the message types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from server.access import Permission
from server.protocol.rest import ErrorAnswer
from server.protocol.schema import Schema, definitions

_COMPONENTS = "#/components/schemas/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One parameter of an operation. Those in the path are always required."""

    name: str
    where: Literal["path", "query", "header"]
    help: str
    schema: Schema


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes with `status`: a body of type `kind`, or none."""

    status: int
    help: str
    kind: type[msgspec.Struct] | None = None
    media: str = "application/json"


Needs = Permission | Literal["nothing", "membership"]
"""What somebody needs for an operation: a permission, nothing at all (strangers may), or a role in the workspace that
it is about. The services enforce it; declared here it is documented, and a test holds the one against the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method at one path. `name` is unique; `errors` names the codes worth knowing by their status. With `streams`
    the answer is written while it is made, and there is no HEAD of it."""

    path: str
    method: str = "GET"
    name: str
    needs: Needs
    summary: str
    answers: Sequence[Answer]
    inputs: Sequence[Input] = ()
    body: type[msgspec.Struct] | None = None
    errors: Mapping[int, str] = field(default_factory=dict)
    streams: bool = False


def document(operations: Iterable[Operation], *, version: str) -> Schema:
    """The document of `operations`."""
    paths: dict[str, Schema] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pilothouse",
            "version": version,
            "summary": "The host, its containers and what happened to them.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": definitions(_COMPONENTS), "securitySchemes": _SCHEMES},
    }


# A browser's cookie, or a token that a program sends.
_SCHEMES: Schema = {
    "cookie": {"type": "apiKey", "in": "cookie", "name": "pilothouse_access"},
    "bearer": {"type": "http", "scheme": "bearer"},
}
_ANY_SCHEME: list[Schema] = [{"bearer": []}, {"cookie": []}]


def _operation(operation: Operation) -> Schema:
    described: Schema = {"operationId": operation.name, "summary": operation.summary}
    needs = operation.needs.value if isinstance(operation.needs, Permission) else operation.needs
    described["description"] = f"Needs: {needs}."
    described["security"] = [] if operation.needs == "nothing" else _ANY_SCHEME
    inputs = [_parameter(one) for one in operation.inputs]
    if inputs:
        described["parameters"] = inputs
    if operation.body is not None:
        described["requestBody"] = {"required": False, "content": _content(operation.body, "application/json")}
    described["responses"] = {str(answer.status): _response(answer) for answer in operation.answers}
    for status, codes in operation.errors.items():
        described["responses"][str(status)] = _response(Answer(status, f"Codes: {codes}.", ErrorAnswer))
    described["responses"]["default"] = _response(Answer(0, "Any other error.", ErrorAnswer))
    return described


def _parameter(one: Input) -> Schema:
    described: Schema = {"name": one.name, "in": one.where, "description": one.help, "schema": one.schema}
    if one.where == "path":
        described["required"] = True
    return described


def _response(answer: Answer) -> Schema:
    if answer.kind is None:
        return {"description": answer.help}
    return {"description": answer.help, "content": _content(answer.kind, answer.media)}


def _content(kind: type[msgspec.Struct], media: str) -> Schema:
    return {media: {"schema": {"$ref": _COMPONENTS + kind.__name__}}}
