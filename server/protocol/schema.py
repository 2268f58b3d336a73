"""JSON Schema (2020-12) of every message and body, out of the types themselves.

Clients generate their types from it, so names are part of the protocol: a class's name is its definition's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any, get_args

import msgspec

from server.protocol import chat, client, events, identity, rest, server, session_events, session_pages, sessions, views

# Word lists and unions that the types share; msgspec writes out both wherever they are used.
_WORDS: Mapping[str, Any] = {
    "Action": views.Action,
    "AuditAction": events.AuditAction,
    "AuditOutcome": events.AuditOutcome,
    "Condition": views.Condition,
    "MemberRole": identity.MemberRoleWord,
    "NotRecovered": server.NotRecovered,
    "Observed": events.Observed,
    "OperationState": views.OperationState,
    "Permission": identity.PermissionWord,
    "Role": identity.RoleWord,
    "Scope": identity.ScopeWord,
    "RunnerName": sessions.RunnerName,
    "RunState": sessions.RunState,
    "PermissionState": sessions.PermissionState,
    "Risk": sessions.Risk,
    "Intent": sessions.Intent,
    "SuggestedAction": sessions.SuggestedAction,
    "PolicyMode": sessions.PolicyMode,
    "SessionChange": session_events.SessionChange,
    "Stage": session_events.Stage,
}
BODIES: tuple[type[msgspec.Struct], ...] = (
    chat.ChatAnswer,
    chat.ChatMessageBody,
    chat.HandoverAnalysis,
    chat.HandoverAnalyzeBody,
    client.ActionOptions,
    identity.AuditPage,
    identity.CodeBody,
    identity.ConfirmBody,
    identity.LoginList,
    identity.MemberBody,
    identity.NewPasswordBody,
    identity.NewServiceTokenBody,
    identity.NewToken,
    identity.NewTokenBody,
    identity.NewUserBody,
    identity.NewWorkspaceBody,
    identity.PasswordBody,
    identity.RecoveryCodes,
    identity.SessionView,
    identity.SetupBody,
    identity.SignInBody,
    identity.SignedIn,
    identity.TokenList,
    identity.TotpSetup,
    identity.UserChangeBody,
    identity.UserList,
    identity.UserView,
    identity.WorkspaceList,
    identity.WorkspaceView,
    rest.ErrorAnswer,
    rest.EventsPage,
    rest.HealthAnswer,
    rest.OperationAnswer,
    rest.SocketStatus,
    server.ErrorData,
    session_pages.SessionDetail,
    session_pages.TranscriptPage,
    sessions.CommandBody,
    sessions.DecisionBody,
    sessions.HandoverBody,
    sessions.MessageAccepted,
    sessions.NewMessageBody,
    sessions.NewSessionBody,
    sessions.PermissionList,
    sessions.PermissionView,
    sessions.PolicyBody,
    sessions.PolicyView,
    sessions.RunView,
    sessions.RunnerList,
    sessions.SessionChangeBody,
    sessions.SessionList,
    sessions.SessionSummary,
    views.ContainerDetail,
    views.ContainersData,
    views.LogLine,
    views.MetricsData,
    views.MetricsHistory,
)
_UNIONS: Mapping[str, tuple[Any, str]] = {
    "AnyClientMessage": (client.AnyClientMessage, "What a client may send. Unknown types and fields are errors."),
    "AnyEvent": (events.AnyEvent, "A fact that happened."),
    "AnyServerMessage": (
        server.AnyServerMessage,
        "What the server sends. Messages may grow fields and new types may come: ignore what is not known.",
    ),
    "AnyBody": (reduce(or_, BODIES), "What REST takes and gives, beside events."),
}

Schema = dict[str, Any]


def document() -> Schema:
    """One schema whose `$defs` hold everything, and whose root takes anything that travels."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Anything",
        "description": "Any message of the socket or body of REST, in either direction.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in ("AnyClientMessage", "AnyServerMessage", "AnyBody")],
        "$defs": definitions(),
    }


def definitions(prefix: str = "#/$defs/") -> dict[str, Schema]:
    """Every type by its name, in the order of the alphabet. References begin with `prefix`."""
    unions = {name: get_args(union) for name, (union, _) in _UNIONS.items()}
    types = list(dict.fromkeys(kind for kinds in unions.values() for kind in kinds))
    _, found = msgspec.json.schema_components(types, ref_template=prefix + "{name}")
    structs = _structs(types)
    for name, schema in found.items():
        _finish(schema, structs[name])
    found |= {name: {"title": name, "enum": list(get_args(kind))} for name, kind in _WORDS.items()}
    for name, kinds in unions.items():
        members = [_ref(prefix, kind.__name__) for kind in kinds]
        found[name] = {"title": name, "description": _UNIONS[name][1], "anyOf": members}
    names = _Names(prefix, [_ref(prefix, kind.__name__) for kind in unions["AnyEvent"]])
    return {name: names.put(schema, inside=name) for name, schema in sorted(found.items())}


def _structs(types: Iterable[Any]) -> dict[str, msgspec.inspect.StructType]:
    """Every struct that `types` reach, by name."""
    found: dict[str, msgspec.inspect.StructType] = {}

    def visit(kind: object) -> None:
        match kind:
            case msgspec.inspect.StructType():
                if kind.cls.__name__ not in found:
                    found[kind.cls.__name__] = kind
                    for field in kind.fields:
                        visit(field.type)
            case msgspec.inspect.UnionType():
                for one in kind.types:
                    visit(one)
            case msgspec.inspect.DictType():
                visit(kind.value_type)
            case msgspec.inspect.CollectionType():
                visit(kind.item_type)

    for kind in types:
        visit(msgspec.inspect.type_info(kind))
    return found


def _finish(schema: Schema, struct: msgspec.inspect.StructType) -> None:
    """Put the docstring on one line, and say which fields are always there.

    msgspec describes what it decodes: there a field with a default may be absent. What the server sends has it all the
    same, unless the type leaves its defaults out.
    """
    if "description" in schema:
        schema["description"] = " ".join(schema["description"].split())
    config = struct.cls.__struct_config__
    if not config.forbid_unknown_fields and not config.omit_defaults:
        schema["required"] = list(schema["properties"])
        for field in schema["properties"].values():
            field.pop("default", None)
    for field in schema["properties"].values():
        # An object of anything; without the word, generators take it for an empty one.
        if field == {"type": "object"}:
            field["additionalProperties"] = True


class _Names:
    """Puts references in place of the word lists and the events that are written out."""

    def __init__(self, prefix: str, events: list[Schema]) -> None:
        self._prefix = prefix
        self._events = events
        self._words = {frozenset(get_args(kind)): name for name, kind in _WORDS.items()}

    def put(self, value: Any, *, inside: str) -> Any:
        """`value` with every name put in, but for the one that `value` itself belongs to."""
        if isinstance(value, list):
            return [self.put(one, inside=inside) for one in value]
        if not isinstance(value, dict):
            return value
        word = self._words.get(frozenset(value["enum"])) if isinstance(value.get("enum"), list) else None
        if word is not None and word != inside:
            return _ref(self._prefix, word)
        if inside != "AnyEvent" and all(event in value.get("anyOf", ()) for event in self._events):
            others = [one for one in value["anyOf"] if one not in self._events]
            value = {**value, "anyOf": [*others, _ref(self._prefix, "AnyEvent")]}
            value.pop("discriminator", None)
        return {key: self.put(one, inside=inside) for key, one in value.items()}


def _ref(prefix: str, name: str) -> Schema:
    return {"$ref": prefix + name}
