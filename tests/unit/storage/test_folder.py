"""The data folder belongs to one server at a time."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.errors import StartupError
from server.storage.folder import DataFolder

HOLD = "import sys; from pathlib import Path; from server.storage.folder import DataFolder; \
folder = DataFolder(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"


@contextmanager
def unprivileged() -> Iterator[int]:
    """Run as a user that file modes apply to, and yield its uid."""
    if os.geteuid() != 0:
        yield os.geteuid()
        return
    os.seteuid(65534)
    try:
        yield 65534
    finally:
        os.seteuid(0)


def test_a_missing_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "a" / "data")
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder.path / "lock").stat().st_mode) == 0o600
    folder.close()


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    DataFolder(tmp_path).close()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_a_second_server_on_the_same_folder_is_refused_and_told_who_is_first(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with pytest.raises(StartupError, match=f"in use by another Pilothouse .process {os.getpid()}."):
        DataFolder(tmp_path)
    folder.close()


def test_a_closed_folder_is_free(tmp_path: Path) -> None:
    DataFolder(tmp_path).close()
    DataFolder(tmp_path).close()


def test_the_folder_of_a_killed_server_is_free(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(StartupError, match=f"process {other.pid}"):
            DataFolder(tmp_path)
        other.kill()
    DataFolder(tmp_path).close()


def test_a_folder_that_cannot_be_written_is_named_with_the_uid(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with unprivileged() as uid, pytest.raises(StartupError) as refused:
        DataFolder(locked)
    assert str(locked) in refused.value.message
    assert f"uid {uid}" in refused.value.message


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartupError, match="file/data"):
        DataFolder(tmp_path / "file" / "data")
