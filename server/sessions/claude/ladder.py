"""How a run's processes end: asked, told, made to; and then looked for wherever they went.

The command line's shell tool runs in a session of its own, so that a signal to the group alone leaves it behind.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import msgspec

from server.clock import Clock
from server.sessions.claude import wire
from server.sessions.claude.account import Account, ScriptFailed
from server.sessions.claude.process import CliProcess
from server.tasks import Tasks

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds that each step is given. After an interrupt the command line writes down what it did and ends its tools,
    which takes it a fraction of a second; after TERM it has taken up to 1.5 s."""

    finish_s: float = 10.0
    interrupt_s: float = 5.0
    term_s: float = 4.0
    kill_s: float = 2.0


class Ladder:
    """`reaper` is the text of reaper.py."""

    def __init__(self, account: Account, reaper: str, clock: Clock, tasks: Tasks, patience: Patience) -> None:
        self._account = account
        self._reaper = reaper
        self._clock = clock
        self._tasks = tasks
        self._patience = patience

    async def finish(self, process: CliProcess) -> bool:
        """Let a command line that has done its turn end; return whether it did."""
        process.close_input()
        return await self.within(self._patience.finish_s, process.ended())

    async def stop(self, process: CliProcess, run: str) -> list[str]:
        """Interrupt the command line, then end what there is of `run`; return what is left."""
        if not process.is_gone:
            await self.within(self._patience.interrupt_s, _interrupt(process))
        return await self.sweep(run)

    async def sweep(self, run: str) -> list[str]:
        """End every process of `run`, in this server's life or an earlier one: TERM, then KILL. Return what is left."""
        patience = self._patience
        try:
            out = await self._account.script(self._reaper, run, str(patience.term_s), str(patience.kill_s))
            return msgspec.json.decode(out, type=list[str])
        except (ScriptFailed, msgspec.DecodeError) as error:
            log.error("the processes of a run could not be looked for", extra={"run": run, "reason": str(error)})
            return [f"unknown: its processes could not be looked for ({error})"]

    async def within(self, seconds: float, what: Coroutine[Any, Any, Any]) -> bool:
        """Return whether `what` came to its end in `seconds`; it is cancelled otherwise."""
        task = self._tasks.spawn("step", what)
        timer = self._tasks.spawn("timer", self._clock.sleep(seconds))
        try:
            await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
            return task.done()
        finally:
            timer.cancel()
            task.cancel()


async def _interrupt(process: CliProcess) -> None:
    await process.send(wire.interrupt())
    process.close_input()
    await process.ended()
