"""A real server: the process of `python -m server serve`, with a data folder of its own, started and ended at will."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

CHECKOUT = Path(__file__).parents[2]
READY_S = 30.0
END_S = 20.0

_ADDRESS = re.compile(r"is at (https?)://127\.0\.0\.1:(\d+)$")

# Short intervals, so that what happens with time happens within a test; nobody signs in where that is not the point.
QUICK = {"METRICS_INTERVAL_S": "1", "CONTAINERS_INTERVAL_S": "2", "AUTH": "off"}


class ServerFailed(Exception):
    """The process ended instead of serving. `code` is its exit code, the text what it said."""

    def __init__(self, code: int | None, said: str) -> None:
        super().__init__(f"exit code {code}: {said}")
        self.code = code
        self.said = said


class ServerProcess:
    """One server. `start`, `kill` and `stop` may alternate; the data folder and the port stay the same."""

    def __init__(self, folder: Path, *, engine: str, under: Sequence[str] = (), **settings: str) -> None:
        """`settings` are names and values of the environment without its prefix; `under` is a command that runs it."""
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.port = 0
        self.scheme = "http"
        self._under = under
        self._settings = {"DATA": str(self.data), "ENGINE": engine, **QUICK, **settings}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def memory_b(self) -> int:
        """What of its memory is resident."""
        return int(psutil.Process(self.pid).memory_info().rss)

    @property
    def open_files(self) -> int:
        """Files, sockets and pipes that it holds."""
        return psutil.Process(self.pid).num_fds()

    async def start(self) -> None:
        """Start it and return when it listens.

        Raises:
            ServerFailed: it ended instead.
        """
        assert not self.alive
        with self.log.open("ab") as log:
            begins = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                *(*self._under, sys.executable, "-m", "server", "serve"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=CHECKOUT,
                env=self._environ(),
                # Ctrl-C is for pytest, which then ends it.
                start_new_session=True,
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(READY_S):
            line = (await self._process.stdout.readline()).decode().strip()
        match = _ADDRESS.search(line)
        if match is None:
            raise ServerFailed(await self._process.wait(), self.said(begins))
        self.scheme, self.port = match[1], int(match[2])

    async def next_line(self) -> str:
        """The next line of its standard output."""
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(READY_S):
            return (await self._process.stdout.readline()).decode().strip()

    def said(self, since: int = 0) -> str:
        """What it wrote to its standard error, from byte `since` on."""
        return self.log.read_bytes()[since:].decode(errors="replace")

    async def kill(self) -> None:
        """End it as a power cut does."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """End it in order and return its exit code; one that does not run any more is left alone."""
        return await self._end(signal.SIGTERM)

    async def command(self, *words: str) -> None:
        """Run another command of the program with the same settings.

        Raises:
            ServerFailed: it ended with anything but 0.
        """
        command = (*self._under, sys.executable, "-m", "server", *words)
        pipe = asyncio.subprocess.PIPE
        done = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stderr=pipe, cwd=CHECKOUT, env=self._environ()
        )
        _, said = await done.communicate()
        if done.returncode != 0:
            raise ServerFailed(done.returncode, said.decode(errors="replace"))

    def _environ(self) -> dict[str, str]:
        others = {name: value for name, value in os.environ.items() if not name.startswith("PILOTHOUSE_")}
        settings = {f"PILOTHOUSE_{name}": value for name, value in self._settings.items()}
        return {**others, "PILOTHOUSE_PORT": str(self.port), **settings}

    async def _end(self, number: signal.Signals) -> int:
        process = self._process
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)  # a test may have frozen it
            process.send_signal(number)
        try:
            async with asyncio.timeout(END_S):
                return await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise


@asynccontextmanager
async def serving(
    folder: Path, *, engine: str, under: Sequence[str] = (), **settings: str
) -> AsyncIterator[ServerProcess]:
    """A server that listens, until the end of the block."""
    server = ServerProcess(folder, engine=engine, under=under, **settings)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
