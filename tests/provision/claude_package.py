"""The npm package of Claude Code, 235 MB, in the version of `claude/package-lock.json`."""

from __future__ import annotations

from pathlib import Path

from tests.provision.npm_package import NpmPackage
from tests.provision.programs import program

# npm takes the package of this machine's kind among those that there are, and its own script that would link it to one
# name is not run.
_PACKAGE = NpmPackage(
    "@anthropic-ai/claude-code",
    source=Path(__file__).parent / "claude",
    folder="claude-code",
    main="node_modules/@anthropic-ai/claude-code-*/claude",
    install_s=600,
)

executable = _PACKAGE.found
install = _PACKAGE.install


def lacks() -> list[str]:
    """What this machine is without. Node is not needed to run it, only to install it."""
    if _PACKAGE.is_installed():
        return []
    return [f"the npm package {_PACKAGE.name}", *(name for name in ("npm",) if program(name) is None)]
