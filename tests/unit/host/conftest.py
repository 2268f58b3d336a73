"""A host as a container sees it: its /proc and /sys below a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

MEMINFO = """\
MemTotal:        8000 kB
MemFree:         1000 kB
MemAvailable:    6000 kB
Buffers:          100 kB
Cached:          2000 kB
Active:           500 kB
Inactive:         500 kB
SwapTotal:       1000 kB
SwapFree:         750 kB
"""
NET_HEAD = "Inter-|   Receive  |  Transmit\n face |bytes packets errs |bytes packets errs\n"


class FakeHost:
    """Files that a test writes as the kernel would."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.own_mounts = root / "own-mountinfo"
        self.write("proc/meminfo", MEMINFO)
        self.write("proc/loadavg", "0.50 0.40 0.30 1/100 999\n")
        self.write("proc/1/mountinfo", "1 0 9:9 / / rw - ext4 /dev/sda1 rw\n")
        self.own_mounts.write_text(f"1 0 9:9 / {root} rw - ext4 /dev/sda1 rw\n")
        for disk in ("sda", "dm-0", "loop0"):
            (root / "sys/block" / disk).mkdir(parents=True)
        self.cpu((0, 0), (0, 0))
        self.network(eth0=(0, 0))
        self.disks(sda=(0, 0))

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def cpu(self, *cores: tuple[int, int]) -> None:
        """Ticks (hundredths of a second) busy and idle, of each core."""
        rows = [f"cpu{number} {busy} 0 0 {idle} 0 0 0 0 0 0" for number, (busy, idle) in enumerate(cores)]
        total = f"cpu  {sum(busy for busy, _ in cores)} 0 0 {sum(idle for _, idle in cores)} 0 0 0 0 0 0"
        self.write("proc/stat", "\n".join([total, *rows, "btime 1795165000", ""]))

    def network(self, **interfaces: tuple[int, int]) -> None:
        """Bytes received and sent."""
        rows = [f"{name:>6}: {rx} 1 0 0 0 0 0 0 {tx} 1 0 0 0 0 0 0" for name, (rx, tx) in interfaces.items()]
        self.write("proc/1/net/dev", NET_HEAD + "\n".join(rows) + "\n")

    def disks(self, **disks: tuple[int, int]) -> None:
        """Sectors (512 B) read and written."""
        rows = [
            f"8 {number} {name.replace('_', '-')} 1 0 {read} 0 1 0 {written} 0 0 0 0"
            for number, (name, (read, written)) in enumerate(disks.items())
        ]
        self.write("proc/diskstats", "\n".join(rows) + "\n")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[FakeHost]:
    before = psutil.PROCFS_PATH
    yield FakeHost(tmp_path / "host")
    psutil.PROCFS_PATH = before
