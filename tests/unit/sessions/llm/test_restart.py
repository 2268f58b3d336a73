"""A request of the model that waits for a person, and a server that is killed meanwhile: real broker, real storage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from pydantic_ai.messages import ModelMessage, ModelRequest, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, FunctionModel

from server.config import Config
from server.sessions.llm.models import Endpoint
from server.sessions.llm.runner import LlmRunner
from tests.fakes.clock import FakeClock
from tests.fakes.runner import FakeRunner
from tests.fakes.sessions import SessionsHouse, sessions_house


async def restarts_web(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str | dict[int, DeltaToolCall]]:
    """Asks for a restart, and tells what came of it."""
    last = messages[-1]
    results = (
        [part for part in last.parts if isinstance(part, ToolReturnPart)] if isinstance(last, ModelRequest) else []
    )
    if results:
        yield f"It says: {results[0].content}"
    else:
        yield "I restart it."
        yield {1: DeltaToolCall(name="restart", json_args='{"container":"web"}', tool_call_id="call-1")}


async def close() -> None:
    pass


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SessionsHouse]:
    model = FunctionModel(stream_function=restarts_web)
    runner = LlmRunner(
        Config(llm_api="openai", llm_url="http://127.0.0.1:9/v1", llm_model="m"),
        FakeClock(),
        build=lambda config: Endpoint(model, priced=False, concludes=False, close=close),
    )
    await runner.start()
    # Under the name of the one runner that the house has.
    async with sessions_house(tmp_path, runner=cast(FakeRunner, runner)) as house:
        yield house


async def test_an_action_waits_for_a_person_and_is_done_as_them(house: SessionsHouse) -> None:
    run = await house.say("restart web")
    assert (await house.store.run(run.id)).state == "waiting"
    assert house.toolbox.acts == []
    await house.decide("allow", "bob")
    assert (await house.store.run(run.id)).state == "completed"
    assert house.toolbox.acts == [("call-1", "c0ffee", "bob")]
    assert house.texts(run.id) == ["I restart it.", "It says: restarted"]


async def test_a_refusal_is_told_to_the_model_and_nothing_is_done(house: SessionsHouse) -> None:
    run = await house.say("restart web")
    await house.decide("deny", "bob")
    assert (await house.store.run(run.id)).state == "completed"
    assert house.toolbox.acts == []
    assert house.texts(run.id)[0] == "I restart it."


async def test_a_request_outlives_the_server_and_is_done_once(house: SessionsHouse) -> None:
    run = await house.say("restart web")
    (asked,) = house.store.pending()
    await house.restart()
    assert [permission.id for permission in house.store.pending()] == [asked.id]
    await house.decide("allow", "bob")
    assert (await house.store.run(run.id)).state == "completed"
    assert house.toolbox.acts == [("call-1", "c0ffee", "bob")]
    assert house.texts(run.id) == ["I restart it.", "It says: restarted"]
    assert len(house.of(run.id, "session.permission_request")) == 1


async def test_what_was_decided_just_before_the_server_was_killed_is_done_once(house: SessionsHouse) -> None:
    run = await house.say("restart web")
    (asked,) = house.store.pending()
    await house.broker.decide(asked.id, "allow", None, house.people["bob"])
    await house.restart()
    assert (await house.store.run(run.id)).state == "completed"
    assert house.toolbox.acts == [("call-1", "c0ffee", "bob")]
    assert house.texts(run.id)[-1] == "It says: restarted"
