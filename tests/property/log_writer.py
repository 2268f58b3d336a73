"""A server's log under load, to be killed: `python -m tests.property.log_writer DATABASE APPENDS WRITERS`.

Prints a line `seq id` for each event that the log's sink is shown, and prunes now and then.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from server.eventlog.log import IdempotencyKey, NewEvent, StoredEvent
from server.eventlog.sqlite import SqliteLog
from server.storage.database import Database

KEEP = 2000
PRUNE_EVERY = 100


def show(events: Sequence[StoredEvent]) -> None:
    os.write(1, b"".join([b"%d %b\n" % (event.seq, event.id.encode()) for event in events]))


async def main(path: Path, appends: int, writers: int) -> None:
    database = await Database.open(path)
    log = await SqliteLog.open(database)
    log.attach(show)

    async def write(writer: int) -> None:
        for n in range(appends // writers):
            events = [NewEvent("test.noted", f"session:{writer}", {"n": n}) for _ in range(1 + n % 3)]
            # A new life of this program is a new request.
            idem = IdempotencyKey(f"{os.getpid()}", f"{writer}-{n}", b"") if n % 5 == 0 else None
            await log.append(events, idem=idem)
            if n % PRUNE_EVERY == PRUNE_EVERY - 1:
                await log.prune((await log.position()).head - KEEP)

    await asyncio.gather(*[write(writer) for writer in range(writers)])
    await log.close()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
