"""JSON Schema out of the message types."""

from __future__ import annotations

import json
from typing import Any, get_args

import msgspec
import pytest

from server.protocol import client, events, schema, server, views

DOCUMENT = schema.document()
DEFINITIONS: dict[str, dict[str, Any]] = DOCUMENT["$defs"]


def required(name: str) -> set[str]:
    return set(DEFINITIONS[name]["required"])


@pytest.mark.parametrize(
    ("union", "kinds"),
    [
        ("AnyClientMessage", get_args(client.AnyClientMessage)),
        ("AnyServerMessage", get_args(server.AnyServerMessage)),
        ("AnyEvent", get_args(events.AnyEvent)),
        ("AnyBody", schema.BODIES),
    ],
)
def test_every_message_and_body_is_defined_by_its_own_name(union: str, kinds: tuple[type, ...]) -> None:
    members = {one["$ref"].removeprefix("#/$defs/") for one in DEFINITIONS[union]["anyOf"]}
    if "AnyEvent" in members:
        members |= {one["$ref"].removeprefix("#/$defs/") for one in DEFINITIONS["AnyEvent"]["anyOf"]} - {"AnyEvent"}
        members.discard("AnyEvent")
    assert members == {kind.__name__ for kind in kinds}
    assert members <= DEFINITIONS.keys()


def test_every_reference_leads_somewhere() -> None:
    parts = json.dumps(DOCUMENT).split('"$ref": "#/$defs/')[1:]
    assert {part.split('"')[0] for part in parts} <= DEFINITIONS.keys()


def test_every_definition_is_reached_from_the_root() -> None:
    """Generators of types leave out what nothing refers to."""
    seen: set[str] = set()
    waiting = [json.dumps(DOCUMENT["anyOf"])]
    while waiting:
        for part in waiting.pop().split('"$ref": "#/$defs/')[1:]:
            name = part.split('"')[0]
            if name not in seen:
                seen.add(name)
                waiting.append(json.dumps(DEFINITIONS[name]))
    assert seen == DEFINITIONS.keys()


def test_the_type_of_a_message_is_one_word() -> None:
    assert DEFINITIONS["ContainerStarted"]["properties"]["type"] == {"enum": ["container.started"]}
    assert DEFINITIONS["Connected"]["properties"]["type"] == {"enum": ["connected"]}
    assert "type" in required("ContainerStarted")


def test_what_the_server_sends_always_has_all_of_its_fields() -> None:
    assert {"channel", "data", "timestamp"} <= required("Metrics")
    assert {"state", "message", "details"} == required("PartHealth")
    assert {"public", "ip"} <= required("Port")


def test_what_the_server_leaves_out_may_be_absent() -> None:
    assert required("ChannelStatus") == {"recovered"}


def test_what_a_client_need_not_send_may_be_absent() -> None:
    assert required("Ping") == {"type"}
    assert required("ContainerActionData") == {"container", "action"}


def test_clients_may_send_nothing_unknown_and_the_server_may_grow() -> None:
    assert DEFINITIONS["Subscribe"]["additionalProperties"] is False
    assert DEFINITIONS["SubscribeData"]["additionalProperties"] is False
    assert "additionalProperties" not in DEFINITIONS["Metrics"]


def test_word_lists_are_named_and_keep_their_order() -> None:
    assert DEFINITIONS["Action"]["enum"] == list(get_args(views.Action))
    assert DEFINITIONS["ContainerView"]["properties"]["condition"] == {"$ref": "#/$defs/Condition"}
    assert {"$ref": "#/$defs/NotRecovered"} in DEFINITIONS["ConnectedData"]["properties"]["reason"]["anyOf"]


def test_lists_of_events_name_the_union() -> None:
    items = DEFINITIONS["EventsPage"]["properties"]["events"]["items"]
    assert items["anyOf"] == [{"$ref": "#/$defs/Skip"}, {"$ref": "#/$defs/AnyEvent"}]


def test_an_object_of_anything_says_so() -> None:
    assert DEFINITIONS["PartHealth"]["properties"]["details"] == {"type": "object", "additionalProperties": True}


def test_descriptions_are_one_line() -> None:
    assert not [name for name, one in DEFINITIONS.items() if "\n" in one.get("description", "")]


def test_two_runs_write_the_same_document() -> None:
    assert json.dumps(schema.document()) == json.dumps(DOCUMENT)


def test_making_it_leaves_the_types_as_they_are() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"type":"ping","unknown":1}', type=client.Ping)
