"""The parts of a machine that tests ask for, how to tell that one is missing, and which Debian packages bring it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.provision import claude_package, oidc_package
from tests.provision.programs import program

REQUIRE = "PILOTHOUSE_TEST_REQUIRE"
INSTALL = ".venv/bin/python -m tests.provision"


@dataclass(frozen=True, slots=True)
class Part:
    """`lacks` names what this machine is without; `packages` may name some that a release of Debian does not know.
    `install` brings what is no package of Debian's; it prints what fails."""

    name: str
    lacks: Callable[[], list[str]]
    packages: tuple[str, ...] = ()
    install: Callable[[], None] | None = None

    def missing(self) -> str | None:
        """Return a sentence that says what is missing and which command brings it, or None."""
        lacking = self.lacks()
        if not lacking:
            return None
        command = f"on Debian this brings it: sudo {INSTALL}" if self.packages else f"this brings it: {INSTALL}"
        return f"the {self.name} tests need {', '.join(lacking)}; {command}"


def _lacks_for_engine() -> list[str]:
    lacking = [name for name in ("dockerd", "docker", "iptables") if program(name) is None]
    if static_busybox() is None:
        lacking.append("a static busybox")
    if os.geteuid() != 0:
        lacking.append("root")
    return lacking


def _lacks_for_browser() -> list[str]:
    return [] if program("chromium") else ["chromium"]


def _lacks_for_nginx() -> list[str]:
    return [] if program("nginx") else ["nginx"]


def _lacks_for_strace() -> list[str]:
    path = program("strace")
    if path is None:
        return ["strace"]
    # Containers may forbid one process to trace another.
    traced = subprocess.run([path, "-qq", "-e", "trace=none", "true"], capture_output=True, check=False).returncode == 0
    return [] if traced else ["the right to trace a process"]


def _lacks_for_image() -> list[str]:
    return _lacks_for_engine() + [name for name in ("debootstrap", "docker-compose") if program(name) is None]


def static_busybox() -> str | None:
    """Return the path of a busybox that runs where there is no libc, as in an image that holds nothing else."""
    path = program("busybox")
    if path is None:
        return None
    # ldd fails for a program that has nothing to link.
    dynamic = subprocess.run(["ldd", path], capture_output=True, check=False).returncode == 0
    return None if dynamic else path


_ENGINE_PACKAGES = ("docker.io", "docker-cli", "busybox-static", "iptables")

PARTS: Mapping[str, Part] = {
    part.name: part
    for part in (
        Part("engine", _lacks_for_engine, _ENGINE_PACKAGES),
        Part("browser", _lacks_for_browser, ("chromium", "fonts-liberation")),
        Part("nginx", _lacks_for_nginx, ("nginx-light",)),
        Part("strace", _lacks_for_strace, ("strace",)),
        Part("image", _lacks_for_image, (*_ENGINE_PACKAGES, "debootstrap", "docker-compose")),
        Part("oidc", oidc_package.lacks, install=oidc_package.install),
        Part("claude", claude_package.lacks, install=claude_package.install),
    )
}

# They take minutes or a lot of disk, so they run only where somebody asks for them by name.
ON_REQUEST = frozenset({"image", "claude"})


def required(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the parts whose absence is a failure.

    Raises:
        ValueError: the variable names a part that there is not.
    """
    names = frozenset(name.strip() for name in environ.get(REQUIRE, "").split(",") if name.strip())
    unknown = names - PARTS.keys()
    if unknown:
        raise ValueError(f"{REQUIRE}: {', '.join(sorted(unknown))} is not one of {', '.join(PARTS)}")
    return names
