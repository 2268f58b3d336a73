"""Makes the model out of the settings. It imports pydantic-ai, so only `LlmRunner.start` imports it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx2
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.settings import ModelSettings

from server import __version__
from server.config import Config
from server.sessions.llm.limits import ANSWER_TOKENS, SILENCE_S

OPENAI_URL = "https://api.openai.com/v1"
ANTHROPIC_URL = "https://api.anthropic.com"

# The clients take headers from the environment (OPENAI_CUSTOM_HEADERS …) and describe the machine in X-Stainless-*.
# Neither has been asked for: only these leave.
_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "anthropic-beta",
        "anthropic-version",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
        "x-api-key",
    }
)
_CREDENTIALS = frozenset({"authorization", "x-api-key"})

# At debug these write whole conversations into the log.
_TALKATIVE = ("openai", "anthropic", "httpx2", "httpcore2")


@dataclass(frozen=True, repr=False)
class Endpoint:
    """A model that is ready to be asked. `priced`: it is its maker's own, so that its prices are known. `concludes`: an
    answer without a reason why it ended was cut."""

    model: Model
    priced: bool
    concludes: bool
    close: Callable[[], Awaitable[None]]


def build(config: Config) -> Endpoint:
    """Make the model that `config` asks for. Nothing is sent yet. Reads certificates: not for the event loop."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    http = _client(config)
    model = _anthropic(config, http) if config.llm_api == "anthropic" else _openai(config, http)
    return Endpoint(model, priced=not config.llm_url, concludes=True, close=http.aclose)


def _client(config: Config) -> httpx2.AsyncClient:
    async def only_what_is_needed(request: httpx2.Request) -> None:
        allowed = _HEADERS if config.llm_key else _HEADERS - _CREDENTIALS
        for name in [name for name in request.headers if name.lower() not in allowed]:
            del request.headers[name]
        request.headers["User-Agent"] = f"pilothouse/{__version__}"

    return httpx2.AsyncClient(
        verify=httpx2.create_ssl_context(),
        # A proxy of the environment would see every conversation, and a redirect carry it to another host.
        trust_env=False,
        follow_redirects=False,
        timeout=timeout(),
        limits=httpx2.Limits(max_connections=config.runs, max_keepalive_connections=8),
        event_hooks={"request": [only_what_is_needed]},
    )


def timeout() -> httpx2.Timeout:
    """A silent model is left after `SILENCE_S` by whoever asked; the time to read only backs that up."""
    return httpx2.Timeout(connect=10, write=30, pool=30, read=SILENCE_S + 30)


def _openai(config: Config, http: httpx2.AsyncClient) -> Model:
    client = AsyncOpenAI(
        base_url=config.llm_url or OPENAI_URL,
        api_key=config.llm_key or "none",
        http_client=http,
        timeout=timeout(),
        max_retries=0,
    )
    profile = OpenAIModelProfile(
        # Else a missing reason is made up.
        openai_chat_streaming_requires_finish_reason=True,
        # The provider's own invention.
        openai_supports_strict_tool_definition=not config.llm_url,
    )
    if config.llm_url:
        provider = OpenAICompatibleProvider("openai-compatible", openai_client=client)
        return OpenAIChatModel(config.llm_model, provider=provider, profile=profile)
    return OpenAIChatModel(config.llm_model, provider=OpenAIProvider(openai_client=client), profile=profile)


def _anthropic(config: Config, http: httpx2.AsyncClient) -> Model:
    client = AsyncAnthropic(
        base_url=config.llm_url or ANTHROPIC_URL,
        api_key=config.llm_key or "none",
        http_client=http,
        timeout=timeout(),
        max_retries=0,
    )
    provider = AnthropicProvider(anthropic_client=client)
    return AnthropicModel(config.llm_model, provider=provider, settings=ModelSettings(max_tokens=ANSWER_TOKENS))
