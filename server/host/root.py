"""Where this machine's kernel shows its numbers, seen from the host or from inside a container."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HostRoot:
    """The paths to read. `prefix` is where the host's `/proc` and `/sys` are mounted; empty: right here."""

    prefix: str

    @property
    def proc(self) -> Path:
        return Path(self.prefix or "/") / "proc"

    @property
    def sys(self) -> Path:
        mounted = Path(self.prefix or "/") / "sys"
        # A container's own /sys shows the host's block devices too.
        return mounted if mounted.is_dir() else Path("/sys")

    @property
    def network(self) -> Path:
        """Traffic counters. `/proc/net` is that of whoever reads it: the host's is that of its first process."""
        return self.proc / ("1/net/dev" if self.prefix else "net/dev")

    @property
    def mounts(self) -> Path:
        return self.proc / ("1/mountinfo" if self.prefix else "self/mountinfo")

    def hostname(self) -> str:
        """The host's name. A container has its own, so there `/etc/hostname` of the host must be mounted to know it."""
        if self.prefix:
            try:
                return (Path(self.prefix) / "etc/hostname").read_text(encoding="utf-8").strip() or socket.gethostname()
            except OSError:
                pass
        return socket.gethostname()
