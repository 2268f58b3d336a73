"""What a run may use up: time, turns, text and money. The time that it waits for people is not its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from server.clock import Clock
from server.protocol.sessions import RunView
from server.sessions.runner import LimitReached


class RunLimits(msgspec.Struct, frozen=True, kw_only=True):
    """`runs`: at the same time, of all sessions. The others hold for each run. `cost_usd`: 0 for no limit."""

    runs: int = 64
    run_s: float = 900.0
    turns: int = 30
    output_b: int = 1024 * 1024
    cost_usd: float = 1.0


class Budget:
    """What one run has used up, `earlier` lives of it included, but for the time: a server that was restarted gives it
    all of that again. Its clock stands still until `start`. `exceeded`: a limit that was reached, whatever the runner
    made of it."""

    def __init__(self, limits: RunLimits, clock: Clock, earlier: RunView) -> None:
        self.turns = earlier.turns
        self.output_b = earlier.output_b
        self.cost_usd = earlier.cost_usd
        self.exceeded: LimitReached | None = None
        self._cost_before_usd = earlier.cost_usd or 0.0
        self._limits = limits
        self._clock = clock
        self._used_s = 0.0
        self._since_s: float | None = None
        self._waits = 0
        self._going = asyncio.Event()

    def start(self) -> None:
        """Count the time from now on."""
        self._since_s = self._clock.monotonic()
        self._going.set()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """The time in here, which may be entered several times at once, is not counted."""
        if not self._waits:
            self._stop_clock()
        self._waits += 1
        try:
            yield
        finally:
            self._waits -= 1
            if not self._waits:
                self.start()

    def _stop_clock(self) -> None:
        self._used_s = self._total_s()
        self._since_s = None
        self._going.clear()

    def _total_s(self) -> float:
        return self._used_s + (0.0 if self._since_s is None else self._clock.monotonic() - self._since_s)

    async def time_is_up(self) -> None:
        """Return when the run has used up its time."""
        while (left_s := self._limits.run_s - self._total_s()) > 0:
            if self._since_s is None:
                await self._going.wait()
            else:
                await self._clock.sleep(left_s)

    def out_of_time(self) -> LimitReached:
        return LimitReached(
            f"The run took longer than {self._limits.run_s:g} s (PILOTHOUSE_RUN_S). Ask for less at a time."
        )

    def _exceed(self, message: str) -> LimitReached:
        self.exceeded = LimitReached(message)
        return self.exceeded

    def write(self, size_b: int) -> None:
        """Count text of the run.

        Raises:
            LimitReached: that was too much; it is not counted.
        """
        if self.output_b + size_b > self._limits.output_b:
            raise self._exceed(
                f"The run wrote more than {self._limits.output_b} B (PILOTHOUSE_RUN_OUTPUT_B). Ask for less at a time."
            )
        self.output_b += size_b

    def spend(self, *, turns: int, cost_usd: float | None) -> None:
        """Count `turns`; `cost_usd` is what the run, as the runner knows it, has cost so far.

        Raises:
            LimitReached: that was too much.
        """
        self.turns += turns
        if cost_usd is not None:
            self.cost_usd = self._cost_before_usd + cost_usd
        if self.turns > self._limits.turns:
            raise self._exceed(
                f"The run asked its model more than {self._limits.turns} times (PILOTHOUSE_RUN_TURNS)."
                " Ask for less at a time."
            )
        if 0 < self._limits.cost_usd < (self.cost_usd or 0.0):
            raise self._exceed(
                f"The run cost more than {self._limits.cost_usd:g} USD (PILOTHOUSE_RUN_COST_USD)."
                " Ask for less at a time."
            )
