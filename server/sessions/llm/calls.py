"""The tools that a model calls: described to it, done by the server, and answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart, ToolReturnPart
from pydantic_ai.tools import ToolDefinition

from server.protocol.session_events import Stage
from server.sessions.llm.history import cut
from server.sessions.llm.limits import CALL_ID_CHARS, CALLS, RESULT_CHARS
from server.sessions.llm.prompts import HAND_OVER, HAND_OVER_DESCRIPTION, HAND_OVER_PARAMETERS
from server.sessions.runner import RunHost, ToolCall, ToolSpec


@dataclass(frozen=True)
class Done:
    """`sense`: at least one call was one that could be tried. `handed_over`: a person was asked for."""

    parts: list[ToolReturnPart]
    sense: bool
    handed_over: bool


def definitions(specs: Sequence[ToolSpec]) -> list[ToolDefinition]:
    """The server's tools and the runner's own, as the model is told of them."""
    own = ToolDefinition(name=HAND_OVER, description=HAND_OVER_DESCRIPTION, parameters_json_schema=HAND_OVER_PARAMETERS)
    return [
        *(
            ToolDefinition(name=spec.name, description=spec.description, parameters_json_schema=spec.parameters)
            for spec in specs
        ),
        own,
    ]


def with_own_ids(response: ModelResponse, before: Sequence[ModelMessage]) -> ModelResponse:
    """Return `response` with ids of its calls that no call of this run has had: permissions hang on them, and some
    servers count from zero in every answer."""
    taken = {
        part.tool_call_id
        for message in before
        if isinstance(message, ModelResponse)
        for part in message.parts
        if isinstance(part, ToolCallPart)
    }
    parts = list(response.parts)
    for index, part in enumerate(parts):
        if not isinstance(part, ToolCallPart):
            continue
        call_id = part.tool_call_id
        if call_id in taken or not 0 < len(call_id) <= CALL_ID_CHARS or not call_id.isprintable():
            call_id = f"call_{uuid4().hex}"
        taken.add(call_id)
        parts[index] = replace(part, tool_call_id=call_id)
    return replace(response, parts=parts)


class Caller:
    """Does the calls of one run, one after another: a person who is asked twice at once reads neither."""

    def __init__(self, host: RunHost) -> None:
        self._host = host
        self._specs = {spec.name: spec for spec in host.tools()}

    async def do(self, calls: Sequence[ToolCallPart]) -> Done:
        """Do `calls` through the host, which asks for permission where one is needed, and return what the model is
        told of each."""
        parts: list[ToolReturnPart] = []
        sense = handed_over = False
        for index, call in enumerate(calls):
            wrong = self._wrong(call) if index < CALLS else f"Too many calls at once; at most {CALLS} are done."
            if wrong is not None:
                parts.append(_returned(call, wrong, ok=False))
                continue
            sense = True
            if call.tool_name == HAND_OVER:
                parts.append(await self._hand_over(call))
                handed_over = True
            else:
                parts.append(await self._call(call))
        return Done(parts, sense, handed_over)

    def _wrong(self, call: ToolCallPart) -> str | None:
        if call.tool_name not in self._specs and call.tool_name != HAND_OVER:
            names = ", ".join([*self._specs, HAND_OVER])
            return f"There is no tool of this name. There are: {names}."
        try:
            arguments = call.args_as_dict(raise_if_invalid=True)
        except (ValueError, AssertionError):
            return "The arguments are no JSON object. Call the tool again with one that fits its parameters."
        if call.tool_name == HAND_OVER and not all(
            isinstance(arguments.get(key), str) for key in ("reason", "summary")
        ):
            return "`reason` and `summary` must be texts."
        return None

    async def _hand_over(self, call: ToolCallPart) -> ToolReturnPart:
        arguments = call.args_as_dict()
        await self._host.hand_over(cut(arguments["reason"], 1000), cut(arguments["summary"], 4000))
        return _returned(call, "A person has been asked for. Tell so, and stop.", ok=True)

    async def _call(self, call: ToolCallPart) -> ToolReturnPart:
        await self._host.processing(_stage(self._specs[call.tool_name]), call.tool_name)
        result = await self._host.call_tool(ToolCall(call.tool_call_id, call.tool_name, call.args_as_dict()))
        return _returned(call, cut(result.text, RESULT_CHARS), ok=result.ok)


def _returned(call: ToolCallPart, text: str, *, ok: bool) -> ToolReturnPart:
    return ToolReturnPart(call.tool_name, text, call.tool_call_id, outcome="success" if ok else "failed")


def _stage(spec: ToolSpec) -> Stage:
    if spec.risk != "read":
        return "acting"
    return "searching" if spec.name.startswith("search") else "reading"
