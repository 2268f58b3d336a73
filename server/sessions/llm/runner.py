"""The runner: settings, life and death. Importing it does not import pydantic-ai, starting it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from server.clock import Clock
from server.config import Config
from server.errors import StartupError
from server.protocol.sessions import RunnerName
from server.sessions.runner import ModelUnavailable, RunHost, Turn
from server.tasks import Tasks

if TYPE_CHECKING:
    from server.sessions.llm.asking import Asker
    from server.sessions.llm.models import Endpoint

_LABELS = {"openai": "OpenAI API", "anthropic": "Anthropic API", "": "no API"}


class LlmRunner:
    """Asks a language model. `build` makes it of the settings; a test gives its own."""

    name: ClassVar[RunnerName] = "llm"

    def __init__(self, config: Config, clock: Clock, *, build: Callable[[Config], Endpoint] | None = None) -> None:
        self.label = f"{config.llm_model} ({_LABELS[config.llm_api]})"
        self._config = config
        self._clock = clock
        self._build = build or _build
        self._tasks = Tasks("llm")
        self._endpoint: Endpoint | None = None
        self._asker: Asker | None = None

    async def start(self) -> None:
        """Make the model ready; nothing is sent.

        Raises:
            StartupError: a setting is missing or wrong, or the extra `llm` is not installed.
        """
        check(self._config)
        # A second of imports, and files of certificates.
        self._endpoint, self._asker = await asyncio.to_thread(self._prepare)

    def _prepare(self) -> tuple[Endpoint, Asker]:
        try:
            endpoint = self._build(self._config)
            from server.sessions.llm import conversation  # noqa: F401 - so that `run` finds it loaded
            from server.sessions.llm.asking import Asker
        except ImportError as error:
            raise StartupError(
                'PILOTHOUSE_LLM_API needs what the extra `llm` brings. Install it: pip install "pilothouse[llm]".'
            ) from error
        secret = self._config.llm_key
        return endpoint, Asker(
            endpoint.model, concludes=endpoint.concludes, secret=secret, clock=self._clock, tasks=self._tasks
        )

    async def run(self, turn: Turn, host: RunHost) -> None:
        """Answer `turn`. Each message of the model is said when it is whole, also those between tool calls. Cancelled,
        it has let go of the endpoint."""
        from server.sessions.llm.conversation import Conversation

        if self._endpoint is None or self._asker is None:
            raise ModelUnavailable("The model is not ready: the server is starting or stopping. Send it again.")
        conversation = Conversation(self._asker, host, turn, clock=self._clock, priced=self._endpoint.priced)
        await conversation.finish()

    async def clean_up(self, run: str) -> list[str]:
        """Nothing outlives a run: its request ends with it."""
        return []

    async def close(self) -> None:
        """Close the connections."""
        endpoint, self._endpoint, self._asker = self._endpoint, None, None
        await self._tasks.close()
        if endpoint is not None:
            await endpoint.close()


def _build(config: Config) -> Endpoint:
    from server.sessions.llm.models import build

    return build(config)


def check(config: Config) -> None:
    """Refuse settings that cannot work.

    Raises:
        StartupError: the message names the setting.
    """
    if not config.llm_api:
        raise StartupError("PILOTHOUSE_LLM_API is not set: openai or anthropic.")
    if not config.llm_model:
        raise StartupError("PILOTHOUSE_LLM_API is set, so PILOTHOUSE_LLM_MODEL must name a model.")
    if not config.llm_url:
        if not config.llm_key:
            raise StartupError("PILOTHOUSE_LLM_KEY is missing: the provider asks for one. Or set PILOTHOUSE_LLM_URL.")
        return
    try:
        url = urlsplit(config.llm_url)
        right = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        right = False
    if not right:
        raise StartupError("PILOTHOUSE_LLM_URL is no address: it looks like http://127.0.0.1:8080/v1.")
    if url.username is not None or url.query:
        # It would end up in logs.
        raise StartupError("PILOTHOUSE_LLM_URL holds a name, a key or a query. The key belongs in PILOTHOUSE_LLM_KEY.")
