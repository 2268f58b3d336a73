"""How full the file systems are. One that does not answer is left out until it does."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import psutil

from server.host.mounts import Filesystem, filesystems, parse
from server.host.probe import Probe, Stuck
from server.host.root import HostRoot
from server.protocol.views import Disk

# A healthy file system answers in microseconds; this is what one that hangs may cost a sample, once.
ANSWER_S = 0.5


class Disks:
    """Asks every file system for its size."""

    def __init__(self, root: HostRoot, probe: Probe, *, own_mounts: Path = Path("/proc/self/mountinfo")) -> None:
        self._root = root
        self._probe = probe
        self._own_mounts = own_mounts

    async def read(self) -> list[Disk]:
        """Every file system that answers, by mount point.

        Raises:
            Stuck, OSError: the mounts themselves cannot be read.
        """
        found = await self._probe.call("mounts", self._filesystems, within_s=ANSWER_S)
        answers = await asyncio.gather(*(self._ask(one) for one in found))
        return [disk for disk in answers if disk is not None]

    def _filesystems(self) -> list[Filesystem]:
        here = parse(self._own_mounts.read_text(encoding="utf-8", errors="replace"))
        if not self._root.prefix:
            return filesystems(here, here, prefix="")
        on_host = parse(self._root.mounts.read_text(encoding="utf-8", errors="replace"))
        return filesystems(on_host, here, prefix=self._root.prefix.rstrip("/"))

    async def _ask(self, one: Filesystem) -> Disk | None:
        try:
            return await self._probe.call(f"disk {one.mount}", partial(_usage, one), within_s=ANSWER_S)
        except (Stuck, OSError):
            return None  # Hung, unmounted meanwhile, or not for us to see.


def _usage(one: Filesystem) -> Disk | None:
    usage = psutil.disk_usage(one.path)
    if usage.total <= 0:
        return None
    return Disk(one.mount, one.source, one.fstype, usage.total, usage.used, usage.percent)
