"""The user that the agent runs as, and how the server becomes it for a process."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from server.errors import StartupError

# Through links: a virtual environment may lie where the agent's user has no way to.
PYTHON = os.path.realpath(sys.executable)
PATH = "/usr/local/bin:/usr/bin:/bin"

_OUTPUT_B = 64 * 1024
_SAID_B = 300


class ScriptFailed(Exception):
    """A script of ours did not come to its end as the agent's user; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Account:
    """`launcher` is a setpriv of util-linux that may change the user."""

    name: str
    uid: int
    gid: int
    launcher: str

    def command(self, *argv: str) -> list[str]:
        """The command line that runs `argv` as this user, with no group but its own, no capability and no way to gain
        any; told to end when the server does."""
        ids = ["--reuid", str(self.uid), "--regid", str(self.gid), "--clear-groups"]
        return [self.launcher, *ids, "--inh-caps=-all", "--no-new-privs", "--pdeathsig", "TERM", *argv]

    async def script(self, source: str, *arguments: str) -> bytes:
        """Run the Python script `source` as this user and return what it prints. It ends by itself.

        Raises:
            ScriptFailed: it could not be run, or failed.
        """
        argv = self.command(PYTHON, "-I", "-S", "-c", source, *arguments)
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=bare(), cwd="/", limit=_OUTPUT_B
            )
        except OSError as error:
            raise ScriptFailed(f"{argv[0]}: {error.strerror}") from error
        out, said = await process.communicate()
        if process.returncode != 0:
            last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise ScriptFailed(f"exit code {process.returncode}: {last[-_SAID_B:]}")
        return out


def bare() -> Mapping[str, str]:
    """The environment of a process that needs none; above all not the server's own."""
    return {"PATH": PATH, "LANG": "C.UTF-8"}


def source(name: str) -> str:
    """The text of a script beside this file. It is handed over as an argument: the agent's user may be unable to read
    the file. Blocks."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def find(user: str, launcher: str) -> Account:
    """Return the account of `user`, a name or a number. Blocks.

    Raises:
        StartupError: there is none, it is root or the server's own, or the server cannot change to it.
    """
    uid, gid = _ids(user)
    if uid == 0 or uid in (os.getuid(), os.geteuid()):
        whose = "root" if uid == 0 else "the server's own user"
        raise StartupError(
            f"PILOTHOUSE_CLAUDE_USER={user!r} is {whose}, and such an agent could do whatever the server can. "
            "Make a user for it alone: useradd --system agent."
        )
    return Account(user, uid, gid, _launcher(launcher))


def _ids(user: str) -> tuple[int, int]:
    try:
        entry = pwd.getpwuid(int(user)) if user.isdecimal() else pwd.getpwnam(user)
    except KeyError:
        # A number needs no entry: images of containers often have none.
        if user.isdecimal():
            return int(user), int(user)
        raise StartupError(
            f"PILOTHOUSE_CLAUDE_USER={user!r}: there is no such user. Make it (useradd --system {user}) or name "
            "another."
        ) from None
    return entry.pw_uid, entry.pw_gid


def _launcher(named: str) -> str:
    if not named and os.geteuid() != 0:
        raise StartupError(
            "PILOTHOUSE_CLAUDE_LAUNCHER is not set, and only root changes its user without one. Name a setpriv that "
            "has the capabilities for it; docs/agents.md says how to make one."
        )
    found = shutil.which(named or "setpriv", path=None if named else f"{PATH}:/usr/sbin:/sbin")
    if found is None:
        raise StartupError(
            f"PILOTHOUSE_CLAUDE_LAUNCHER={named!r} cannot be run by the server."
            if named
            else "The program setpriv is missing, by which the agent becomes its own user: install util-linux."
        )
    return found
