"""A place on disk as the agent's user finds it: a command line, a folder to work in, and what is closed to it."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from server.clock import Clock, SystemClock
from server.config import Config
from server.sessions.claude.account import PYTHON
from server.sessions.claude.ladder import Patience
from server.sessions.claude.runner import ClaudeRunner
from server.sessions.runner import Said, Turn

FAKE = Path(__file__).with_name("claude_cli.py")
GOLDEN = Path(__file__).parents[1] / "unit/sessions/claude/golden"
UID = 54321
"""A number without an entry: no test makes users."""

# What ends by itself has all the time it needs; what does not is told so soon.
QUICK = Patience(finish_s=30.0, interrupt_s=30.0, term_s=20.0, kill_s=20.0)
HASTY = Patience(finish_s=0.2, interrupt_s=0.2, term_s=0.2, kill_s=20.0)


@dataclass(frozen=True)
class Place:
    """`config` fits what is in `root`; `data` and `socket` are closed to the agent's user."""

    root: Path
    data: Path
    socket: Path
    config: Config

    def runner(self, clock: Clock | None = None, patience: Patience = QUICK, **settings: Any) -> ClaudeRunner:
        return ClaudeRunner(replace(self.config, **settings), self.data, clock or SystemClock(), patience=patience)


@contextmanager
def a_place() -> Iterator[Place]:
    """A place whose command line is still to be put at `root`/claude. Skips where no other user can be become."""
    if os.geteuid() != 0:
        pytest.skip("changing the user needs root")
    if shutil.which("setpriv") is None:
        pytest.skip("changing the user needs setpriv of util-linux")
    # pytest's own folder is closed to other users.
    root = Path(tempfile.mkdtemp(prefix="pilothouse-agent-"))
    root.chmod(0o755)
    data, engine = root / "data", root / "engine.sock"
    data.mkdir(mode=0o700)
    (data / "pilothouse.db").write_bytes(b"")
    config = Config(
        engine=f"unix://{engine}",
        claude=str(root / "claude"),
        claude_user=str(UID),
        claude_folder=str(root / "work"),
        claude_key="k",
    )
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(engine))
            engine.chmod(0o660)
            listening.listen()
            yield Place(root, data, engine, config)
    finally:
        shutil.rmtree(root)


@contextmanager
def a_place_with_the_fake() -> Iterator[Place]:
    """A place whose command line is claude_cli.py, with all that the real one once said."""
    python = next(filter(may_be_run, (PYTHON, "/usr/bin/python3", "/usr/local/bin/python3")), None)
    if python is None:
        pytest.skip(f"other users need a Python that they can run; {PYTHON} is none")
    with a_place() as place:
        cli = place.root / "claude"
        cli.write_text(FAKE.read_text(encoding="utf-8").replace("#!/usr/bin/env python3", f"#!{python} -IS", 1))
        cli.chmod(0o755)
        shutil.copytree(GOLDEN, place.root / "golden")
        yield place


def may_be_run(path: str) -> bool:
    """Whether every user has a way to `path`."""
    program = Path(path).resolve()
    return program.exists() and all(place.stat().st_mode & 0o001 for place in (program, *program.parents))


def a_turn(text: str, *, session: str = "S1", history: tuple[Said, ...] = (), kept: bytes | None = None) -> Turn:
    """A turn of a run of its own."""
    run = uuid4().hex
    return Turn(session=session, workspace="W", run=run, by="ann", text=text, history=history, continuation=kept)


def bearing(run: str) -> list[str]:
    """The processes of `run`, seen as root sees them."""
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            environ = Path("/proc", name, "environ").read_bytes()
        except OSError:
            continue
        if f"PILOTHOUSE_RUN={run}".encode() in environ.split(b"\0"):
            found.append(name)
    return found
