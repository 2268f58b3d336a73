"""Samples of the host: readings of the kernel's numbers, and what changed between two of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import psutil

from server.clock import Clock, rfc3339
from server.host import readings
from server.host.disks import Disks
from server.host.probe import Probe, Stuck
from server.host.rates import Rates
from server.host.readings import CpuTimes, Reading
from server.host.root import HostRoot
from server.protocol.views import Cpu, DiskIo, Interface, MetricsData, Network, Temperature

log = logging.getLogger(__name__)
T = TypeVar("T")

READ_S = 2.0
# Disks fill and chips warm slowly, and both cost more to ask than all the rest.
SLOW_S = 10.0


class HostSampler:
    """Takes one sample at a time. The first has nothing to compare itself with: its rates and CPU are 0."""

    def __init__(self, *, clock: Clock, host_root: str = "", disks: Disks | None = None) -> None:
        """`host_root` is where the host's `/proc` and `/sys` are mounted in this container; empty: on the host."""
        self._clock = clock
        self._root = HostRoot(host_root)
        self._probe = Probe()
        self._hostname = ""
        self._cores: list[CpuTimes] = []
        self._network = Rates()
        self._disk_io = Rates()
        self._disks = _Slow("disks", (disks or Disks(self._root, self._probe)).read, clock)
        self._temperatures = _Slow("temperatures", self._read_temperatures, clock)
        # It has no other way of being told, and there is one host only.
        psutil.PROCFS_PATH = str(self._root.proc)

    async def sample(self, as_of_seq: int) -> MetricsData:
        """Return how the host is now, and what changed since the last sample.

        Raises:
            Stuck: the kernel's numbers could not be read within 2 s.
            OSError: they cannot be read at all.
        """
        reading = await self._probe.call("numbers", self._read, within_s=READ_S)
        disks, temperatures = await asyncio.gather(self._disks.get(), self._temperatures.get())
        now = self._clock.now()
        return MetricsData(
            as_of_seq=as_of_seq,
            sampled_at=rfc3339(now),
            hostname=self._hostname,
            uptime_s=round(max(now - reading.boot_s, 0), 1),
            cpu=self._cpu(reading),
            memory=reading.memory,
            swap=reading.swap,
            disks=disks,
            network=self._traffic(reading),
            disk_io=self._transfers(reading),
            temperatures=temperatures,
        )

    def _read(self) -> Reading:
        self._hostname = self._hostname or self._root.hostname()
        return readings.read(self._root)

    async def _read_temperatures(self) -> list[Temperature]:
        return await self._probe.call("temperatures", readings.temperatures, within_s=READ_S)

    def _cpu(self, reading: Reading) -> Cpu:
        before, self._cores = self._cores, reading.cores
        if len(before) != len(reading.cores):
            before = reading.cores  # A core was added or removed: the numbers belong to others now.
        changes = [
            (max(now.busy - then.busy, 0.0), max(now.total - then.total, 0.0))
            for then, now in zip(before, reading.cores, strict=True)
        ]
        total = _share(sum(busy for busy, _ in changes), sum(whole for _, whole in changes))
        return Cpu(percent=total, per_core=[_share(*change) for change in changes], load=reading.load)

    def _traffic(self, reading: Reading) -> Network:
        rates = self._network.step(reading.interfaces, self._clock.monotonic())
        return Network(
            rx_per_s=round(sum(received for received, _ in rates.values()), 1),
            tx_per_s=round(sum(sent for _, sent in rates.values()), 1),
            interfaces=[Interface(name, received, sent) for name, (received, sent) in sorted(rates.items())],
        )

    def _transfers(self, reading: Reading) -> DiskIo:
        rates = self._disk_io.step(reading.disks, self._clock.monotonic()).values()
        return DiskIo(
            read_per_s=round(sum(read for read, _ in rates), 1),
            write_per_s=round(sum(written for _, written in rates), 1),
        )


class _Slow(Generic[T]):
    """Something that is read seldom; in between, and when it fails, the last answer stands."""

    def __init__(self, name: str, read: Callable[[], Awaitable[list[T]]], clock: Clock) -> None:
        self._name = name
        self._read = read
        self._clock = clock
        self._next = 0.0
        self._value: list[T] = []
        self._failing = False

    async def get(self) -> list[T]:
        if self._clock.monotonic() >= self._next:
            self._next = self._clock.monotonic() + SLOW_S
            try:
                self._value, self._failing = await self._read(), False
            except (Stuck, OSError) as error:
                if not self._failing:
                    log.warning("part of the host cannot be read", extra={"part": self._name, "reason": str(error)})
                self._failing = True
        return self._value


def _share(busy: float, whole: float) -> float:
    return round(min(100 * busy / whole, 100.0), 1) if whole > 0 else 0.0
