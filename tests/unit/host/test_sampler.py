"""Samples of the host, read through a folder as in a container."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from server.host.disks import Disks
from server.host.probe import Probe
from server.host.root import HostRoot
from server.host.sampler import SLOW_S, HostSampler
from server.protocol.views import Disk
from tests.fakes.clock import FakeClock
from tests.unit.host.conftest import FakeHost


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sampler(host: FakeHost, clock: FakeClock) -> HostSampler:
    root = HostRoot(str(host.root))
    return HostSampler(clock=clock, host_root=str(host.root), disks=Disks(root, Probe(), own_mounts=host.own_mounts))


async def test_cpu_is_what_was_busy_since_the_last_sample(host: FakeHost, sampler: HostSampler) -> None:
    await sampler.sample(0)
    host.cpu((50, 50), (0, 100))
    cpu = (await sampler.sample(0)).cpu
    assert (cpu.percent, cpu.per_core) == (25.0, [50.0, 0.0])
    assert cpu.load == [0.5, 0.4, 0.3]


async def test_the_first_sample_says_0_instead_of_the_average_since_boot(host: FakeHost, sampler: HostSampler) -> None:
    host.cpu((10**6, 10), (10**6, 10))
    host.network(eth0=(10**9, 10**9))
    sample = await sampler.sample(0)
    assert (sample.cpu.percent, sample.network.rx_per_s) == (0.0, 0.0)


async def test_a_core_that_goes_makes_no_nonsense(host: FakeHost, sampler: HostSampler) -> None:
    await sampler.sample(0)
    host.cpu((70, 30))
    assert (await sampler.sample(0)).cpu.per_core == [0.0]


async def test_a_counter_of_the_cpu_that_goes_back_is_not_negative(host: FakeHost, sampler: HostSampler) -> None:
    host.cpu((100, 100), (100, 100))
    await sampler.sample(0)
    host.cpu((90, 200), (100, 200))
    cpu = (await sampler.sample(0)).cpu
    assert (cpu.percent, cpu.per_core) == (0.0, [0.0, 0.0])


async def test_memory_in_use_is_what_is_not_available(sampler: HostSampler) -> None:
    sample = await sampler.sample(0)
    assert (sample.memory.total, sample.memory.used, sample.memory.percent) == (8_192_000, 2_048_000, 25.0)
    assert (sample.swap.total, sample.swap.used, sample.swap.percent) == (1_024_000, 256_000, 25.0)


async def test_traffic_is_the_hosts_and_not_the_containers(
    host: FakeHost, sampler: HostSampler, clock: FakeClock
) -> None:
    host.write("proc/net/dev", "this is the container's")
    await sampler.sample(0)
    await clock.advance(2)
    host.network(eth0=(4000, 2000))
    network = (await sampler.sample(0)).network
    assert (network.rx_per_s, network.tx_per_s) == (2000.0, 1000.0)


@pytest.mark.parametrize(
    "inside", ["lo", "veth12ab", "docker0", "br-0123456789ab", "virbr0", "cni0", "tun0", "wg0", "bond0", "eth0.100"]
)
async def test_traffic_that_stays_inside_or_shows_twice_is_not_counted(
    host: FakeHost, sampler: HostSampler, clock: FakeClock, inside: str
) -> None:
    host.network(**{"eth0": (0, 0), "wlp3s0": (0, 0), inside: (0, 0)})
    await sampler.sample(0)
    await clock.advance(1)
    host.network(**{"eth0": (10, 0), "wlp3s0": (5, 0), inside: (10**6, 10**6)})
    network = (await sampler.sample(0)).network
    assert [one.name for one in network.interfaces] == ["eth0", "wlp3s0"]
    assert (network.rx_per_s, network.tx_per_s) == (15.0, 0.0)


async def test_transfers_are_those_of_whole_disks(host: FakeHost, sampler: HostSampler, clock: FakeClock) -> None:
    host.disks(sda=(0, 0), sda1=(0, 0), dm_0=(0, 0), loop0=(0, 0))
    await sampler.sample(0)
    await clock.advance(2)
    host.disks(sda=(20, 40), sda1=(20, 40), dm_0=(20, 40), loop0=(20, 40))
    io = (await sampler.sample(0)).disk_io
    assert (io.read_per_s, io.write_per_s) == (5120.0, 10240.0)


async def test_uptime_counts_from_the_hosts_boot(sampler: HostSampler) -> None:
    assert (await sampler.sample(0)).uptime_s == 200.0


async def test_the_name_is_the_hosts_where_it_is_mounted(host: FakeHost, sampler: HostSampler) -> None:
    host.write("etc/hostname", "ship\n")
    assert (await sampler.sample(0)).hostname == "ship"


async def test_the_position_that_was_noted_is_carried(sampler: HostSampler) -> None:
    assert (await sampler.sample(41)).as_of_seq == 41


async def test_a_proc_that_is_not_there_is_an_error(host: FakeHost, sampler: HostSampler) -> None:
    (host.root / "proc/stat").unlink()
    with pytest.raises(OSError, match="stat"):
        await sampler.sample(0)


async def test_traffic_that_may_not_be_read_leaves_the_rest(host: FakeHost, sampler: HostSampler) -> None:
    (host.root / "proc/1/net/dev").unlink()
    sample = await sampler.sample(0)
    assert (sample.network.interfaces, sample.memory.percent) == ([], 25.0)


class TestDisks:
    async def test_a_disk_of_the_host_is_asked_by_the_path_that_leads_to_it(self, sampler: HostSampler) -> None:
        [disk] = (await sampler.sample(0)).disks
        assert (disk.mount, disk.device, disk.fstype) == ("/", "/dev/sda1", "ext4")
        assert disk.total >= disk.used > 0

    async def test_a_mount_that_cannot_be_asked_is_left_out(self, host: FakeHost, sampler: HostSampler) -> None:
        host.own_mounts.write_text("1 0 9:9 / /there/is/no/such/folder rw - ext4 /dev/sda1 rw\n")
        assert (await sampler.sample(0)).disks == []

    async def test_they_are_asked_seldom_and_the_last_answer_stands(self, host: FakeHost, clock: FakeClock) -> None:
        disks = CountingDisks()
        sampler = HostSampler(clock=clock, host_root=str(host.root), disks=disks)
        for _ in range(3):
            assert (await sampler.sample(0)).disks == [DISK]
        assert disks.asked == 1
        await clock.advance(SLOW_S)
        disks.failure = OSError("gone")
        assert (await sampler.sample(0)).disks == [DISK]
        assert disks.asked == 2


DISK = Disk("/", "/dev/sda1", "ext4", 100, 50, 50.0)


class CountingDisks(Disks):
    def __init__(self) -> None:
        self.asked = 0
        self.failure: OSError | None = None

    async def read(self) -> list[Disk]:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return [DISK]


class StuckProbe(Probe):
    """A probe in which the file system of a dead server hangs."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    async def call(self, key, read, *, within_s):  # type: ignore[no-untyped-def]
        if key == "disk /mnt/nfs":
            return await super().call(key, self.released.wait, within_s=0.01)
        return await super().call(key, read, within_s=within_s)


@pytest.fixture
def stuck() -> Iterator[StuckProbe]:
    probe = StuckProbe()
    yield probe
    probe.released.set()


async def test_a_mount_that_hangs_is_skipped_and_the_others_are_shown(host: FakeHost, stuck: StuckProbe) -> None:
    host.write("proc/1/mountinfo", "1 0 9:9 / / rw - ext4 /dev/sda1 rw\n2 1 0:60 / /mnt/nfs rw - nfs4 server:/x rw\n")
    host.own_mounts.write_text(
        f"1 0 9:9 / {host.root} rw - ext4 /dev/sda1 rw\n2 1 0:60 / {host.root}/mnt/nfs rw - nfs4 server:/x rw\n"
    )
    disks = Disks(HostRoot(str(host.root)), stuck, own_mounts=host.own_mounts)
    for _ in range(2):
        assert [disk.mount for disk in await disks.read()] == ["/"]
