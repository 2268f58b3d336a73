"""The runner `claude`: the Claude Code command line, under a user of its own, asking people before it acts."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import msgspec

from server.clock import Clock
from server.config import Config
from server.errors import StartupError
from server.protocol.sessions import RunnerName
from server.sessions.claude import asking, command, outcome, prompts
from server.sessions.claude.account import Account, ScriptFailed, find, source
from server.sessions.claude.asking import Approved, Asking, Continuation
from server.sessions.claude.conversation import Conversation
from server.sessions.claude.isolation import Isolation
from server.sessions.claude.ladder import Ladder, Patience
from server.sessions.claude.outcome import NoTranscript
from server.sessions.claude.process import CliProcess
from server.sessions.runner import Decision, RunFailed, RunHost, Turn
from server.tasks import Tasks

log = logging.getLogger(__name__)

# With the ladder's own steps less than the server waits for a runner that it stops.
_SWEPT_S = 7.0
_LAST_WORDS_S = 1.0


class _Desk(msgspec.Struct, frozen=True):
    """Where the command line keeps a session, see folder.py."""

    id: str
    kept: bool


class ClaudeRunner:
    """Each run is a process of `config.claude` in a folder of its session; `data` is what the agent must not be able to
    open. `start` comes before anything else."""

    name: ClassVar[RunnerName] = "claude"

    def __init__(self, config: Config, data: Path, clock: Clock, *, patience: Patience | None = None) -> None:
        self.label = "Claude Code"
        self._config = config
        self._data = data
        self._clock = clock
        self._patience = patience or Patience()
        self._base = Path(config.claude_folder).absolute()
        self._tasks = Tasks("claude")
        self._account: Account
        self._isolation: Isolation
        self._ladder: Ladder
        self._folder_script: str

    async def start(self) -> None:
        """Prove that the agent cannot open what it must not.

        Raises:
            StartupError: it can, or could not work.
        """
        config = self._config
        self._account = await asyncio.to_thread(find, config.claude_user, config.claude_launcher)
        probe, reaper, self._folder_script = await asyncio.to_thread(
            lambda: tuple(source(name) for name in ("probe.py", "reaper.py", "folder.py"))
        )
        await asyncio.to_thread(_make_base, self._base, self._account)
        self._ladder = Ladder(self._account, reaper, self._clock, self._tasks, self._patience)
        self._isolation = Isolation(self._account, config.engine, self._data, config.claude, self._base, probe)
        if not await self._isolation.prove():
            log.warning("agents wait for the engine: without its socket nothing proves that they could not open it")

    async def run(self, turn: Turn, host: RunHost) -> None:
        """Answer `turn`. However this ends, what it started is ended too, as far as it can be.

        Raises:
            RunFailed: it could not.
        """
        await self._prove()
        kept = asking.read(turn.continuation)
        decision = None if kept is None else await self._decided(kept, turn, host)
        if await self._answered(turn, host, kept, decision):
            return
        await host.log("info", "The agent has nothing to take up again and starts anew with what was said here.")
        if not await self._answered(turn, host, kept, decision, fresh=True):
            raise RunFailed("The agent could not begin a new conversation. Open another session.")

    async def clean_up(self, run: str) -> list[str]:
        return await self._ladder.sweep(run)

    async def close(self) -> None:
        await self._tasks.close()

    async def _prove(self) -> None:
        """Users, groups and modes change while a server runs, so each run is preceded by the proof."""
        try:
            proved = await self._isolation.prove()
        except StartupError as error:
            raise RunFailed(error.message) from error
        if not proved:
            raise RunFailed(
                "The engine's socket is not there, so nothing proves that the agent could not open it. Start the "
                "engine, then send the message again."
            )

    async def _decided(self, kept: Continuation, turn: Turn, host: RunHost) -> Decision:
        call, folder = kept.call, str(self._base / turn.session)
        return await host.permission(
            call,
            title=command.title(call.tool, call.arguments),
            risk=command.risk_of(call.tool, call.arguments, folder),
            continuation=turn.continuation,
        )

    async def _answered(
        self, turn: Turn, host: RunHost, kept: Continuation | None, decision: Decision | None, *, fresh: bool = False
    ) -> bool:
        """Whether there was a conversation to answer in; `fresh` begins one."""
        desk = await self._desk(turn.session, fresh=fresh)
        folder = str(self._base / turn.session)
        text = prompts.prompt(turn.text, turn.history, self.name, resumed=desk.kept)
        approved = None
        if kept is not None and decision is not None:
            text = prompts.taken_up(kept.call, decision, text, resumed=desk.kept)
            approved = Approved(decision.permission, kept.call) if decision.allowed else None
        argv = command.argv(self._config, desk.id, resume=desk.kept)
        environ = command.environ(self._config, turn.run, folder)
        process = await CliProcess.start(self._account, argv, environ, folder, self._tasks)
        swept = self._tasks.spawn("leftovers", self._sweep_after(process, turn.run))
        try:
            answers = Asking(host, process, cli_session=desk.id, folder=folder, approved=approved)
            result = await Conversation(process, host, answers, self._clock).hold(text)
            if result is not None:
                await self._ladder.finish(process)
        finally:
            await _unbroken(self._tasks.spawn("end", self._end(process, turn.run, swept)))
        try:
            if result is None:
                raise outcome.ended_early(process.code, process.said)
            outcome.judge(result, process.said)
        except NoTranscript:
            return False
        return True

    async def _desk(self, session: str, *, fresh: bool) -> _Desk:
        """Have the session's folder made where it is missing; `fresh`: begin a new conversation."""
        arguments = [str(self._base), session, str(uuid4()), *(["fresh"] if fresh else [])]
        try:
            out = await self._account.script(self._folder_script, *arguments)
            return msgspec.json.decode(out, type=_Desk)
        except (ScriptFailed, msgspec.DecodeError) as error:
            raise RunFailed(
                f"The agent's folder in PILOTHOUSE_CLAUDE_FOLDER={str(self._base)!r} could not be made: {error}."
            ) from error

    async def _sweep_after(self, process: CliProcess, run: str) -> None:
        """End what the command line left. It may hold the pipes, and nobody would ever read their end."""
        await process.ended()
        left = await self._ladder.sweep(run)
        if left:
            log.warning("processes of a run are left", extra={"run": run, "left": left})

    async def _end(self, process: CliProcess, run: str, swept: asyncio.Task[None]) -> None:
        if not process.is_gone:
            await self._ladder.stop(process, run)
        await self._ladder.within(_SWEPT_S, _done(swept))
        await self._ladder.within(_LAST_WORDS_S, process.settled())


def _make_base(base: Path, account: Account) -> None:
    """Make the folder of all sessions, where the server may give it to the agent's user."""
    if os.geteuid() != 0 or base.exists():
        return
    try:
        base.mkdir(mode=0o700, parents=True)
        os.chown(base, account.uid, account.gid)
    except OSError as error:
        raise StartupError(f"PILOTHOUSE_CLAUDE_FOLDER={str(base)!r} cannot be made: {error.strerror}.") from error


async def _done(task: asyncio.Task[None]) -> None:
    await asyncio.wait({task})


async def _unbroken(task: asyncio.Task[None]) -> None:
    """Wait for `task` to its end; a cancellation comes out after it."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
