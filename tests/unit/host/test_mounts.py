"""Which file systems are shown, and by which path they are asked."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from server.host.mounts import Filesystem, filesystems, parse

HOST = """\
22 27 0:21 / /proc rw,relatime shared:5 - proc proc rw
27 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
28 27 254:1 /var/lib /mnt/again rw - ext4 /dev/vda1 rw
29 27 254:16 / /srv/my\\040data rw master:2 - xfs /dev/vdb rw
30 27 0:30 / /run rw - tmpfs tmpfs rw
31 27 7:0 / /snap/core ro - squashfs /dev/loop0 ro
32 27 0:50 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw,lowerdir=a
33 27 0:60 / /mnt/nfs rw - nfs4 server:/export rw
34 27 0:70 /@ /btrfs rw - btrfs /dev/vdc rw
35 27 0:70 /@home /btrfs/home rw - btrfs /dev/vdc rw
"""
CONTAINER = """\
600 500 0:50 / / rw - overlay overlay rw
601 600 0:21 / /host/proc ro - proc proc rw
602 600 254:1 /var/lib/docker/containers/x/hosts /etc/hosts rw - ext4 /dev/vda1 rw
603 600 254:1 /var/lib/docker/containers/x/hostname /etc/hostname rw - ext4 /dev/vda1 rw
604 600 254:16 /volume /data rw - xfs /dev/vdb rw
"""


def test_each_real_file_system_is_shown_once_at_its_root() -> None:
    mounts = parse(HOST)
    shown = [(one.mount, one.fstype, one.path) for one in filesystems(mounts, mounts, prefix="")]
    assert shown == [
        ("/", "ext4", "/"),
        ("/btrfs", "btrfs", "/btrfs"),
        ("/mnt/nfs", "nfs4", "/mnt/nfs"),
        ("/srv/my data", "xfs", "/srv/my data"),
    ]


def test_in_a_container_the_hosts_disks_are_asked_by_whatever_leads_to_them() -> None:
    shown = filesystems(parse(HOST), parse(CONTAINER), prefix="/host")
    assert shown == [
        Filesystem("/", "/dev/vda1", "ext4", "/etc/hostname"),
        Filesystem("/srv/my data", "/dev/vdb", "xfs", "/data"),
    ]


def test_a_mounted_root_of_the_host_is_the_first_choice() -> None:
    rooted = (
        CONTAINER + "605 600 254:1 / /host ro - ext4 /dev/vda1 rw\n606 600 0:60 / /host/mnt/nfs ro - nfs4 s:/e rw\n"
    )
    shown = {one.mount: one.path for one in filesystems(parse(HOST), parse(rooted), prefix="/host")}
    assert shown == {"/": "/host", "/mnt/nfs": "/host/mnt/nfs", "/srv/my data": "/data"}


def test_a_container_that_sees_no_host_shows_its_volumes_and_not_what_docker_injects() -> None:
    mounts = parse(CONTAINER)
    assert [one.mount for one in filesystems(mounts, mounts, prefix="")] == ["/data"]


@settings(deadline=None)
@given(st.text())
def test_no_text_breaks_the_reading_of_mounts(text: str) -> None:
    mounts = parse(text)
    filesystems(mounts, mounts, prefix="")
