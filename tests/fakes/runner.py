"""A runner that does what a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar

import msgspec

from server.protocol.sessions import Risk, RunnerName
from server.sessions.runner import Decision, Reply, RunHost, ToolCall, ToolResult, Turn

Step = Callable[[Turn, RunHost], Awaitable[None]]


class Kept(msgspec.Struct, frozen=True):
    """What this runner hands over as a continuation: the call that it was about to ask for."""

    call: ToolCall
    by_server: bool = False


class FakeRunner:
    """Every run does `script`, or, with `by_hand`, the steps that `hand` gives it one by one, until it is told to
    finish. A run with a continuation asks again for the call in it first.

    `turns`: what it was given. `cleaned`: the runs that were cleaned up. `left`: what each clean-up finds still there.
    `decisions` and `results`: what it was answered. `clean_up_error`: what cleaning up raises.
    """

    name: ClassVar[RunnerName] = "builtin"
    label = "Fake"

    def __init__(self, *script: Step, by_hand: bool = False) -> None:
        self.script = list(script)
        self.by_hand = by_hand
        self.turns: list[Turn] = []
        self.under_way: list[str] = []
        self.cleaned: list[str] = []
        self.left: list[str] = []
        self.clean_up_error: Exception | None = None
        self.decisions: list[Decision] = []
        self.results: list[ToolResult] = []
        self._hands: dict[str, asyncio.Queue[Step | None]] = {}

    async def start(self) -> None:
        pass

    async def run(self, turn: Turn, host: RunHost) -> None:
        self.turns.append(turn)
        self.under_way.append(turn.run)
        try:
            if turn.continuation is not None:
                kept = msgspec.json.decode(turn.continuation, type=Kept)
                await (self.calls if kept.by_server else self.asks)(kept.call)(turn, host)
            if self.by_hand:
                hand = self._hands.setdefault(turn.run, asyncio.Queue())
                while (step := await hand.get()) is not None:
                    await step(turn, host)
            else:
                for step in self.script:
                    await step(turn, host)
        finally:
            self.under_way.remove(turn.run)

    async def clean_up(self, run: str) -> list[str]:
        self.cleaned.append(run)
        if self.clean_up_error is not None:
            raise self.clean_up_error
        return list(self.left)

    async def close(self) -> None:
        pass

    def hand(self, run: str, step: Step | None) -> None:
        """Have `run` do `step` next; None: finish."""
        self._hands.setdefault(run, asyncio.Queue()).put_nowait(step)

    def asks(self, call: ToolCall, *, risk: Risk = "change", keeps: bool = True, uses: bool = False) -> Step:
        """Ask for permission to do `call` by itself; `keeps`: with a continuation; `uses`: and use it when allowed."""

        async def step(turn: Turn, host: RunHost) -> None:
            state = msgspec.json.encode(Kept(call)) if keeps else None
            decision = await host.permission(call, title=call.tool, risk=risk, continuation=state)
            self.decisions.append(decision)
            if uses and decision.allowed:
                await host.use(decision.permission, call)

        return step

    def calls_and_keeps(self, call: ToolCall) -> Step:
        """Call a tool of the server, and do so again after a restart."""

        async def step(turn: Turn, host: RunHost) -> None:
            await host.keep(msgspec.json.encode(Kept(call, by_server=True)))
            self.results.append(await host.call_tool(call))

        return step

    def calls(self, call: ToolCall) -> Step:
        """Call a tool of the server."""

        async def step(turn: Turn, host: RunHost) -> None:
            self.results.append(await host.call_tool(call))

        return step


def says(text: str) -> Step:
    async def step(turn: Turn, host: RunHost) -> None:
        await host.reply(Reply(text=text))

    return step


def streams(*pieces: str) -> Step:
    """Write the beginning of a message, piece by piece."""

    async def step(turn: Turn, host: RunHost) -> None:
        for piece in pieces:
            await host.delta(piece)

    return step


def waits(event: asyncio.Event) -> Step:
    async def step(turn: Turn, host: RunHost) -> None:
        await event.wait()

    return step


async def hangs(turn: Turn, host: RunHost) -> None:
    """Do nothing, for ever."""
    await asyncio.get_running_loop().create_future()


def ignores_cancellation(until: asyncio.Event, *, times: int = 100) -> Step:
    """Hang, and go on hanging when it is cancelled, at most `times` times, or until `until`."""

    async def step(turn: Turn, host: RunHost) -> None:
        for _ in range(times):
            try:
                await until.wait()
            except asyncio.CancelledError:
                continue
            return
        raise asyncio.CancelledError

    return step


def swallows_cancellation(then: Step) -> Step:
    """Hang until it is cancelled, and then do something else instead of ending."""

    async def step(turn: Turn, host: RunHost) -> None:
        try:
            await hangs(turn, host)
        except asyncio.CancelledError:
            await then(turn, host)

    return step


def breaks(error: BaseException) -> Step:
    async def step(turn: Turn, host: RunHost) -> None:
        raise error

    return step
