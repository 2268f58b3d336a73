"""How the measured servers are told what to publish: `go ROUNDS PERIOD_US BURST SIZE_B` on their standard input.
`write 1` and `write 0` have the sessions of a server that has some write or be still, and are answered `ok`.

Each answers `done` when it has handed out BURST events of SIZE_B bytes in each of ROUNDS rounds. An event carries the
time just before it was published: 19 digits of the monotonic clock, in nanoseconds.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

Publish = Callable[[str, int, int], Awaitable[None]]
"""Publishes (stamp, how many events at once, bytes of each)."""


async def obey(publish: Publish, write: Callable[[bool], None] = lambda _: None) -> None:
    """Do what the lines say, until there are none any more."""
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        if line.startswith(b"write"):
            write(line.split()[1] == b"1")
            print("ok", flush=True)
            continue
        rounds, period_us, burst, size_b = map(int, line.split()[1:])
        started = loop.time()
        for n in range(rounds):
            await asyncio.sleep(max(started + n * period_us / 1e6 - loop.time(), 0))
            await publish(f"{time.monotonic_ns():019d}", burst, size_b)
        print("done", flush=True)


def ready(port: int) -> None:
    print(port, flush=True)
