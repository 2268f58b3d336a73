"""Settings, life and death of the runner; with a model made of a function where no endpoint is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable

import pytest
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, DeltaThinkingPart, DeltaToolCall, FunctionModel
from pydantic_ai.usage import RequestUsage

from server.config import Config
from server.errors import StartupError
from server.sessions.llm.conversation import price
from server.sessions.llm.deferred import encode
from server.sessions.llm.models import Endpoint, build
from server.sessions.llm.runner import LlmRunner
from server.sessions.runner import ModelUnavailable, RunFailed
from tests.fakes.clock import FakeClock
from tests.fakes.model_stub import Answer, ModelStub
from tests.fakes.model_wire import Text
from tests.unit.sessions.llm.conftest import KEY, settings, turn
from tests.unit.sessions.llm.fake_host import FakeHost

LOCAL = Config(llm_api="openai", llm_url="http://127.0.0.1:9/v1", llm_model="qwen3")
Piece = str | dict[int, DeltaToolCall] | dict[int, DeltaThinkingPart]
Stream = Callable[[list[ModelMessage], AgentInfo], AsyncIterator[Piece]]


def python(program: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False, env={**os.environ}
    )
    return done.stdout + done.stderr


def test_a_server_without_a_model_does_not_load_the_libraries() -> None:
    assert python(
        "import sys, server.app, server.sessions.llm.runner\n"
        "print([name for name in ('pydantic_ai', 'pydantic', 'openai', 'anthropic') if name in sys.modules])"
    ).endswith("[]\n")


def test_making_a_model_and_pricing_an_answer_opens_no_connection() -> None:
    """Neither telemetry nor a price list: an audit hook sees every look-up and every connection of the process."""
    assert python(
        "import sys\n"
        "seen = []\n"
        "network = ('socket.connect', 'socket.getaddrinfo')\n"
        "sys.addaudithook(lambda name, args: seen.append(name) if name in network else None)\n"
        "from server.config import Config\n"
        "from server.sessions.llm import conversation, models\n"
        "from pydantic_ai.messages import ModelResponse\n"
        "from pydantic_ai.usage import RequestUsage\n"
        "for api, name in (('openai', 'gpt-4o'), ('anthropic', 'claude-sonnet-5')):\n"
        "    models.build(Config(llm_api=api, llm_model=name, llm_key='k'))\n"
        "used = RequestUsage(input_tokens=1000, output_tokens=10)\n"
        "print(conversation.price(ModelResponse(parts=[], usage=used, model_name='gpt-4o', provider_name='openai')))\n"
        "print(seen)\n"
    ).endswith("0.0026\n[]\n")


def test_a_missing_extra_stops_the_start_and_says_what_to_install() -> None:
    printed = python(
        "import sys, asyncio\n"
        "sys.modules['pydantic_ai'] = None\n"
        "from server.clock import SystemClock\n"
        "from server.config import Config\n"
        "from server.sessions.llm.runner import LlmRunner\n"
        "config = Config(llm_api='openai', llm_url='http://127.0.0.1:9/v1', llm_model='m')\n"
        "try:\n"
        "    asyncio.run(LlmRunner(config, SystemClock()).start())\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    assert printed.startswith("StartupError")
    assert 'pip install "pilothouse[llm]"' in printed


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (Config(), "PILOTHOUSE_LLM_API"),
        (Config(llm_api="openai", llm_key="k"), "PILOTHOUSE_LLM_MODEL"),
        (Config(llm_api="anthropic", llm_model="m"), "PILOTHOUSE_LLM_KEY"),
        (Config(llm_api="openai", llm_model="m", llm_url="127.0.0.1:8080"), "PILOTHOUSE_LLM_URL"),
        (Config(llm_api="openai", llm_model="m", llm_url="http://[::1"), "PILOTHOUSE_LLM_URL"),
        (Config(llm_api="openai", llm_model="m", llm_url="http://ann:secret@127.0.0.1/v1"), "PILOTHOUSE_LLM_KEY"),
        (Config(llm_api="openai", llm_model="m", llm_url="http://127.0.0.1/v1?key=secret"), "PILOTHOUSE_LLM_KEY"),
    ],
)
async def test_settings_that_cannot_work_stop_the_start_and_are_named(config: Config, names: str) -> None:
    with pytest.raises(StartupError, match=names) as refused:
        await LlmRunner(config, FakeClock()).start()
    assert "secret" not in str(refused.value)


def test_the_label_tells_model_and_api() -> None:
    assert LlmRunner(LOCAL, FakeClock()).label == "qwen3 (OpenAI API)"


async def test_the_key_is_in_no_representation(stub: ModelStub, api: str) -> None:
    config = settings(stub, api)
    runner = LlmRunner(config, FakeClock())
    await runner.start()
    endpoint = build(config)
    assert KEY not in f"{runner!r}{runner.__dict__!r}{endpoint!r}{endpoint.model!r}"
    await endpoint.close()
    await runner.close()


async def test_without_a_key_a_local_server_gets_none(stub: ModelStub, api: str, host: FakeHost) -> None:
    url = f"{stub.url}/v1" if api == "openai" else stub.url
    config = Config(llm_api="openai" if api == "openai" else "anthropic", llm_url=url, llm_model="qwen3")
    runner = LlmRunner(config, FakeClock())
    await runner.start()
    await runner.run(turn(), host)
    await runner.close()
    assert not {"authorization", "x-api-key"} & stub.asked[0].headers.keys()


async def test_a_closed_runner_answers_no_more(stub: ModelStub, api: str, host: FakeHost) -> None:
    runner = LlmRunner(settings(stub, api), FakeClock())
    await runner.start()
    await runner.close()
    await runner.close()
    with pytest.raises(ModelUnavailable):
        await runner.run(turn(), host)
    assert await runner.clean_up("r") == []


async def test_a_model_that_is_not_its_makers_own_has_no_price(stub: ModelStub, api: str, host: FakeHost) -> None:
    runner = LlmRunner(settings(stub, api), FakeClock())
    await runner.start()
    stub.script = [Answer([Text("Free.")])]
    await runner.run(turn(), host)
    await runner.close()
    assert host.costs == []


async def test_a_continuation_of_another_version_fails_with_a_sentence(
    stub: ModelStub, api: str, host: FakeHost
) -> None:
    runner = LlmRunner(settings(stub, api), FakeClock())
    await runner.start()
    for broken in (b"", b"{}", b'{"version":2,"messages":[]}', b'{"version":1,"messages":[{"kind":"?"}]}'):
        with pytest.raises(RunFailed, match="cannot be read any more"):
            await runner.run(turn(continuation=broken), host)
    await runner.close()
    assert stub.asked == []


async def made_of(function: Stream, *, priced: bool = False) -> LlmRunner:
    """A runner whose model is `function`."""

    async def close() -> None:
        pass

    model = FunctionModel(stream_function=function, model_name="gpt-4o")
    runner = LlmRunner(
        LOCAL,
        FakeClock(),
        build=lambda config: Endpoint(model, priced=priced, concludes=False, close=close),
    )
    await runner.start()
    return runner


async def test_what_the_model_thinks_is_not_said(host: FakeHost) -> None:
    async def think(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Piece]:
        yield {0: DeltaThinkingPart(content="They will never know.")}
        yield "All is well."

    await (await made_of(think)).run(turn(), host)
    assert host.said == ["All is well."]
    assert host.told == [("delta", "All is well."), ("reply", "All is well.")]


async def test_a_run_of_several_tools_ends_with_what_the_model_says_last(host: FakeHost) -> None:
    async def steps(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Piece]:
        answers = sum(isinstance(message, ModelResponse) for message in messages)
        names = ["inspect_container", "search_runbooks", "restart_container"]
        if answers < len(names):
            yield f"Step {answers + 1}."
            yield {1: DeltaToolCall(name=names[answers], json_args='{"container":"web"}', tool_call_id=f"c{answers}")}
        else:
            yield "Done."

    await (await made_of(steps)).run(turn(), host)
    assert host.said == ["Step 1.", "Step 2.", "Step 3.", "Done."]
    assert [call.tool for call in host.calls] == ["inspect_container", "search_runbooks", "restart_container"]
    assert [stage for stage, detail in host.stages if detail] == ["reading", "searching", "acting"]
    assert len(host.kept) == 3
    assert host.turns == 4


async def test_the_cost_goes_on_from_where_it_was_before_a_restart(host: FakeHost) -> None:
    async def talk(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Piece]:
        yield "Done."

    call = ToolCallPart("restart_container", {"container": "web"}, "c")
    kept = encode([ModelResponse(parts=[TextPart("I restart it."), call])], 0.25)
    await (await made_of(talk)).run(turn(continuation=kept), host)
    assert host.costs == [0.25]
    assert host.calls[0].id == "c"


async def test_a_model_of_its_maker_is_charged_at_the_known_price(host: FakeHost) -> None:
    response = ModelResponse(
        parts=[TextPart("Done.")],
        usage=RequestUsage(input_tokens=1_000_000, output_tokens=0),
        model_name="gpt-4o",
        provider_name="openai",
    )
    assert price(response) == 2.5
    assert price(ModelResponse(parts=[TextPart("Done.")], model_name="nobody-knows")) is None
