"""The npm package oidc-provider, in the versions of `oidc/package-lock.json`, beside this Python's own packages."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.provision.programs import program

SOURCE = Path(__file__).parent / "oidc"
_INSTALLED = Path(sys.prefix) / "oidc-provider"
MODULE = _INSTALLED / "node_modules/oidc-provider/lib/index.js"

_FILES = ("package.json", "package-lock.json", ".npmrc")
_INSTALL_S = 300.0


def lacks() -> list[str]:
    """What this machine is without."""
    lacking = [name for name in ("node", "npm") if program(name) is None]
    return lacking or ([] if _is_installed() else ["the npm package oidc-provider"])


def install() -> None:
    """Install the package beside Python's own. A failure is printed, not raised."""
    npm = program("npm")
    if npm is None or _is_installed():
        return
    print("installing npm's package oidc-provider", flush=True)
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
    return MODULE.exists() and lock.exists() and lock.read_bytes() == (SOURCE / "package-lock.json").read_bytes()
