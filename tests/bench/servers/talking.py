"""Sessions whose runs write all the time, with the real store, conductor and streamer; the model alone is made up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from server.access import LOCAL
from server.clock import Clock, rfc3339
from server.eventlog.audit import Audit
from server.eventlog.log import EventLog
from server.ids import new_id
from server.protocol.session_events import SessionMessageData, SessionOpenedData, SessionStatusData
from server.protocol.sessions import MessageView, SessionSummary
from server.realtime.hub import Hub
from server.sessions.broker import Broker
from server.sessions.conductor import Conductor
from server.sessions.limits import RunLimits
from server.sessions.runner import Reply, RunHost, Turn
from server.sessions.store import Store
from server.storage.database import Database
from server.tasks import Tasks

TOKENS_PER_S = 30
TOKEN = "container "
MESSAGE_TOKENS = 300
ENDLESS = RunLimits(runs=1000, run_s=1e9, turns=10**9, output_b=2**60)


class Writer:
    """A runner that writes while `on` is set, a message after the other."""

    name = "builtin"
    label = "bench"

    def __init__(self) -> None:
        self.on = asyncio.Event()

    async def run(self, turn: Turn, host: RunHost) -> None:
        while True:
            for _ in range(MESSAGE_TOKENS):
                await self.on.wait()
                await host.delta(TOKEN)
                await asyncio.sleep(1 / TOKENS_PER_S)
            await host.reply(Reply(text=TOKEN * MESSAGE_TOKENS))

    async def start(self) -> None: ...
    async def close(self) -> None: ...

    async def clean_up(self, run: str) -> list[str]:
        return []


@asynccontextmanager
async def talking(count: int, *, log: EventLog, database: Database, hub: Hub, clock: Clock) -> AsyncIterator[Writer]:
    """`count` sessions `s0`, `s1` …, each with a run that writes."""
    writer, tasks = Writer(), Tasks("bench.talking")
    store = await Store.open(log, database, clock)
    broker = Broker(store, lambda _: LOCAL, Audit(log), clock, 1800, tasks)
    conductor = Conductor(
        store,
        broker,
        {"builtin": cast(Any, writer)},
        cast(Any, None),
        lambda _: LOCAL,
        hub.publish_state,
        hub.end_state,
        lambda: hub.published,
        clock,
        ENDLESS,
    )
    for n in range(count):
        await _begin(f"s{n}", store, conductor, clock)
    try:
        yield writer
    finally:
        await conductor.close()
        await broker.close()
        await tasks.close()
        await store.close()


async def _begin(session: str, store: Store, conductor: Conductor, clock: Clock) -> None:
    now = rfc3339(clock.now())
    summary = SessionSummary(
        id=session,
        workspace="w",
        title=session,
        runner="builtin",
        state="open",
        created_by=LOCAL.id,
        created_at=now,
        updated_at=now,
    )
    message = MessageView(id=new_id(), speaker="person", by=LOCAL.id, text="Write.", at=now)
    run = conductor.new_run(summary, message)
    await store.append(session, [("session.opened", SessionOpenedData(session=summary))])
    said = ("session.message", SessionMessageData(session=session, message=message))
    await store.append(session, [said, ("session.status", SessionStatusData(session=session, run=run))])
    conductor.launch(run)
