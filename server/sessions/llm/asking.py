"""One request to the model: streamed, watched, and sent again where that can help."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
)
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse

from server.clock import Clock
from server.sessions.llm.limits import BACKOFF_S, MOST_WAIT_S, SILENCE_S, TRIES, WRITTEN_CHARS
from server.sessions.llm.problems import Explainer, Problem, broken_off, endless, no_api
from server.sessions.llm.watch import Watch
from server.sessions.runner import RunHost
from server.tasks import Tasks


@dataclass(frozen=True)
class Answer:
    """`text` is what was streamed, letter for letter."""

    response: ModelResponse
    text: str


class Broken(Exception):
    """The request failed as `problem` says."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.error.message)
        self.problem = problem


class Asker:
    """Asks one model. Shared by all runs."""

    def __init__(self, model: Model, *, concludes: bool, secret: str, clock: Clock, tasks: Tasks) -> None:
        self._model = model
        self._concludes = concludes
        self._explainer = Explainer(secret)
        self._clock = clock
        self._tasks = tasks

    async def ask(self, messages: Sequence[ModelMessage], parameters: ModelRequestParameters, host: RunHost) -> Answer:
        """Return the whole answer; its text has gone to `host.delta` as it came.

        Raises:
            RunFailed: there is none, as the message says. What came of it has been streamed.
            LimitReached: the run has written too much.
        """
        for attempt in range(TRIES):
            try:
                return await self._once(messages, parameters, host)
            except Broken as broken:
                problem = broken.problem
            wait_s = BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)] if problem.wait_s is None else problem.wait_s
            if not problem.again or wait_s > MOST_WAIT_S or attempt == TRIES - 1:
                break
            # The rest of it says what to do, and that is not known yet.
            what, _, _ = problem.error.message.partition(". ")
            await host.log("warning", f"{what}. Trying once more in {wait_s:g} s.")
            await self._clock.sleep(wait_s)
        raise problem.error

    async def _once(
        self, messages: Sequence[ModelMessage], parameters: ModelRequestParameters, host: RunHost
    ) -> Answer:
        said: list[str] = []
        async with AsyncExitStack() as stack:
            watch = Watch(self._clock, SILENCE_S)
            await stack.enter_async_context(watch.watching(self._tasks))
            stream = await self._open(messages, parameters, watch, stack)
            parts: set[int] = set()
            events = aiter(stream)
            begun, written = False, 0
            while (event := await self._next(events, watch, begun=begun)) is not None:
                begun = True
                written += _size(event)
                if written > WRITTEN_CHARS:
                    raise endless()
                if not (text := _text(event)):
                    continue
                if isinstance(event, PartStartEvent | PartDeltaEvent) and event.index not in parts:
                    parts.add(event.index)
                    text = f"\n\n{text}" if said else text
                said.append(text)
                await host.delta(text)
            response = stream.get()
            if self._concludes and response.finish_reason is None:
                raise Broken(Problem(broken_off()) if begun else Problem(no_api()))
            return Answer(response, "".join(said))

    async def _open(
        self, messages: Sequence[ModelMessage], parameters: ModelRequestParameters, watch: Watch, stack: AsyncExitStack
    ) -> StreamedResponse:
        request = model_request_stream(self._model, messages, model_request_parameters=parameters, instrument=False)
        try:
            async with watch.wait():
                return await stack.enter_async_context(request)
        except Exception as error:  # noqa: BLE001 - the libraries raise whatever garbage makes them raise
            raise Broken(self._explainer.explain(error, begun=False)) from None

    async def _next(
        self, events: AsyncIterator[ModelResponseStreamEvent], watch: Watch, *, begun: bool
    ) -> ModelResponseStreamEvent | None:
        try:
            async with watch.wait():
                return await anext(events, None)
        except Exception as error:  # noqa: BLE001 - as above; what `host` raises does not pass here
            raise Broken(self._explainer.explain(error, begun=begun)) from None


def _size(event: ModelResponseStreamEvent) -> int:
    """Characters of text, of thoughts and of arguments that the event brings."""
    part = event.part if isinstance(event, PartStartEvent) else getattr(event, "delta", None)
    brought = (getattr(part, name, None) for name in ("content", "content_delta", "args", "args_delta"))
    return sum(len(one) for one in brought if isinstance(one, str))


def _text(event: ModelResponseStreamEvent) -> str:
    match event:
        case PartStartEvent(part=TextPart(content=content)):
            return content
        case PartDeltaEvent(delta=TextPartDelta(content_delta=content)):
            return content
        case _:
            return ""
