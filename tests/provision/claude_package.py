"""The npm package of Claude Code, in the version of `claude/package-lock.json`, beside this Python's own packages."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.provision.programs import program

SOURCE = Path(__file__).parent / "claude"

_INSTALLED = Path(sys.prefix) / "claude-code"
_FILES = ("package.json", "package-lock.json", ".npmrc")
_INSTALL_S = 600.0


def executable() -> Path | None:
    """The program itself. npm takes the package of this machine's kind among those that there are, and its own script
    that would link it to one name is not run."""
    return next(_INSTALLED.glob("node_modules/@anthropic-ai/claude-code-*/claude"), None)


def lacks() -> list[str]:
    """What this machine is without. Node is not needed to run it, only to install it."""
    if _is_installed():
        return []
    return ["the npm package @anthropic-ai/claude-code", *(name for name in ("npm",) if program(name) is None)]


def install() -> None:
    """Install the package beside Python's own, 235 MB. A failure is printed, not raised."""
    npm = program("npm")
    if npm is None or _is_installed():
        return
    print("installing npm's package @anthropic-ai/claude-code", flush=True)
    try:
        _install(npm)
    except (OSError, subprocess.SubprocessError) as error:
        print(error)


def _install(npm: str) -> None:
    new = _INSTALLED.with_name(_INSTALLED.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    for name in _FILES:
        shutil.copy(SOURCE / name, new / name)
    command = [npm, "ci", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(command, cwd=new, stdin=subprocess.DEVNULL, timeout=_INSTALL_S, check=True)
    # In one step: an installation that was interrupted never looks like one that is complete.
    shutil.rmtree(_INSTALLED, ignore_errors=True)
    new.rename(_INSTALLED)


def _is_installed() -> bool:
    lock = _INSTALLED / "package-lock.json"
    if executable() is None or not lock.exists():
        return False
    return lock.read_bytes() == (SOURCE / "package-lock.json").read_bytes()
