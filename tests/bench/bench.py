"""What every topic is given: how thorough to be, where to put files, and the programs to measure."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.bench.child import ROOT, Child

CACHE = ROOT / ".cache" / "bench"
SERVERS = Path(__file__).parent / "servers"
WS = "8.23.0"
INSTALL_S = 120.0


class Missing(Exception):
    """A peer that this machine does not have; the text says what it lacks."""


@dataclass(frozen=True, slots=True)
class Bench:
    """`rounds`: how often everything is measured. `share`: of a full window's length. `folder` is temporary."""

    rounds: int
    share: float
    folder: Path

    def new_folder(self, name: str) -> Path:
        """Return the path of a folder that is not there yet."""
        return next(path for n in range(10_000) if not (path := self.folder / f"{name}-{n}").exists())


def python(module: str, *arguments: str | Path, name: str) -> Child:
    """Start a module of this repository."""
    return Child([sys.executable, "-m", module, *arguments], name=name)


def pilothouse(bench: Bench, *arguments: str | Path, name: str = "Pilothouse") -> Child:
    """Start `servers/pilothouse.py`. Its first line is its port, as that of every socket server here."""
    return python("tests.bench.servers.pilothouse", bench.new_folder("data"), *arguments, name=name)


def send_str() -> Child:
    return python("tests.bench.servers.send_str", name="aiohttp send_str")


def bare(file: Path, content_type: str, *, port: int = 0) -> Child:
    return python("tests.bench.servers.bare", str(port), file, content_type, name="bare aiohttp")


def listeners() -> Child:
    return python("tests.bench.listeners", name="listeners")


def node_ws() -> Child:
    """Start the peer in Node; the first time its one package is fetched into `.cache`.

    Raises:
        Missing: there is no Node, or the package cannot be had.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Missing("node ws is not measured: there is no Node here")
    home = CACHE / f"ws-{WS}"
    if not (home / "node_modules" / "ws").is_dir():
        home.mkdir(parents=True, exist_ok=True)
        (home / "package.json").write_text('{"private": true}')
        _make([npm, "install", f"ws@{WS}", "--no-audit", "--no-fund", "--loglevel=error"], home, "node ws")
    return Child([node, SERVERS / "ws.mjs", home / "package.json"], name="node ws")


def floor() -> Child:
    """Start the floor, compiled when its source is newer.

    Raises:
        Missing: there is no C compiler.
    """
    gcc, program = shutil.which("gcc") or shutil.which("cc"), CACHE / "floor"
    if gcc is None:
        raise Missing("the C floor is not measured: there is no gcc here")
    source = SERVERS / "floor.c"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        CACHE.mkdir(parents=True, exist_ok=True)
        _make([gcc, "-O2", "-o", str(program), str(source)], CACHE, "the C floor")
    return Child([program], name="C floor")


def _make(command: list[str], folder: Path, what: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    if done.returncode != 0:
        raise Missing(f"{what} is not measured: {done.stderr.strip()[-300:]}")
