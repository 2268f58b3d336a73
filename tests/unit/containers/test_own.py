from __future__ import annotations

from pathlib import Path

import pytest

from server.containers.own import is_same, own_container_id

ID = "0123456789abcdef" * 4
HOST = "26 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
OF_ANOTHER = (
    f"99 26 0:50 / /var/lib/docker/containers/{'f' * 64}/mounts/shm rw - tmpfs shm rw\n"
    f"98 26 8:1 /var/lib/docker/containers/{'f' * 64}/hostname /srv/copy rw - ext4 /dev/sda1 rw\n"
)


@pytest.mark.parametrize(
    ("mountinfo", "cgroup", "hostname", "found"),
    [
        (
            f"{HOST}50 40 8:1 /var/lib/docker/containers/{ID}/hostname /etc/hostname rw - ext4 /dev/sda1 rw",
            "0::/",
            "",
            ID,
        ),
        (
            f"50 40 8:1 /var/lib/containers/storage/overlay-containers/{ID}/userdata/hosts /etc/hosts rw - ext4 x rw",
            "0::/",
            "",
            ID,
        ),
        (HOST, f"12:memory:/docker/{ID}\n1:name=systemd:/docker/{ID}", "", ID),
        (HOST, f"0::/system.slice/docker-{ID}.scope", "", ID),
        (HOST, "0::/", ID[:12], ID[:12]),
        (HOST, "0::/user.slice", "my-laptop", None),
        (HOST + OF_ANOTHER, "0::/user.slice", "my-laptop", None),
        (None, None, "my-laptop", None),
    ],
    ids=["mounts", "podman", "cgroup 1", "cgroup 2", "host name", "host", "host with containers", "no proc"],
)
def test_the_own_container_is_told_from_what_the_kernel_shows(
    tmp_path: Path, mountinfo: str | None, cgroup: str | None, hostname: str, found: str | None
) -> None:
    for name, text in (("mountinfo", mountinfo), ("cgroup", cgroup)):
        if text is not None:
            (tmp_path / name).write_text(text)
    assert own_container_id(tmp_path, hostname or "box") == found


def test_a_short_id_is_enough_to_recognise_the_container() -> None:
    assert is_same(ID[:12], ID)
    assert not is_same("fedcba987654", ID)
    assert not is_same(None, ID)
