"""The proof that the agent's user can open neither the engine's socket nor the data folder: it tries."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from server.errors import StartupError
from server.sessions.claude.account import PYTHON, Account, ScriptFailed

# Enough for everything that the server itself puts there.
_ENTRIES = 200
_NO_CAPABILITY = frozenset("0")


class _Told(msgspec.Struct):
    """What the probe found, see probe.py."""

    uid: list[int]
    groups: list[int]
    status: Mapping[str, str]
    engine: str
    opened: list[str]
    runs: bool
    works: bool


@dataclass(frozen=True, slots=True)
class Isolation:
    """`engine` is the address of the server's engine, `data` its folder, `program` what the agent is run by and
    `folder` where it works; `probe` is the text of probe.py."""

    account: Account
    engine: str
    data: Path
    program: str
    folder: Path
    probe: str

    async def prove(self) -> bool:
        """Return whether all of it is proved: False while there is no socket that could be tried.

        Raises:
            StartupError: the agent's user can open what it must not, or could not do its work; the message says what
                to change.
        """
        socket = _path(self.engine)
        closed = await asyncio.to_thread(_contents, self.data)
        asked = {"engine": socket, "closed": closed, "program": self.program, "folder": str(self.folder)}
        try:
            out = await self.account.script(self.probe, msgspec.json.encode(asked).decode())
            told = msgspec.json.decode(out, type=_Told)
        except (ScriptFailed, msgspec.DecodeError) as error:
            raise StartupError(
                f"Nothing could be tried as the user {self.account.name!r}: {error}. It must be able to run {PYTHON}, "
                "and PILOTHOUSE_CLAUDE_LAUNCHER to change the user."
            ) from error
        self._judge(told, socket)
        return told.engine == "closed"

    def _judge(self, told: _Told, socket: str) -> None:
        who = f"The user {self.account.name!r} of PILOTHOUSE_CLAUDE_USER"
        if told.uid != [self.account.uid] or told.groups != [self.account.gid] or not _is_powerless(told.status):
            raise StartupError(
                f"PILOTHOUSE_CLAUDE_LAUNCHER={self.account.launcher!r} did not become the user {self.account.name!r} "
                "and nothing else. It must be a setpriv of util-linux, see docs/agents.md."
            )
        if told.engine not in ("closed", "missing"):
            raise StartupError(
                f"{who} can open the engine's socket {socket}, and would be root on the host. Take it out of the "
                "socket's group, and the socket's mode back to 0660."
            )
        if told.opened:
            raise StartupError(
                f"{who} can open {told.opened[0]}, and could read or change what the server keeps. Close the data "
                f"folder: chmod 0700 {self.data}."
            )
        if not told.runs:
            raise StartupError(
                f"{who} cannot run PILOTHOUSE_CLAUDE={self.program!r}. Is it there, and may others run it?"
            )
        if not told.works:
            raise StartupError(
                f"{who} cannot write PILOTHOUSE_CLAUDE_FOLDER={str(self.folder)!r}. Make the folder and give it to "
                "that user."
            )


def _is_powerless(status: Mapping[str, str]) -> bool:
    capabilities = (status.get(name, "?") for name in ("CapPrm", "CapEff", "CapAmb"))
    return all(set(held) == _NO_CAPABILITY for held in capabilities) and status.get("NoNewPrivs") == "1"


def _path(engine: str) -> str:
    """The engine's socket.

    Raises:
        StartupError: it is none.
    """
    scheme, found, path = engine.partition("://")
    if not found or scheme != "unix":
        raise StartupError(
            f"PILOTHOUSE_ENGINE={engine!r} is open to every user of this machine, so to an agent as well. "
            "PILOTHOUSE_CLAUDE needs an engine behind a unix:// socket."
        )
    return path


def _contents(data: Path) -> list[str]:
    """The folder and what lies in it. Its files are tried one by one: a folder that cannot be listed may be passed."""
    data = data.absolute()
    try:
        names = sorted(os.listdir(data))[:_ENTRIES]
    except OSError as error:
        raise StartupError(f"The data folder {data} cannot be read: {error.strerror}.") from error
    return [str(data), *(str(data / name) for name in names)]
