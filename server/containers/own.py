"""Which container this process itself runs in."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from pathlib import Path

_SHORT_ID = re.compile(r"[0-9a-f]{12}")
_CGROUP = re.compile(r"/(?:docker[-/]|libpod-|crio-|cri-containerd-)?([0-9a-f]{64})(?:\.scope)?$")
# Engines put these three files into every container from a folder that bears its id. Only these mount points count: on
# the host itself the table lists the mounts of every container.
_OWN_FILES = re.compile(r"/([0-9a-f]{64})/(?:userdata/)?(?:hostname|hosts|resolv\.conf)$")
_OWN_MOUNT_POINTS = frozenset({"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"})


def own_container_id(proc: Path = Path("/proc/self"), hostname: str | None = None) -> str | None:
    """Return the id of the container that this process runs in, as far as it can be told: the whole id, its first
    twelve characters (the default host name), or None. Reads a few small files of the kernel's."""
    found = _from_mounts(_lines(proc / "mountinfo")) or _from_cgroup(_lines(proc / "cgroup"))
    if found is not None:
        return found
    name = socket.gethostname() if hostname is None else hostname
    return name if _SHORT_ID.fullmatch(name) else None


def is_same(own: str | None, container_id: str) -> bool:
    """Whether `container_id` is the container that `own_container_id` told of."""
    return own is not None and container_id.startswith(own)


def _from_mounts(lines: Iterable[str]) -> str | None:
    for line in lines:
        # mount-id parent major:minor root mount-point … (proc_pid_mountinfo(5))
        fields = line.split(" ")
        if len(fields) > 4 and fields[4] in _OWN_MOUNT_POINTS:
            match = _OWN_FILES.search(fields[3])
            if match is not None:
                return match.group(1)
    return None


def _from_cgroup(lines: Iterable[str]) -> str | None:
    for line in lines:
        match = _CGROUP.search(line.rpartition(":")[2])
        if match is not None:
            return match.group(1)
    return None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []
