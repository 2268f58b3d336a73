"""Which file systems there are, and by which path each can be asked for its size."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# What holds data on a disk or a server. Everything else (overlay, tmpfs, squashfs, proc …) is made up by the kernel,
# lies on one of these, or cannot fill up.
_LOCAL = "apfs bcachefs btrfs exfat ext2 ext3 ext4 f2fs fuseblk hfsplus jfs nilfs2 ntfs ntfs3 reiserfs ufs vfat xfs zfs"
_SHARED = "9p ceph cifs fuse.glusterfs fuse.sshfs gfs2 lustre nfs nfs4 ocfs2 smb3 virtiofs"
_REAL = frozenset(f"{_LOCAL} {_SHARED}".split())
# Files that Docker binds into every container. They are no place of the host's, but they lead to its disk.
_INJECTED = frozenset({"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"})
_ESCAPE = re.compile(r"\\([0-7]{3})")
MAX_FILESYSTEMS = 64


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo (proc(5)). `device` is `major:minor`, the same for every mount of one file system; `root`
    the part of it that is mounted."""

    device: str
    root: str
    point: str
    fstype: str
    source: str


@dataclass(frozen=True, slots=True)
class Filesystem:
    """`mount` is where the host has it, `path` where this process reaches it."""

    mount: str
    source: str
    fstype: str
    path: str


def parse(mountinfo: str) -> list[Mount]:
    """The mounts in the text of a `mountinfo`; lines that are none are passed over."""
    found = []
    for line in mountinfo.splitlines():
        left, separator, right = line.partition(" - ")
        place, kind = left.split(" "), right.split(" ")
        if separator and len(place) >= 6 and len(kind) >= 2:
            found.append(Mount(place[2], _plain(place[3]), _plain(place[4]), kind[0], _plain(kind[1])))
    return found


def filesystems(on_host: Sequence[Mount], here: Sequence[Mount], *, prefix: str) -> list[Filesystem]:
    """The real file systems of the host that can be reached from `here`, each once, by mount point.

    `prefix` is where the host's root is mounted here, if it is. A file system is reached through any mount of it, since
    every one tells the size of the whole; those through which it is not reached are left out.
    """
    found = []
    for device, mounts in _by_device(on_host).items():
        shown = min(mounts, key=lambda mount: (mount.root != "/", len(mount.point), mount.point))
        ways = [mount.point for mount in here if mount.device == device]
        if ways:
            wanted = (prefix + shown.point).rstrip("/") or "/"
            path = wanted if wanted in ways else min(ways, key=lambda way: (not way.startswith(prefix), way))
            found.append(Filesystem(shown.point, shown.source, shown.fstype, path))
    return sorted(found, key=lambda filesystem: filesystem.mount)[:MAX_FILESYSTEMS]


def _by_device(mounts: Iterable[Mount]) -> dict[str, list[Mount]]:
    devices: dict[str, list[Mount]] = {}
    for mount in mounts:
        if mount.fstype in _REAL and mount.point not in _INJECTED:
            devices.setdefault(mount.device, []).append(mount)
    return devices


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), text) if "\\" in text else text
