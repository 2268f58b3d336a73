from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from server.config import Config
from server.sessions.llm.runner import LlmRunner
from server.sessions.runner import Said, Turn
from tests.fakes.clock import FakeClock
from tests.fakes.model_stub import ModelStub
from tests.unit.sessions.llm.fake_host import FakeHost

KEY = "sk-a-key-that-nobody-may-see"


def turn(text: str = "How is web?", *, history: tuple[Said, ...] = (), continuation: bytes | None = None) -> Turn:
    return Turn(session="s", workspace="w", run="r", by="ann", text=text, history=history, continuation=continuation)


@pytest.fixture
async def stub() -> AsyncIterator[ModelStub]:
    async with ModelStub().running() as stub:
        yield stub


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture(params=["openai", "anthropic"])
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def settings(stub: ModelStub, api: str) -> Config:
    if api == "openai":
        return Config(llm_api="openai", llm_url=f"{stub.url}/v1", llm_model="qwen3", llm_key=KEY)
    return Config(llm_api="anthropic", llm_url=stub.url, llm_model="claude-sonnet-5-5", llm_key=KEY)


@pytest.fixture
async def start(clock: FakeClock) -> AsyncIterator[Callable[[Config], Awaitable[LlmRunner]]]:
    """Starts a runner; all of them are closed in the end."""
    runners: list[LlmRunner] = []

    async def start(config: Config) -> LlmRunner:
        runner = LlmRunner(config, clock)
        await runner.start()
        runners.append(runner)
        return runner

    yield start
    for runner in runners:
        await runner.close()


@pytest.fixture
async def runner(stub: ModelStub, api: str, start: Callable[[Config], Awaitable[LlmRunner]]) -> LlmRunner:
    return await start(settings(stub, api))
