"""A model that calls nonsense, says nothing, or says too much, over both APIs."""

from __future__ import annotations

import pytest

from server.sessions.llm.runner import LlmRunner
from server.sessions.runner import ModelUnavailable, RunFailed
from tests.fakes.model_stub import Answer, ModelStub, say
from tests.fakes.model_wire import Call, Text
from tests.unit.sessions.llm.conftest import turn
from tests.unit.sessions.llm.fake_host import FakeHost


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (Call("inspect_container", '{"container": "we', "c"), "no JSON object"),
        (Call("inspect_container", "[1]", "c"), "no JSON object"),
        (Call("rm_rf", {"path": "/"}, "c"), "There are: inspect_container"),
        (Call("ask_for_a_person", {"reason": 1}, "c"), "must be texts"),
    ],
)
async def test_a_call_that_is_nonsense_is_told_to_the_model_and_never_done(
    runner: LlmRunner, stub: ModelStub, host: FakeHost, call: Call, told: str
) -> None:
    stub.script = [Answer([call]), say("Sorry.")]
    await runner.run(turn(), host)
    assert host.calls == []
    assert told in stub.asked[1].raw.decode()
    assert host.said == ["Sorry."]


async def test_a_model_that_only_calls_nonsense_is_given_up(runner: LlmRunner, stub: ModelStub, host: FakeHost) -> None:
    stub.otherwise = Answer([Call("rm_rf", {}, "c")])
    with pytest.raises(ModelUnavailable, match="Choose another model"):
        await runner.run(turn(), host)
    assert len(stub.asked) == 4


async def test_a_model_that_answers_nothing_is_given_up(runner: LlmRunner, stub: ModelStub, host: FakeHost) -> None:
    stub.otherwise = Answer([])
    with pytest.raises(ModelUnavailable, match="answered nothing"):
        await runner.run(turn(), host)
    assert len(stub.asked) == 4
    assert host.said == []


async def test_more_calls_at_once_than_are_sensible_are_not_all_done(
    runner: LlmRunner, stub: ModelStub, host: FakeHost
) -> None:
    calls = [Call("inspect_container", {"container": "web"}, f"c{number}") for number in range(40)]
    stub.script = [Answer(calls), say("Enough.")]
    await runner.run(turn(), host)
    assert len(host.calls) == 16
    assert "Too many calls at once" in stub.asked[1].raw.decode()


async def test_an_answer_cut_at_its_length_is_said_with_a_warning(
    runner: LlmRunner, stub: ModelStub, host: FakeHost
) -> None:
    stub.script = [Answer([Text("web is")], stop="max_tokens")]
    await runner.run(turn(), host)
    assert host.said == ["web is"]
    assert host.logged == [("warning", "The answer was cut: it is as long as the model may write.")]


async def test_an_answer_that_was_held_back_fails_the_run(runner: LlmRunner, stub: ModelStub, host: FakeHost) -> None:
    stub.script = [Answer([], stop="refusal")]
    with pytest.raises(RunFailed, match="held the answer back"):
        await runner.run(turn(), host)
