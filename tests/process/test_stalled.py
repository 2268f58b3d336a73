"""A client that stops reading costs nobody but itself anything, and is given what it missed when it returns."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.process.churn import churn, names_in
from tests.process.client import WAIT_S, joined
from tests.process.rest import get
from tests.process.server import serving
from tests.provision.engine import Engine

pytestmark = pytest.mark.engine

# Well above what fills the kernel's buffers, the transport and an outbox; the server must not hold more than that.
MOST_MEMORY_B = 32 * 1024 * 1024
# Renames until the server lets go of the stalled client: some 400 fill all buffers.
MOST_RENAMES, AT_A_TIME = 4000, 100


class Reader:
    """The client in a process of its own, and what it printed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> Any:
        assert self._process.stdout is not None
        async with asyncio.timeout(WAIT_S):
            return json.loads(await self._process.stdout.readline())

    async def read_up_to(self, seq: int) -> list[int]:
        seqs = [(await self.line())["seq"]]
        while seqs[-1] < seq:
            seqs.append((await self.line())["seq"])
        return seqs

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)


@asynccontextmanager
async def reading(url: str) -> AsyncIterator[Reader]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.process.reader", url), stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Reader(process)
    finally:
        process.kill()
        await process.wait()


async def test_a_frozen_client_is_cut_off_alone_and_caught_up_when_it_returns(
    engine: Engine, http: ClientSession, tmp_path: Path
) -> None:
    async with (
        # Heartbeats are rare: it must be the full buffers that give the client away, not its silence.
        serving(tmp_path, engine=engine.url, STALL_S="1", HEARTBEAT_S="60") as server,
        joined(http, server.url) as healthy,
        churn(engine) as churned,
        reading(server.url) as frozen,
    ):
        start = (await frozen.line())["server_seq"]
        memory_b = server.memory_b
        frozen.send(signal.SIGSTOP)
        while len(churned.names) < MOST_RENAMES and (await get(http, f"{server.url}/ws"))["connections"] == 2:
            await churned.rename(AT_A_TIME)
        status = await get(http, f"{server.url}/ws")
        grown_b = server.memory_b - memory_b
        await churned.rename(AT_A_TIME)
        await healthy.until(lambda: names_in(healthy.events) == churned.names)
        frozen.send(signal.SIGCONT)
        shown = []
        line = await frozen.line()
        while "seq" in line:
            shown.append(line["seq"])
            line = await frozen.line()
        happened = [event["seq"] for event in healthy.events if event["seq"] > start]
        shown += await frozen.read_up_to(happened[-1])

    assert status["connections"] == 1
    assert grown_b < MOST_MEMORY_B
    assert line["recovered"] is True
    assert line["previous_close"] == "too_slow"
    assert shown == happened
