"""One run of the command line: a process of the agent's user, in a session and a group of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import cast

from server.sessions.claude.account import Account
from server.sessions.claude.wire import MAX_LINE_B
from server.sessions.runner import RunFailed
from server.tasks import Tasks

_TAIL_B = 8 * 1024
_CHUNK_B = 4096

# The folder is closed to the server's own user, so only the agent's can go there.
_ENTER = 'umask 077; cd -- "$0" && exec "$@"'


class CliProcess:
    """`said` is the end of what it wrote to its standard error; `code` its exit code once it has ended."""

    def __init__(self, process: asyncio.subprocess.Process, tasks: Tasks) -> None:
        self._process = process
        # All three are pipes, see `start`.
        self._input = cast(asyncio.StreamWriter, process.stdin)
        self._output = cast(asyncio.StreamReader, process.stdout)
        self._errors = cast(asyncio.StreamReader, process.stderr)
        self._tail = bytearray()
        self._watch = tasks.spawn("stderr", self._keep_tail())
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._notice_end()

    @classmethod
    async def start(
        cls, account: Account, argv: Sequence[str], environ: Mapping[str, str], folder: str, tasks: Tasks
    ) -> CliProcess:
        """Start `argv` in `folder`.

        Raises:
            RunFailed: it could not be started.
        """
        pipe = asyncio.subprocess.PIPE
        command = account.command("/bin/sh", "-c", _ENTER, folder, *argv)
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                env=environ,
                cwd="/",
                start_new_session=True,
                limit=MAX_LINE_B,
            )
        except OSError as error:
            raise RunFailed(f"The agent could not be started: {command[0]}: {error.strerror}.") from error
        return cls(process, tasks)

    @property
    def is_gone(self) -> bool:
        return self._gone.done()

    @property
    def code(self) -> int | None:
        return self._process.returncode

    @property
    def said(self) -> str:
        return self._tail.decode("utf-8", "replace").strip()

    async def line(self) -> bytes:
        """Return the next line that it writes; nothing at the end.

        Raises:
            RunFailed: a line is longer than the protocol has them.
        """
        try:
            return await self._output.readline()
        except ValueError:
            raise RunFailed(
                f"The agent wrote a line of more than {MAX_LINE_B // 2**20} MB and was ended. Ask it for less at once."
            ) from None

    async def send(self, line: bytes) -> None:
        """Hand it `line`; whether it took it is seen by what it does."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            self._input.write(line)
            await self._input.drain()

    def close_input(self) -> None:
        """Tell it that nothing more will be said: it ends when it has done its turn."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            self._input.close()

    async def ended(self) -> None:
        """Wait until it has ended. What it started may still hold its pipes."""
        await asyncio.shield(self._gone)

    async def settled(self) -> None:
        """Wait until nobody holds its pipes any more: `code` and `said` are complete."""
        await asyncio.shield(self._watch)
        await self._process.wait()

    def _notice_end(self) -> None:
        # asyncio tells of an end only when the pipes are closed too, and what it started may hold them for hours.
        try:
            handle = os.pidfd_open(self._process.pid)
        except ProcessLookupError:
            self._gone.set_result(None)
        else:
            asyncio.get_running_loop().add_reader(handle, self._leave, handle)

    def _leave(self, handle: int) -> None:
        asyncio.get_running_loop().remove_reader(handle)
        os.close(handle)
        self._gone.set_result(None)

    async def _keep_tail(self) -> None:
        while chunk := await self._errors.read(_CHUNK_B):
            self._tail += chunk
            del self._tail[:-_TAIL_B]
