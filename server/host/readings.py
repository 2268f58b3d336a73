"""One reading of the kernel's numbers. Everything here blocks, shortly: it runs in a thread."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from pathlib import Path

import psutil

from server.host.rates import Counters
from server.host.root import HostRoot
from server.protocol.views import Memory, Swap, Temperature

MAX_SENSORS = 64
# Traffic on these stays in the host or shows a second time on the interface that carries it.
_INSIDE = re.compile(
    r"lo|dummy\d*|ifb\d*|(?:veth|vnet|tap|tun|wg|tailscale|zt|docker|br-|virbr|lxc|lxd|cni|flannel|cali|cilium|weave|"
    r"podman|kube|nerdctl|vxlan|bond|team|sit|gre|ip6tnl).*|br\d+|.+[.@].+"
)
# Made of other disks, or of memory: counting them too would count twice.
_NOT_A_DISK = re.compile(r"(?:loop|ram|zram|dm-|md|sr|fd|nbd|drbd|bcache)\d*.*")


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """Seconds since boot, of one core: doing something, and altogether."""

    busy: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`interfaces` are those that leave the host: bytes (received, sent). `disks`: bytes (read, written)."""

    cores: list[CpuTimes]
    load: list[float] | None
    memory: Memory
    swap: Swap
    interfaces: Counters
    disks: Counters
    boot_s: float


def read(root: HostRoot) -> Reading:
    """Read everything that is cheap. The `/proc` that psutil reads is set by the sampler.

    Raises:
        OSError: `/proc` is not there or cannot be read.
        ValueError, KeyError: it is not Linux's.
    """
    memory, swap = _memory_and_swap(root.proc / "meminfo")
    return Reading(
        cores=[_cpu_times(times) for times in psutil.cpu_times(percpu=True)],
        load=_load(root.proc / "loadavg"),
        memory=memory,
        swap=swap,
        interfaces=_interfaces(root.network),
        disks=_disks(root.sys / "block"),
        boot_s=psutil.boot_time(),
    )


def temperatures() -> list[Temperature]:
    """Every sensor that gives a credible value."""
    chips = psutil.sensors_temperatures()
    found = [
        Temperature(f"{chip} {sensor.label}".strip(), round(sensor.current, 1))
        for chip, sensors in chips.items()
        for sensor in sensors
        # Unconnected inputs report 0 K, -128 or 255 degrees.
        if math.isfinite(sensor.current) and -40 < sensor.current < 150
    ]
    return found[:MAX_SENSORS]


def _cpu_times(times: tuple[float, ...]) -> CpuTimes:
    # user, nice, system, idle, iowait, irq, softirq, steal; guest times are part of user and nice (proc(5)).
    counted = times[:8]
    return CpuTimes(busy=sum(counted) - sum(counted[3:5]), total=sum(counted))


def _load(path: Path) -> list[float] | None:
    try:
        return [float(one) for one in path.read_text(encoding="ascii").split()[:3]]
    except OSError:
        return None


def _memory_and_swap(path: Path) -> tuple[Memory, Swap]:
    """What a `meminfo` (proc(5)) says, in KiB there. psutil would read it once for each of the two."""
    kib = {}
    for line in path.read_text(encoding="ascii").splitlines():
        name, _, rest = line.partition(":")
        kib[name] = int(rest.split()[0])
    total, swap_total = kib["MemTotal"] * 1024, kib.get("SwapTotal", 0) * 1024
    # Free memory alone says nothing: the kernel lends most of it to its caches.
    available = min(kib["MemAvailable"] * 1024, total)
    swap_used = swap_total - kib.get("SwapFree", 0) * 1024
    used = total - available
    return (
        Memory(total, used, available, _percent(used, total)),
        Swap(swap_total, swap_used, _percent(swap_used, swap_total)),
    )


def _interfaces(path: Path) -> Counters:
    """The counters of a `net/dev` (proc(5)); none where it may not be read."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[2:]
    except OSError:
        return {}
    found = {}
    for line in lines:
        name, _, numbers = line.strip().rpartition(":")
        columns = numbers.split()
        if name and _INSIDE.fullmatch(name) is None and len(columns) >= 9:
            found[name] = (int(columns[0]), int(columns[8]))
    return found


def _disks(block: Path) -> Counters:
    counters = psutil.disk_io_counters(perdisk=True, nowrap=False) or {}
    # Only whole disks are listed there; the counters also have every partition.
    whole = set(os.listdir(block)) if block.is_dir() else set(counters)
    return {
        name: (one.read_bytes, one.write_bytes)
        for name, one in counters.items()
        if name in whole and _NOT_A_DISK.fullmatch(name) is None
    }


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 1) if whole > 0 else 0.0
