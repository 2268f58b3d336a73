"""`kill -9` at any moment takes nothing back that anybody was shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from server.eventlog.log import NewEvent
from server.eventlog.sqlite import SqliteLog
from server.storage.database import Database

APPENDS, WRITERS = 5000, 8
# Lines that are read before each kill: at the first event, in the middle, after the first prunes, near the end.
KILL_AFTER = [1, 17, 300, 1500, 4000, 7001, 9500]


def write_until_killed(path: Path, lines: int) -> dict[int, str]:
    """Run the writer, kill it after `lines` of what it shows, and return the ids of all it has shown, by seq."""
    command = [sys.executable, "-m", "tests.property.log_writer", str(path), str(APPENDS), str(WRITERS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        shown = [writer.stdout.readline() for _ in range(lines)]
        writer.kill()
        # What is still in the pipe was shown as well; the last line may be cut.
        shown += [line for line in writer.stdout if line.endswith(b"\n")]
    return {int(seq): name.decode() for seq, name in (line.split() for line in shown)}


async def test_every_event_that_was_shown_is_there_after_a_kill_without_hole_or_reuse(tmp_path: Path) -> None:
    path = tmp_path / "pilothouse.db"
    ever_shown: dict[int, str] = {}
    for lines in KILL_AFTER:
        shown = write_until_killed(path, lines)
        assert not shown.keys() & ever_shown.keys()
        ever_shown |= shown

        database = await Database.open(path)
        log = await SqliteLog.open(database)
        position = await log.position()
        events = (await log.read(position.floor, limit=position.head)).events
        (further,) = await log.append([NewEvent("test.noted", "system", {})])
        heads = await log.heads()
        await log.close()
        await database.close()

        assert [event.seq for event in events] == list(range(position.floor + 1, position.head + 1))
        stored = {event.seq: event.id for event in events}
        assert {seq: name for seq, name in ever_shown.items() if seq > position.floor}.items() <= stored.items()
        assert max(ever_shown) <= position.head
        assert further.seq == position.head + 1
        last = {event.channel: event.seq for event in [*events, further]}
        assert last.items() <= heads.items()
        ever_shown[further.seq] = further.id
