"""A disk that is really full: an error to the one who asked, and nothing lost."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from server.errors import StorageUnavailable
from server.eventlog.log import NewEvent
from server.eventlog.sqlite import SqliteLog
from server.storage.database import Database
from tests.fakes.sink import Sink

DISK_B = 3 * 1024 * 1024
EVENT = NewEvent("test.noted", "system", {"text": "x" * 50_000})


@pytest.fixture
def disk() -> Iterator[Path]:
    """A file system of three megabytes, one of them taken by the file `filler`."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    # Not in the folder of the test: one that was killed would leave there what pytest cannot remove.
    path = Path(tempfile.mkdtemp(prefix="pilothouse-disk-"))
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_B}", "tmpfs", path], check=False, capture_output=True
    )
    if mount.returncode != 0:
        path.rmdir()
        pytest.skip(f"a small file system cannot be mounted here: {mount.stderr.decode().strip()}")
    (path / "filler").write_bytes(b"x" * (DISK_B // 3))
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)
    path.rmdir()


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[Database, SqliteLog]]:
    database = await Database.open(path)
    log = await SqliteLog.open(database)
    try:
        yield database, log
    finally:
        await log.close()
        await database.close()


async def fill(log: SqliteLog) -> int:
    """Append until the disk refuses and return how many events it took."""
    for taken in range(DISK_B):
        try:
            await log.append([EVENT])
        except StorageUnavailable:
            return taken
    raise AssertionError("the disk never refused")


async def test_a_full_disk_refuses_appends_and_takes_them_again_when_there_is_room(disk: Path) -> None:
    async with opened(disk / "pilothouse.db") as (database, log):
        sink = Sink(log)
        taken = await fill(log)
        assert 0 < taken < DISK_B / 50_000
        assert (await database.health()).error is not None
        assert [stored.seq for stored in (await log.read(0, limit=100)).events] == list(range(1, taken + 1))

        (disk / "filler").unlink()
        (stored,) = await log.append([EVENT])
        assert stored.seq == taken + 1
        assert sink.seqs == list(range(1, taken + 2))
        assert (await database.health()).error is None

    async with opened(disk / "pilothouse.db") as (_, log):
        assert [stored.seq for stored in (await log.read(0, limit=100)).events] == list(range(1, taken + 2))
