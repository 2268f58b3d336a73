"""One run: the model is asked, the tools it calls are done, and so on until it only talks."""

from __future__ import annotations

from pydantic_ai.messages import InstructionPart, ModelMessage, ModelRequest, ModelResponse
from pydantic_ai.models import ModelRequestParameters

from server.clock import Clock
from server.sessions.llm.asking import Answer, Asker
from server.sessions.llm.calls import Caller, definitions, with_own_ids
from server.sessions.llm.deferred import decode, encode
from server.sessions.llm.history import opening
from server.sessions.llm.limits import CONVERSATION_CHARS, SLIPS
from server.sessions.llm.problems import too_long
from server.sessions.llm.prompts import instructions
from server.sessions.llm.sources import sources
from server.sessions.runner import ModelUnavailable, Reply, RunFailed, RunHost, Turn


class Conversation:
    """The messages of one run. pydantic-ai speaks the API; what is allowed is the host's business, and a tool is only
    ever done by it. So each answer that calls tools ends pydantic-ai's part, and the messages are kept before the host
    is asked: whatever waits for a person can go on after a restart."""

    def __init__(self, asker: Asker, host: RunHost, turn: Turn, *, clock: Clock, priced: bool) -> None:
        self._asker = asker
        self._host = host
        self._caller = Caller(host)
        self._priced = priced
        self._messages: list[ModelMessage] = []
        self._cost_usd: float | None = None
        self._results_chars = 0
        self._slips = 0
        self._handed_over = False
        if turn.continuation is None:
            self._messages = opening(turn)
        else:
            deferred = decode(turn.continuation)
            self._messages, self._cost_usd = deferred.messages, deferred.cost_usd
        self._parameters = ModelRequestParameters(
            function_tools=definitions(host.tools()),
            instruction_parts=[InstructionPart(instructions(clock.now()))],
        )

    async def finish(self) -> None:
        """Go on until the model has answered.

        Raises:
            RunFailed: it did not; what it said before has been said.
        """
        last = self._messages[-1]
        if isinstance(last, ModelResponse):
            self._spend()
            await self._do_calls(last)
        while True:
            answer = await self._ask()
            if not answer.response.tool_calls:
                if answer.text.strip():
                    return
                self._slip("The model answered nothing, again and again. Send it again, or choose another model.")
                continue
            response = with_own_ids(answer.response, self._messages)
            self._messages.append(response)
            await self._do_calls(response)

    async def _ask(self) -> Answer:
        self._host.spend(turns=1)
        await self._host.processing("thinking")
        answer = await self._asker.ask(self._messages, self._parameters, self._host)
        await self._say(answer)
        self._pay(answer.response)
        return answer

    async def _say(self, answer: Answer) -> None:
        reason = answer.response.finish_reason
        if answer.text.strip():
            last = not answer.response.tool_calls
            await self._host.reply(
                Reply(
                    text=answer.text,
                    suggested_action="HANDOVER" if last and self._handed_over else None,
                    sources=sources(self._messages) if last else (),
                )
            )
        elif reason == "content_filter":
            raise RunFailed("The model's provider held the answer back. Ask in other words.")
        if reason == "length":
            await self._host.log("warning", "The answer was cut: it is as long as the model may write.")

    async def _do_calls(self, response: ModelResponse) -> None:
        """What is kept is exactly what is needed to come back to this point."""
        await self._host.keep(encode(self._messages, self._cost_usd))
        done = await self._caller.do(response.tool_calls)
        self._handed_over = self._handed_over or done.handed_over
        self._results_chars += sum(len(str(part.content)) for part in done.parts)
        if self._results_chars > CONVERSATION_CHARS:
            raise too_long()
        self._messages.append(ModelRequest(parts=list(done.parts)))
        if done.sense:
            self._slips = 0
        else:
            self._slip("The model calls tools that do not exist or that nobody can read. Choose another model.")

    def _slip(self, sentence: str) -> None:
        self._slips += 1
        if self._slips > SLIPS:
            raise ModelUnavailable(sentence)

    def _pay(self, response: ModelResponse) -> None:
        cost_usd = price(response) if self._priced else None
        if cost_usd is not None:
            self._cost_usd = (self._cost_usd or 0.0) + cost_usd
            self._spend()

    def _spend(self) -> None:
        if self._cost_usd is not None:
            self._host.spend(cost_usd=self._cost_usd)


def price(response: ModelResponse) -> float | None:
    """What `response` cost in USD, None where nobody knows. The list comes with pydantic-ai, nothing is downloaded."""
    try:
        return float(response.cost().total_price)
    except (LookupError, ValueError, AssertionError):
        return None
