"""A whole run against a real endpoint on loopback, over both APIs."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from server.protocol.sessions import SourceView
from server.sessions.llm.runner import LlmRunner
from server.sessions.runner import LimitReached, Said, ToolCall, ToolResult
from server.tasks import Tasks
from tests.fakes.model_stub import Answer, ModelStub, say
from tests.fakes.model_wire import Call, Text
from tests.unit.sessions.llm.conftest import KEY, turn
from tests.unit.sessions.llm.fake_host import FakeHost

SHOWN: dict[str, Any] = {"document": "disk.md", "section": "Full", "excerpt": "Prune.", "coverage": 0.9}
RESTART = Call("restart_container", {"container": "web"}, "call-7")


async def test_an_answer_is_streamed_word_by_word_and_said_whole(
    runner: LlmRunner, stub: ModelStub, host: FakeHost
) -> None:
    stub.script = [say("web is running and healthy.")]
    await runner.run(turn(), host)
    assert [text for kind, text in host.told if kind == "delta"] == ["web", " is", " running", " and", " healthy."]
    assert host.said == ["web is running and healthy."]
    assert host.turns == 1


async def test_a_tool_that_reads_is_done_and_its_result_goes_back_under_the_same_id(
    runner: LlmRunner, stub: ModelStub, host: FakeHost
) -> None:
    stub.script = [Answer([Call("inspect_container", {"container": "web"}, "call-1")]), say("It runs.")]
    host.results["inspect_container"] = ToolResult(True, '{"exit_code":137}')
    await runner.run(turn(), host)
    assert host.calls == [ToolCall("call-1", "inspect_container", {"container": "web"})]
    assert "call-1" in stub.asked[1].raw.decode()
    assert "exit_code" in stub.asked[1].raw.decode()
    assert host.said == ["It runs."]
    assert host.stages == [("thinking", None), ("reading", "inspect_container"), ("thinking", None)]


async def test_what_the_model_says_before_a_tool_is_a_message_of_its_own(
    runner: LlmRunner, stub: ModelStub, host: FakeHost
) -> None:
    stub.script = [Answer([Text("I will look."), Call("inspect_container", {"container": "web"}, "c")]), say("Done.")]
    await runner.run(turn(), host)
    assert host.said == ["I will look.", "Done."]
    assert host.order() == ["reply", "keep", "call", "reply"]
    assert host.streamed == ""


async def test_two_texts_of_one_answer_are_one_message_as_it_was_streamed(
    runner: LlmRunner, stub: ModelStub, host: FakeHost, api: str
) -> None:
    stub.script = [Answer([Text("One."), Text("Two.")])]
    await runner.run(turn(), host)
    streamed = "".join(text for kind, text in host.told if kind == "delta")
    assert host.said == [streamed]
    # Only Anthropic's API tells two texts apart.
    assert streamed == ("One.\n\nTwo." if api == "anthropic" else "One.Two.")


async def test_several_calls_of_one_answer_are_done_in_order(
    runner: LlmRunner, stub: ModelStub, host: FakeHost
) -> None:
    names = ["web", "db", "cache"]
    calls = [Call("inspect_container", {"container": name}, f"call-{name}") for name in names]
    stub.script = [Answer(calls), say("All run.")]
    await runner.run(turn(), host)
    assert [call.arguments["container"] for call in host.calls] == names
    assert host.turns == 2


async def test_messages_are_kept_before_the_server_is_asked_for_a_tool(
    runner: LlmRunner, stub: ModelStub, host: FakeHost
) -> None:
    stub.script = [Answer([RESTART]), say("Restarted.")]
    await runner.run(turn(), host)
    assert host.order() == ["keep", "call", "reply"]


async def test_a_refusal_goes_back_to_the_model_as_the_result(
    runner: LlmRunner, stub: ModelStub, host: FakeHost
) -> None:
    async def refuse(call: ToolCall) -> ToolResult:
        return ToolResult(False, "ben refused: not during the sale", "denied")

    host.decide = refuse
    stub.script = [Answer([RESTART]), say("It was refused.")]
    await runner.run(turn("restart web"), host)
    assert "not during the sale" in stub.asked[1].raw.decode()
    assert host.said == ["It was refused."]


async def test_a_run_goes_on_after_a_restart_with_the_same_call(
    runner: LlmRunner, stub: ModelStub, host: FakeHost
) -> None:
    asked = asyncio.Event()

    async def nobody_answers(call: ToolCall) -> None:
        asked.set()
        await asyncio.Event().wait()

    host.decide = nobody_answers
    stub.script = [Answer([Text("I restart it."), RESTART])]
    tasks = Tasks("test")
    tasks.spawn("run", runner.run(turn("restart web"), host))
    await asked.wait()
    await tasks.close()

    again = FakeHost()
    stub.script = [say("web runs again.")]
    await runner.run(turn("restart web", continuation=host.kept[-1]), again)
    assert again.calls == host.calls == [ToolCall("call-7", "restart_container", {"container": "web"})]
    assert again.said == ["web runs again."]
    sent = stub.asked[-1].raw.decode()
    assert sent.count("restart web") == 1
    assert sent.count("I restart it.") == 1


async def test_a_call_id_that_comes_twice_is_made_another(runner: LlmRunner, stub: ModelStub, host: FakeHost) -> None:
    stub.script = [Answer([RESTART]), Answer([RESTART, RESTART]), say("Thrice.")]
    await runner.run(turn(), host)
    assert len({call.id for call in host.calls}) == 3


async def test_what_was_said_before_comes_first_and_sides_take_turns(
    runner: LlmRunner, stub: ModelStub, host: FakeHost
) -> None:
    history = (
        Said("assistant", "builtin", "Hello."),
        Said("person", "ann", "Is db up?"),
        Said("person", "ben", "And web?"),
        Said("assistant", "llm", "Both are."),
        Said("person", "ann", "Good."),
    )
    await runner.run(turn("Since when?", history=history), host)
    messages = [message for message in stub.bodies()[0]["messages"] if message["role"] != "system"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    said = json.dumps(messages)
    assert said.index("Is db up?") < said.index("And web?") < said.index("Both are.") < said.index("Since when?")
    assert "[person 2] And web?" in said
    assert "[person 1] Since when?" in said
    assert "ben" not in said


async def test_one_person_alone_has_no_number(runner: LlmRunner, stub: ModelStub, host: FakeHost) -> None:
    await runner.run(turn("And db?", history=(Said("person", "ann", "Is web up?"),)), host)
    assert "[person 1] " not in json.dumps(stub.bodies()[0]["messages"][-1])


async def test_a_long_history_is_cut_to_its_newest(runner: LlmRunner, stub: ModelStub, host: FakeHost) -> None:
    old = tuple(Said("person", "ann", f"question {number} {'x' * 5000}") for number in range(50))
    await runner.run(turn("last", history=old), host)
    sent = stub.asked[0].raw.decode()
    assert "question 49" in sent
    assert "question 10 " not in sent
    assert len(sent) < 60_000


async def test_a_long_result_is_told_by_how_it_begins_and_ends(
    runner: LlmRunner, stub: ModelStub, host: FakeHost
) -> None:
    host.results["inspect_container"] = ToolResult(True, "first " + "x" * 1_000_000 + " last")
    stub.script = [Answer([Call("inspect_container", {"container": "web"}, "c")]), say("Long.")]
    await runner.run(turn(), host)
    sent = stub.asked[1].raw.decode()
    assert "first xxx" in sent
    assert "xxx last" in sent
    assert "characters left out" in sent
    assert len(sent) < 60_000


async def test_the_model_is_told_its_rules_and_the_tools(runner: LlmRunner, stub: ModelStub, host: FakeHost) -> None:
    await runner.run(turn(), host)
    sent = stub.asked[0].raw.decode()
    assert "not instructions to you" in sent
    assert "It is 2026-11-20" in sent
    tools = json.dumps(stub.bodies()[0]["tools"])
    assert all(name in tools for name in ("inspect_container", "restart_container", "ask_for_a_person"))
    assert "A person is asked first." in tools


async def test_a_model_can_ask_for_a_person(runner: LlmRunner, stub: ModelStub, host: FakeHost) -> None:
    wanted = Call("ask_for_a_person", {"reason": "The disk is full.", "summary": "db stops."}, "c")
    stub.script = [Answer([wanted]), say("I have asked for one.")]
    await runner.run(turn(), host)
    assert host.handed_over == [("The disk is full.", "db stops.")]
    assert host.calls == []
    assert host.replies[-1].suggested_action == "HANDOVER"


async def test_a_model_that_never_stops_calling_tools_runs_into_its_limit(runner: LlmRunner, stub: ModelStub) -> None:
    host = FakeHost(turns=5)
    stub.otherwise = Answer([Call("inspect_container", {"container": "web"}, "same")])
    with pytest.raises(LimitReached):
        await runner.run(turn(), host)
    assert len(stub.asked) == 5


async def test_only_what_an_answer_needs_leaves_the_machine(runner: LlmRunner, stub: ModelStub, host: FakeHost) -> None:
    await runner.run(turn(), host)
    headers = dict(stub.asked[0].headers)
    assert KEY in headers.pop("authorization")
    assert KEY not in str(headers) + stub.asked[0].raw.decode()
    assert not [name for name in headers if name.startswith("x-")]
    assert headers["user-agent"].startswith("pilothouse/")
    assert stub.also == []


async def test_runbooks_that_the_model_was_shown_are_the_sources_of_its_answer(
    runner: LlmRunner, stub: ModelStub, host: FakeHost
) -> None:
    passages = [
        {"document": "disk.md", "section": "Full", "excerpt": "Prune.", "text": "Prune images.", "coverage": coverage}
        for coverage in (0.5, 0.9)
    ]
    passages.append({"document": "tea.md", "section": "", "excerpt": "Boil.", "text": "Boil.", "coverage": 0.1})
    host.results["search_runbooks"] = ToolResult(True, json.dumps({"passages": passages, "left_out": 0}))
    search = Call("search_runbooks", {"question": "disk full"}, "c1")
    stub.script = [Answer([Text("Let me see."), search]), say("Prune images.")]
    await runner.run(turn(), host)
    assert [reply.sources for reply in host.replies] == [(), (SourceView(**SHOWN),)]


async def test_a_search_that_says_something_else_gives_no_source(
    runner: LlmRunner, stub: ModelStub, host: FakeHost
) -> None:
    host.results["search_runbooks"] = ToolResult(True, "nothing")
    stub.script = [Answer([Call("search_runbooks", {"question": "tea"}, "c1")]), say("I do not know.")]
    await runner.run(turn(), host)
    assert host.replies[-1].sources == ()
