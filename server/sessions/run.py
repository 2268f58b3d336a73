"""One run from its place in the queue to its one end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from server.errors import AppError, StorageUnavailable
from server.protocol.sessions import MessageView, RunView
from server.sessions.backing import Backing
from server.sessions.cleaning import clean_up, within
from server.sessions.endings import COMPLETED, STOPPED, Ending, ServerRestarted, failed, stopped, with_left
from server.sessions.host import Host
from server.sessions.limits import Budget
from server.sessions.record import Record
from server.sessions.runner import Runner
from server.sessions.seats import Seats
from server.sessions.streamer import Streamer
from server.sessions.turns import turn_of
from server.tasks import Tasks

log = logging.getLogger(__name__)

HALT_S = 20.0
"""How long a runner may take to end what it began; it is asked twice."""

_FIRST_RETRY_S, _LAST_RETRY_S = 0.5, 10.0


class Run:
    """One run. `gone` is set when it has ended and that is durable, or when the server lets go of it.

    `earlier`: the run is from an earlier life of the server. `group`: the messages that it answers, where they are more
    than the one that it names.
    """

    def __init__(
        self,
        view: RunView,
        *,
        runner: Runner,
        backing: Backing,
        seats: Seats,
        earlier: bool = False,
        group: Sequence[MessageView] = (),
    ) -> None:
        self.gone = asyncio.Event()
        self.following: tuple[RunView, list[MessageView]] | None = None
        self._runner = runner
        self._backing = backing
        self._seats = seats
        self._earlier = earlier
        self._group = group
        self._clock = backing.clock
        # What a runner does that cannot be ended is not waited for when these are let go of.
        self._tasks = Tasks(f"sessions.run.{view.id}")
        self._budget = Budget(backing.limits, backing.clock, view)
        self._record = Record(view, store=backing.store, clock=backing.clock, budget=self._budget)
        self.streamer = Streamer(
            view.session,
            view.id,
            publish_state=backing.publish_state,
            end_state=backing.end_state,
            published=backing.published,
            clock=backing.clock,
            tasks=self._tasks,
        )
        self._host = Host(self._record, self.streamer, self._budget, backing, self._tasks)
        self._stop = asyncio.Event()
        self._stopped_by: str | None = None
        self._let_go = asyncio.Event()
        self._begun = False
        self._goes_on = False
        self._left: list[str] = []

    @property
    def view(self) -> RunView:
        return self._record.view

    def stop(self, by: str) -> None:
        """Have the run stopped; `gone` tells when that is done. Who asks first is written down."""
        self._stopped_by = self._stopped_by or by
        self._stop.set()

    def let_go(self) -> None:
        """The server ends: end the runner's work soon, and leave the run as it is for the next start."""
        self._let_go.set()

    async def live(self) -> None:
        """Run to the end."""
        try:
            ending = await self._settled_before() if self._earlier else None
            if ending is None:
                ending = await self._perform()
            if ending is None:
                await self._keep_partial()
            else:
                await self._end(ending)
        finally:
            self._host.close()
            self.streamer.end()
            self.gone.set()

    async def _settled_before(self) -> Ending | None:
        """Clean up after the run's earlier life, and say how it has ended if it cannot go on."""
        self._left = await self._clean_up()
        state = self.view.state
        if state == "queued":
            return None
        if state == "stopping":
            return stopped(self._left)
        await self._insist(self._look_for_continuation)
        if self._goes_on and not self._left:
            return None
        sentence = "The server was restarted while this was being answered. Resume it, or send your message again."
        return failed(ServerRestarted(sentence), left=self._left)

    async def _perform(self) -> Ending | None:
        """Have the runner answer; None when the server lets go of the run before it has ended."""
        work = self._tasks.spawn("work", self._work())
        stop, time_is_up, let_go = waits = [
            self._tasks.spawn("stop", self._stop.wait()),
            self._tasks.spawn("time", self._budget.time_is_up()),
            self._tasks.spawn("let_go", self._let_go.wait()),
        ]
        try:
            await asyncio.wait([work, *waits], return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                ending = _outcome(work)
            elif stop.done():
                ending = await self._stop_work(work)
            elif time_is_up.done():
                await self._halt(work)
                ending = failed(self._budget.out_of_time())
            else:
                assert let_go.done()  # noqa: S101
                self._host.close()
                await self._halt(work)
                return None
        finally:
            for task in (work, *waits):
                task.cancel()
        if self._budget.exceeded is not None and ending.state == "completed":
            ending = failed(self._budget.exceeded)
        self._host.close()
        return await self._swept(ending)

    async def _work(self) -> Ending:
        """What is cancelled to end the run."""
        try:
            async with self._seats.taken(self.view.requested_by):
                self._begun = True
                await self._record.become("running")
                turn = await turn_of(self.view, self._group, self._backing.store)
                self._budget.start()
                await self._runner.run(turn, self._host)
        except AppError as error:
            return failed(error)
        except Exception:
            log.exception("runner broke", extra={"run": self.view.id, "runner": self.view.runner})
            return failed(AppError("Pilothouse made a mistake; its log has the details."))
        return COMPLETED

    async def _stop_work(self, work: asyncio.Task[Ending]) -> Ending:
        if not self._begun:
            # It must not get a seat any more while the stop is written down.
            work.cancel()
        try:
            await self._record.become("stopping", stopped_by=self._stopped_by)
        except AppError as error:
            # It is stopped all the same: only nobody sees yet that it is being done.
            log.warning("stop not written down", extra={"run": self.view.id, "reason": error.message})
        await self._halt(work)
        return STOPPED

    async def _halt(self, work: asyncio.Task[Ending]) -> None:
        """End the runner's work, or note that it goes on."""
        for _ in range(2):
            work.cancel()
            if await self._within(HALT_S / 2, work):
                return
        self._left.append("the runner itself")
        log.error("runner does not end", extra={"run": self.view.id, "runner": self.view.runner})

    async def _swept(self, ending: Ending) -> Ending:
        """End what the run left behind, and return how it has really ended."""
        if ending.state == "completed":
            return ending
        self._left += self._host.calls.unfinished
        if self._begun:
            self._left += await self._clean_up()
        return with_left(ending, self._left)

    async def _clean_up(self) -> list[str]:
        return await clean_up(self._runner, self.view.id, self._clock, self._tasks)

    async def _within(self, seconds: float, task: asyncio.Task[Any]) -> bool:
        return await within(seconds, task, self._clock, self._tasks)

    async def _end(self, ending: Ending) -> None:
        """Make the end durable, however long the storage takes: the next start settles it otherwise."""
        await self._insist(self._cancel_permissions)
        await self._insist(lambda: self._write_end(ending))
        self.streamer.end()
        # A task of the runner that nobody waited for may have asked for something in between.
        await self._insist(self._cancel_permissions)
        await self._forget_continuation()

    async def _write_end(self, ending: Ending) -> None:
        self.following = await self._record.end(
            ending, message_id=self.streamer.message, text=self.streamer.text, stopped_by=self._stopped_by
        )

    async def _cancel_permissions(self) -> None:
        await self._backing.broker.cancel_run(self.view.id, "its run has ended.")

    async def _insist(self, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `step` until the storage takes it, or the server ends."""
        wait_s = _FIRST_RETRY_S
        while True:
            try:
                await step()
            except StorageUnavailable as error:
                log.warning("end of a run waits for the storage", extra={"run": self.view.id, "reason": error.message})
            else:
                return
            let_go = self._tasks.spawn("let_go", self._let_go.wait())
            if await self._within(wait_s, let_go):
                return
            let_go.cancel()
            wait_s = min(wait_s * 2, _LAST_RETRY_S)

    async def _keep_partial(self) -> None:
        """What was streamed is not lost with the server; a run that goes on says it again."""
        try:
            await self._look_for_continuation()
            if not self._goes_on:
                await self._record.keep_partial(self.streamer.message, self.streamer.text)
        except AppError as error:
            log.warning("streamed text not kept", extra={"run": self.view.id, "reason": error.message})

    async def _look_for_continuation(self) -> None:
        self._goes_on = await self._backing.store.continuation(self.view.id) is not None

    async def _forget_continuation(self) -> None:
        try:
            await self._backing.store.drop_continuation(self.view.id)
        except StorageUnavailable as error:
            log.warning("continuation not dropped", extra={"run": self.view.id, "reason": error.message})


def _outcome(work: asyncio.Task[Ending]) -> Ending:
    if work.cancelled():
        # Nobody here cancelled it.
        return failed(AppError("The runner gave up without saying why; the log has the details."))
    return work.result()
