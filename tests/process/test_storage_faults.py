"""A full disk or a locked database is told to who asks and to who watches, and takes nothing away."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.process.churn import churn, names_in
from tests.process.client import joined
from tests.process.rest import act, eventually, get
from tests.process.server import ServerProcess
from tests.provision.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.timeout(90)]

# Enough to start with: below 16 MiB the server calls a disk full.
DISK_B = 64 * 1024 * 1024
RENAMES = 30


@contextmanager
def full_disk(server: ServerProcess) -> Iterator[None]:
    """Nothing can be written to the data folder any more."""
    filler = server.data / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1024 * 1024))
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    yield
    filler.unlink()


@contextmanager
def locked_database(server: ServerProcess) -> Iterator[None]:
    """Another program writes to the database and does not end."""
    with closing(sqlite3.connect(server.data / "pilothouse.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
async def server(engine: Engine, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server whose data folder is a small disk of its own."""
    server = ServerProcess(tmp_path, engine=engine.url)
    server.data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_B}", "tmpfs", server.data], check=True)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
        subprocess.run(["umount", "--lazy", server.data], check=True)


@pytest.mark.parametrize("fault", [full_disk, locked_database])
async def test_the_server_says_that_it_cannot_write_and_tells_everything_once_it_can(
    fault: Callable[[ServerProcess], AbstractContextManager[None]],
    engine: Engine,
    http: ClientSession,
    server: ServerProcess,
) -> None:
    async with joined(http, server.url) as client, churn(engine) as churned:
        await client.until(lambda: client.events)
        with fault(server):
            renaming = await churned.rename(RENAMES)
            refused = await act(http, server.url, churned.container, "start")
            ill = await eventually(lambda: health(http, server), lambda seen: part(seen, "log") == "down")
            listed = await get(http, f"{server.url}/api/v1/containers")
            shown = names_in(client.events)
        await client.until(lambda: names_in(client.events) == renaming)
        well = await eventually(lambda: health(http, server), lambda seen: part(seen, "log") == "ok")
        started = await act(http, server.url, churned.container, "start")

    assert (refused[0], refused[1]["error"]["code"]) == (503, "storage_unavailable")
    assert ill[0] == 503
    assert listed["containers"][0]["name"] == renaming[-1]
    assert shown == []
    assert well[0] == 200
    assert started[1]["operation"]["state"] == "confirmed"


async def health(http: ClientSession, server: ServerProcess) -> tuple[int, Any]:
    async with http.get(f"{server.url}/health") as answer:
        return answer.status, await answer.json()


def part(seen: tuple[int, Any], name: str) -> str:
    return str(seen[1]["parts"][name]["state"])
