"""The runs of all sessions: at most one in a session, so many at once, and none without an end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from server.access import Principal
from server.clock import Clock
from server.protocol.sessions import TERMINAL, DeltaData, MessageView, RunnerName, RunView, SessionSummary
from server.sessions.backing import Backing
from server.sessions.broker import Broker
from server.sessions.calls import Tools
from server.sessions.errors import RunnerUnavailable
from server.sessions.limits import RunLimits
from server.sessions.run import Run
from server.sessions.runner import RunHost, Runner, Turn
from server.sessions.seats import Seats
from server.sessions.store import Store
from server.sessions.streamer import EndState, PublishState
from server.sessions.turns import new_run
from server.tasks import Tasks

log = logging.getLogger(__name__)

CLOSE_S = 5.0
"""How long the runs may take to end their runners' work when the server ends."""


class Conductor:
    """Owns every run that is under way. The runners are started before it and closed after it."""

    def __init__(
        self,
        store: Store,
        broker: Broker,
        runners: Mapping[RunnerName, Runner],
        toolbox: Tools,
        people: Callable[[str], Principal | None],
        publish_state: PublishState,
        end_state: EndState,
        published: Callable[[], int],
        clock: Clock,
        limits: RunLimits,
    ) -> None:
        self._store = store
        self._runners = runners
        self._clock = clock
        self._backing = Backing(
            store=store,
            broker=broker,
            tools=toolbox,
            people=people,
            publish_state=publish_state,
            end_state=end_state,
            published=published,
            clock=clock,
            limits=limits,
        )
        self._seats = Seats(limits.runs)
        self._runs: dict[str, Run] = {}
        self._closing = False
        self._tasks = Tasks("sessions.conductor")

    async def start(self) -> None:
        """Take up the runs of the server's earlier life: each goes on if it can, and comes to its end if it cannot."""
        for view in self._store.unfinished():
            self._begin(view, earlier=True)

    async def close(self) -> None:
        """End the runners' work, within CLOSE_S. What has not ended is left to the next start as it is."""
        self._closing = True
        for run in self._runs.values():
            run.let_go()
        ending = self._tasks.spawn("ending", self._all_gone())
        time = self._tasks.spawn("time", self._clock.sleep(CLOSE_S))
        await asyncio.wait([ending, time], return_when=asyncio.FIRST_COMPLETED)
        await self._tasks.close()

    async def _all_gone(self) -> None:
        for run in list(self._runs.values()):
            await run.gone.wait()

    def new_run(self, session: SessionSummary, message: MessageView) -> RunView:
        """Return a run that is to answer `message`; it is `launch`ed when it has been appended."""
        return new_run(message, session=session.id, runner=session.runner, clock=self._clock)

    def launch(self, run: RunView) -> None:
        """Begin `run`, which is queued in the log; unless it was stopped meanwhile, or the server ends."""
        self._begin(run)

    async def stop(self, run_id: str, by_id: str) -> RunView:
        """Stop a run and return it as it is then: it has ended, maybe in another way. Stopped again, or after its end,
        nothing changes. When the server ends meanwhile, it is as the next start finds it.

        Raises:
            RunNotFound: there is no such run.
            StorageUnavailable: the run cannot be read.
        """
        while (view := await self._store.run(run_id)).state not in TERMINAL:
            run = self._runs.get(view.session)
            if run is None and view.state == "queued":
                # It was appended a moment ago, and whoever did that is about to launch it.
                run = self._begin(view)
            if run is None:
                break
            if run.view.id == run_id:
                run.stop(by_id)
            # Else it is the next one, and begins when the one before has been cleared away.
            await run.gone.wait()
        return view

    def is_active(self, session_id: str) -> bool:
        """Whether a run of the session has not ended."""
        summary = self._store.find(session_id)
        return summary is not None and summary.run is not None and summary.run.state not in TERMINAL

    def delta(self, session_id: str) -> DeltaData | None:
        """Return the message that is being written in the session."""
        run = self._runs.get(session_id)
        return None if run is None else run.streamer.data()

    def _begin(self, view: RunView, *, earlier: bool = False, group: Sequence[MessageView] = ()) -> Run | None:
        if self._closing or not self._is_current(view):
            return None
        run = Run(
            view,
            runner=self._runners.get(view.runner) or _Missing(),
            backing=self._backing,
            seats=self._seats,
            earlier=earlier,
            group=group,
        )
        self._runs[view.session] = run
        self._tasks.spawn(view.id, self._live(run))
        return run

    def _is_current(self, view: RunView) -> bool:
        """Whether the run has neither begun nor ended."""
        if view.session in self._runs:
            return False
        summary = self._store.find(view.session)
        newest = None if summary is None else summary.run
        return newest is not None and newest.id == view.id and newest.state not in TERMINAL

    async def _live(self, run: Run) -> None:
        try:
            await run.live()
        finally:
            del self._runs[run.view.session]
            self._begin_next(run)

    def _begin_next(self, ended: Run) -> None:
        """Begin the run that was queued when `ended` ended, or since."""
        summary = self._store.find(ended.view.session)
        newest = None if summary is None else summary.run
        if newest is not None and newest.state == "queued" and newest.id != ended.view.id:
            following = ended.following
            self._begin(newest, group=following[1] if following and following[0].id == newest.id else ())


class _Missing:
    """Stands in for a runner that the server is no longer configured to have."""

    name: ClassVar[RunnerName] = "builtin"
    label = ""

    async def start(self) -> None:
        pass

    async def run(self, turn: Turn, host: RunHost) -> None:
        raise RunnerUnavailable("This server has no such runner any more. Open a session with another one.")

    async def clean_up(self, run: str) -> list[str]:
        return []

    async def close(self) -> None:
        pass
