"""A disk that is really full: an error to the one who asked, and nothing lost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.errors import StorageUnavailable
from server.eventlog.log import NewEvent
from server.eventlog.sqlite import SqliteLog
from server.storage.database import Database
from tests.fakes.sink import Sink

DISK_B = 3 * 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes, one of them taken by the file `filler`."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_B}", "tmpfs", tmp_path], check=False, capture_output=True
    )
    if mount.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here: {mount.stderr.decode().strip()}")
    (tmp_path / "filler").write_bytes(b"x" * (DISK_B // 3))
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


async def test_a_full_disk_refuses_appends_and_takes_them_again_when_there_is_room(disk: Path) -> None:
    database = await Database.open(disk / "pilothouse.db")
    log = await SqliteLog.open(database)
    sink = Sink(log)
    event = NewEvent("test.noted", "system", {"text": "x" * 50_000})
    taken = 0
    with pytest.raises(StorageUnavailable, match="full|disk"):
        while True:
            await log.append([event])
            taken += 1
    assert 0 < taken < DISK_B / 50_000
    assert (await database.health()).error is not None
    assert [stored.seq for stored in (await log.read(0, limit=100)).events] == list(range(1, taken + 1))

    (disk / "filler").unlink()
    (stored,) = await log.append([event])
    assert stored.seq == taken + 1
    assert sink.seqs == list(range(1, taken + 2))
    assert (await database.health()).error is None
    await log.close()
    await database.close()

    database = await Database.open(disk / "pilothouse.db")
    log = await SqliteLog.open(database)
    assert [stored.seq for stored in (await log.read(0, limit=100)).events] == list(range(1, taken + 2))
    await log.close()
    await database.close()
