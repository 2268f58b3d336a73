"""Every way in which an endpoint goes wrong, over both APIs."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from server.config import Config
from server.sessions.llm.runner import LlmRunner
from server.sessions.runner import LimitReached, ModelUnavailable, RunFailed
from server.tasks import Tasks
from tests.fakes.clock import FakeClock
from tests.fakes.model_stub import Answer, Garbage, ModelStub, Refuse, Scripted, Silence, say
from tests.fakes.model_wire import Cut, End, Fail, Raw, Text, Wait
from tests.unit.sessions.llm.conftest import KEY, settings, turn
from tests.unit.sessions.llm.fake_host import FakeHost

Run = Callable[[], "asyncio.Task[None]"]


@pytest.fixture
async def run(runner: LlmRunner, host: FakeHost) -> AsyncIterator[Run]:
    """Begins a run, so that a test can do something meanwhile."""
    tasks = Tasks("test")
    yield lambda: tasks.spawn("run", runner.run(turn(), host))
    await tasks.close()


async def test_too_many_requests_are_waited_for_as_long_as_the_endpoint_says(
    run: Run, stub: ModelStub, host: FakeHost, clock: FakeClock
) -> None:
    stub.script = [Refuse(429, kind="rate_limit_error", headers={"Retry-After": "7"}), say("Here I am.")]
    task = run()
    await host.warned.wait()
    await clock.advance(6)
    assert len(stub.asked) == 1
    await clock.advance(1)
    await task
    assert host.said == ["Here I am."]
    assert host.logged == [
        ("warning", "The model's endpoint takes no more requests just now. Trying once more in 7 s.")
    ]


async def test_a_wait_that_is_too_long_is_told_instead_of_waited_for(run: Run, stub: ModelStub) -> None:
    stub.script = [Refuse(429, kind="rate_limit_error", headers={"Retry-After": "3600"})]
    with pytest.raises(ModelUnavailable) as failed:
        await run()
    assert failed.value.retry_after_s == 3600
    assert len(stub.asked) == 1


@pytest.mark.parametrize("status", [500, 503, 529])
async def test_an_endpoint_that_fails_is_asked_three_times(
    run: Run, stub: ModelStub, host: FakeHost, clock: FakeClock, status: int
) -> None:
    stub.otherwise = Refuse(status)
    task = run()
    for wait_s in (1, 4):
        await host.warned.wait()
        host.warned.clear()
        await clock.advance(wait_s)
    with pytest.raises(ModelUnavailable, match="error of its own"):
        await task
    assert len(stub.asked) == 3
    assert host.turns == 1


async def test_an_error_in_the_stream_before_any_word_is_tried_again(
    run: Run, stub: ModelStub, host: FakeHost, clock: FakeClock
) -> None:
    stub.script = [Answer([Fail()]), say("Now.")]
    task = run()
    await host.warned.wait()
    await clock.advance(1)
    await task
    assert host.said == ["Now."]


@pytest.mark.parametrize(
    "end", [Cut(), End(), Fail(), Raw("event: content_block_delta\ndata: {not\n\n")], ids=["cut", "end", "error", "bad"]
)
async def test_an_answer_that_breaks_off_leaves_what_was_written(
    run: Run, stub: ModelStub, host: FakeHost, end: Cut | End | Fail | Raw
) -> None:
    stub.script = [Answer([Text("web is running"), end])]
    with pytest.raises(ModelUnavailable):
        await run()
    assert host.streamed == "web is running"
    assert host.said == []
    assert len(stub.asked) == 1


async def test_an_endpoint_that_never_answers_is_left_after_a_minute(
    run: Run, stub: ModelStub, clock: FakeClock
) -> None:
    stub.script = [Silence()]
    task = run()
    await stub.arrived.wait()
    await clock.advance(60)
    with pytest.raises(ModelUnavailable, match="nothing for 60 seconds"):
        await task
    await stub.left.wait()
    assert len(stub.asked) == 1


async def test_a_model_that_falls_silent_is_left_after_a_minute(
    run: Run, stub: ModelStub, host: FakeHost, clock: FakeClock
) -> None:
    stub.script = [Answer([Text("web"), Wait(asyncio.Event())])]
    task = run()
    await host.wrote.wait()
    await clock.advance(60)
    with pytest.raises(ModelUnavailable, match="nothing for 60 seconds"):
        await task
    assert host.streamed == "web"
    await stub.left.wait()


async def test_a_slow_model_is_waited_for_as_long_as_it_writes(
    run: Run, stub: ModelStub, host: FakeHost, clock: FakeClock
) -> None:
    gates = [asyncio.Event() for _ in range(3)]
    stub.script = [Answer([part for gate in gates for part in (Text("word"), Wait(gate))])]
    task = run()
    for gate in gates:
        await host.wrote.wait()
        host.wrote.clear()
        await clock.advance(50)
        gate.set()
    await task
    assert clock.monotonic() == 150
    assert host.said[0].count("word") == 3


async def test_a_stopped_run_hangs_up_at_once(run: Run, stub: ModelStub, host: FakeHost) -> None:
    stub.script = [Answer([Text("web"), Wait(asyncio.Event())])]
    task = run()
    await host.wrote.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await stub.left.wait()
    assert stub.streams == 0


async def test_a_run_that_wrote_too_much_hangs_up(run: Run, stub: ModelStub, host: FakeHost) -> None:
    def too_much(text: str) -> None:
        raise LimitReached("The run wrote too much.")

    host.on_delta = too_much
    stub.script = [Answer([Text("web"), Wait(asyncio.Event())])]
    with pytest.raises(LimitReached):
        await run()
    await stub.left.wait()


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (Refuse(401, f"Incorrect API key: {KEY}", "authentication_error"), "PILOTHOUSE_LLM_KEY"),
        (Refuse(403, f"{KEY} may not", "permission_error"), "PILOTHOUSE_LLM_KEY"),
        (Refuse(404, "no such model", "not_found_error"), "PILOTHOUSE_LLM_MODEL and PILOTHOUSE_LLM_URL"),
        (Refuse(402, "pay", "billing_error"), "credit"),
        (
            Refuse(400, f"tools need {KEY} --jinja", "invalid_request_error"),
            r"\(400\): tools need <redacted> --jinja\.",
        ),
        (Refuse(307, kind="moved", headers={"Location": "http://127.0.0.1:9/"}), "PILOTHOUSE_LLM_URL|307"),
        (Garbage(), "PILOTHOUSE_LLM_API and PILOTHOUSE_LLM_URL"),
        (Garbage(b'{"hello": "world"}', "application/json"), "PILOTHOUSE_LLM_API and PILOTHOUSE_LLM_URL"),
        (Garbage(b"\x00\xff" * 1000, "text/event-stream"), "PILOTHOUSE_LLM_API and PILOTHOUSE_LLM_URL"),
        (Garbage(b"data: [1, 2]\n\n", "text/event-stream"), "PILOTHOUSE_LLM_API and PILOTHOUSE_LLM_URL"),
        (Garbage(b"", "text/event-stream"), "PILOTHOUSE_LLM_API and PILOTHOUSE_LLM_URL"),
    ],
)
async def test_what_is_set_up_wrong_is_named_and_not_tried_again(
    run: Run, stub: ModelStub, answer: Scripted, names: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    stub.script = [answer]
    with pytest.raises(RunFailed, match=names) as failed:
        await run()
    assert type(failed.value) is RunFailed
    assert len(stub.asked) == 1
    assert KEY not in str(failed.value)
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("api", "refused"),
    [
        ("openai", Refuse(400, "This model's maximum context length is 8192 tokens. You requested 9000.", "x")),
        ("openai", Refuse(400, "the request exceeds the available context size", "exceed_context_size_error")),
        ("anthropic", Refuse(400, "prompt is too long: 210000 tokens > 200000 maximum", "invalid_request_error")),
        ("anthropic", Refuse(413, "Request exceeds the maximum size", "request_too_large")),
    ],
)
async def test_a_conversation_that_is_too_long_for_the_model_says_so(
    run: Run, stub: ModelStub, refused: Refuse
) -> None:
    stub.script = [refused]
    with pytest.raises(RunFailed, match="longer than the model can take"):
        await run()


async def test_an_endpoint_that_is_not_there_is_tried_again_and_named(
    start: Callable[[Config], Awaitable[LlmRunner]], stub: ModelStub, api: str, host: FakeHost, clock: FakeClock
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        stub.url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        runner = await start(settings(stub, api))
        tasks = Tasks("test")
        task = tasks.spawn("run", runner.run(turn(), host))
        for wait_s in (1, 4):
            await host.warned.wait()
            host.warned.clear()
            await clock.advance(wait_s)
        with pytest.raises(ModelUnavailable, match="PILOTHOUSE_LLM_URL"):
            await task


async def test_the_environment_changes_neither_address_nor_headers_nor_way(
    stub: ModelStub,
    api: str,
    host: FakeHost,
    start: Callable[[Config], Awaitable[LlmRunner]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("OPENAI_CUSTOM_HEADERS", "ANTHROPIC_CUSTOM_HEADERS"):
        monkeypatch.setenv(name, "X-Surprise: yes")
    monkeypatch.setenv("OPENAI_ORG_ID", "surprise")
    runner = await start(settings(stub, api))
    await runner.run(turn(), host)
    assert len(stub.asked) == 1
    assert "surprise" not in stub.asked[0].everything().lower()
