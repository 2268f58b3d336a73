"""The OpenAPI document out of a table of operations."""

from __future__ import annotations

from server.access import Permission
from server.protocol import openapi
from server.protocol.client import ActionOptions
from server.protocol.openapi import Answer, Input, Operation
from server.protocol.rest import OperationAnswer

ACT = Operation(
    method="POST",
    path="/containers/{id}",
    name="act",
    needs=Permission.OPERATE,
    summary="Act",
    inputs=[
        Input(name="id", where="path", help="Which.", schema={"type": "string"}),
        Input(name="wait", where="query", help="How long.", schema={"type": "number"}),
    ],
    body=ActionOptions,
    answers=[Answer(202, "It goes on.", OperationAnswer), Answer(304, "Nothing changed.")],
    errors={409: "id_reused"},
)
DOCUMENT = openapi.document(
    [ACT, Operation(path="/containers/{id}", name="get", needs="nothing", summary="Get", answers=[])], version="9"
)
DESCRIBED = DOCUMENT["paths"]["/containers/{id}"]["post"]


def test_it_says_which_version_of_the_server_it_describes() -> None:
    assert (DOCUMENT["openapi"], DOCUMENT["info"]["version"]) == ("3.1.0", "9")


def test_methods_of_one_path_stand_together() -> None:
    assert set(DOCUMENT["paths"]["/containers/{id}"]) == {"get", "post"}


def test_what_is_in_the_path_is_required_and_the_rest_is_not() -> None:
    assert [(one["name"], one.get("required", False)) for one in DESCRIBED["parameters"]] == [
        ("id", True),
        ("wait", False),
    ]


def test_bodies_and_answers_refer_to_the_message_types() -> None:
    body = DESCRIBED["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/ActionOptions"}
    answer = DESCRIBED["responses"]["202"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/OperationAnswer"}
    assert {"ActionOptions", "OperationAnswer", "ErrorAnswer"} <= DOCUMENT["components"]["schemas"].keys()


def test_an_answer_without_a_body_has_none() -> None:
    assert DESCRIBED["responses"]["304"] == {"description": "Nothing changed."}


def test_errors_have_the_one_format() -> None:
    for status in ("409", "default"):
        content = DESCRIBED["responses"][status]["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/ErrorAnswer"}
    assert "id_reused" in DESCRIBED["responses"]["409"]["description"]


def test_it_says_what_an_operation_needs_and_how_to_show_it() -> None:
    assert DESCRIBED["description"] == "Needs: operate."
    assert DESCRIBED["security"] == [{"bearer": []}, {"cookie": []}]
    assert DOCUMENT["components"]["securitySchemes"].keys() == {"bearer", "cookie"}


def test_what_strangers_may_use_needs_no_token() -> None:
    assert DOCUMENT["paths"]["/containers/{id}"]["get"]["security"] == []
