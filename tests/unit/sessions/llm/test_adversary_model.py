"""A model, or whoever speaks for it, that wants to bring the server down."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models.function import AgentInfo, DeltaThinkingCalls, DeltaThinkingPart, DeltaToolCall, FunctionModel

from server.config import Config
from server.sessions.llm.models import Endpoint
from server.sessions.llm.runner import LlmRunner
from server.sessions.runner import RunFailed
from tests.fakes.clock import FakeClock
from tests.fakes.model_stub import Answer, ModelStub, say
from tests.fakes.model_wire import Call
from tests.unit.sessions.llm.conftest import turn
from tests.unit.sessions.llm.fake_host import FakeHost

Wave = AsyncIterator[str | DeltaThinkingCalls | dict[int, DeltaToolCall]]
MIB = "x" * 2**20


async def close() -> None:
    pass


class Endless:
    """Thinks, or writes the arguments of a call, without end. `mib`: how much it wrote."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.mib = 0

    async def answer(self, messages: list[ModelMessage], info: AgentInfo) -> Wave:
        if self.kind == "arguments":
            yield {0: DeltaToolCall(name="inspect_container", json_args="{", tool_call_id="c")}
        while self.mib < 64:
            self.mib += 1
            if self.kind == "thinking":
                yield {0: DeltaThinkingPart(content=MIB)}
            else:
                yield {0: DeltaToolCall(json_args=MIB)}


@pytest.mark.parametrize("kind", ["thinking", "arguments"])
async def test_a_model_that_writes_without_end_where_nobody_reads_is_given_up(host: FakeHost, kind: str) -> None:
    endless = Endless(kind)
    model = FunctionModel(stream_function=endless.answer)
    runner = LlmRunner(
        Config(llm_api="openai", llm_url="http://127.0.0.1:9/v1", llm_model="m"),
        FakeClock(),
        build=lambda config: Endpoint(model, priced=False, concludes=False, close=close),
    )
    await runner.start()
    try:
        with pytest.raises(RunFailed):
            await runner.run(turn(), host)
    finally:
        await runner.close()
    assert endless.mib < 16


@pytest.mark.parametrize(
    "arguments",
    ['{"container":' * 50_000, '{"container":' + "[" * 100_000 + "]" * 100_000 + "}", '{"container":"\\ud800"}'],
    ids=["unclosed", "deep", "half a character"],
)
async def test_arguments_that_nobody_can_read_are_told_to_the_model(
    runner: LlmRunner, stub: ModelStub, host: FakeHost, arguments: str
) -> None:
    stub.script = [Answer([Call("inspect_container", arguments, "c")]), say("Sorry.")]
    await runner.run(turn(), host)
    assert host.said == ["Sorry."]


@pytest.mark.parametrize("id", ["a\nb", "\x00", "\u202e1"])
async def test_an_odd_id_of_a_call_is_replaced(runner: LlmRunner, stub: ModelStub, host: FakeHost, id: str) -> None:
    stub.script = [Answer([Call("inspect_container", {"container": "web"}, id)]), say("Fine.")]
    await runner.run(turn(), host)
    assert host.said == ["Fine."]
    assert host.calls[0].id.isprintable()


async def test_half_a_character_of_a_model_is_no_fault_of_the_server(host: FakeHost) -> None:
    async def answer(messages: list[ModelMessage], info: AgentInfo) -> Wave:
        yield "I look \ud800"
        yield {1: DeltaToolCall(name="inspect_container", json_args='{"container":"web"}', tool_call_id="c")}

    model = FunctionModel(stream_function=answer)
    runner = LlmRunner(
        Config(llm_api="openai", llm_url="http://127.0.0.1:9/v1", llm_model="m"),
        FakeClock(),
        build=lambda config: Endpoint(model, priced=False, concludes=False, close=close),
    )
    await runner.start()
    try:
        with pytest.raises(RunFailed):
            await runner.run(turn(), host)
    finally:
        await runner.close()
