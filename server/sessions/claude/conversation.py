"""One turn of the command line, from the person's words to its end."""

from __future__ import annotations

import asyncio
import contextlib
from typing import NamedTuple

from server.clock import Clock
from server.sessions.claude import outcome, wire
from server.sessions.claude.asking import Asking
from server.sessions.claude.process import CliProcess
from server.sessions.runner import LimitReached, Reply, RunFailed, RunHost

# A model that thinks says so every few seconds, and a tool that works every half minute.
SILENT_S = 300.0

_GARBAGE = 20
_GARBAGE_SHOWN = 3
_ASKS = 64
_SHOWN = 200


class _Asked(NamedTuple):
    """A request that people are answering, and the call that it is about."""

    task: asyncio.Task[None]
    call: str


class Conversation:
    """Tells `host` what the command line says, and has `asking` answer what it asks."""

    def __init__(self, process: CliProcess, host: RunHost, asking: Asking, clock: Clock) -> None:
        self._process = process
        self._host = host
        self._asking = asking
        self._clock = clock
        self._heard = clock.monotonic()
        self._asks: dict[str, _Asked] = {}
        self._message = ""
        self._replied = False
        self._garbage = 0

    async def hold(self, prompt: str) -> wire.Result | None:
        """Say `prompt` and return how the turn ended; None when the command line ended first.

        Raises:
            RunFailed: it cannot go on; the process is still there.
        """
        try:
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(self._watch(), name="claude.watch")
                await self._process.send(wire.message(prompt))
                result = await self._listen(group)
                for task in (watch, *(asked.task for asked in self._asks.values())):
                    task.cancel()
        except BaseExceptionGroup as failed:
            # One turn has one story, and the first failure tells it: the others came of it.
            raise failed.exceptions[0] from None
        return result

    async def _listen(self, group: asyncio.TaskGroup) -> wire.Result | None:
        while line := await self._process.line():
            self._heard = self._clock.monotonic()
            try:
                message = wire.parse(line)
            except wire.Garbage:
                await self._drop(line)
                continue
            if isinstance(message, wire.Result):
                await self._conclude(message)
                return message
            await self._on(message, group)
        return None

    async def _on(self, message: wire.Message, group: asyncio.TaskGroup) -> None:
        match message:
            case wire.TextDelta(text):
                await self._host.delta(text)
            case wire.AssistantSaid():
                await self._say(message)
            case wire.ToolResults(results):
                for result in results:
                    await self._host.show_result(self._asking.shown_as(result.call), self._asking.outcome(result))
            case wire.PermissionAsked():
                self._ask(message, group)
            case wire.RequestWithdrawn(request):
                if asked := self._asks.get(request):
                    asked.task.cancel()
                    await self._host.withdraw(asked.call)
            case wire.OtherRequest(request, subtype):
                await self._process.send(wire.refuse(request, f"{subtype} is not offered here"))
            case wire.Retrying():
                await self._retry(message)

    async def _say(self, said: wire.AssistantSaid) -> None:
        if said.synthetic:
            # The command line's own words; where they matter, the end of the turn has them too.
            return
        if said.message != self._message:
            self._message = said.message
            self._host.spend(turns=1)
        for block in said.blocks:
            if isinstance(block, wire.ToolUse):
                await self._asking.show(block)
            elif block.text.strip():
                self._replied = True
                await self._host.reply(Reply(text=block.text))

    def _ask(self, asked: wire.PermissionAsked, group: asyncio.TaskGroup) -> None:
        if len(self._asks) >= _ASKS:
            raise RunFailed(f"The agent asked for more than {_ASKS} permissions at once and was ended.")
        task = group.create_task(self._asking.answer(asked), name="claude.ask")
        self._asks[asked.request] = _Asked(task, asked.call)
        task.add_done_callback(lambda _: self._asks.pop(asked.request, None))

    async def _retry(self, retry: wire.Retrying) -> None:
        failed = outcome.of_retry(retry)
        if failed is not None:
            raise failed
        why = f"status {retry.error_status}" if retry.error_status else retry.error or "no answer"
        of = f"attempt {retry.attempt} of {retry.max_retries}"
        await self._host.log("warning", f"The model's API does not answer as it should ({why}): {of} follows.")

    async def _conclude(self, result: wire.Result) -> None:
        completed = result.subtype == "success" and not result.is_error
        if completed and not self._replied and result.result.strip():
            await self._host.reply(Reply(text=result.result))
        # What was completed is not failed for what it cost in the end.
        with contextlib.suppress(LimitReached) if completed else contextlib.nullcontext():
            self._host.spend(cost_usd=result.total_cost_usd)

    async def _drop(self, line: bytes) -> None:
        self._garbage += 1
        if self._garbage > _GARBAGE:
            raise RunFailed(
                "The agent does not speak the protocol of Claude Code and was ended. Does PILOTHOUSE_CLAUDE name it?"
            )
        if self._garbage <= _GARBAGE_SHOWN:
            shown = line[:_SHOWN].decode("utf-8", "replace").strip()
            await self._host.log("warning", f"The agent wrote what is no message: {shown}")

    async def _watch(self) -> None:
        """Say it when nothing comes while it is the agent's turn; what ends such a run is its time limit."""
        while True:
            await self._clock.sleep(max(0.0, self._heard + SILENT_S - self._clock.monotonic()))
            now = self._clock.monotonic()
            if self._asking.waiting:
                self._heard = now
            elif now - self._heard >= SILENT_S:
                self._heard = now
                await self._host.log("warning", f"The agent has said nothing for {SILENT_S / 60:g} minutes.")
