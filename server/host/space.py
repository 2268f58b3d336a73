"""Whether the folder of the database can still be written to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from server.host.probe import Probe
from server.protocol.rest import PartHealth

# Room for a checkpoint of the write-ahead log; below it the database refuses writes any moment.
LEAST_B = 16 * 1024 * 1024
LOW_B = 512 * 1024 * 1024
ANSWER_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    free_b: int
    total_b: int
    read_only: bool


class DataFolder:
    """The folder that is configured as `data`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._probe = Probe()

    async def health(self) -> PartHealth:
        """`down` when nothing can be written, `degraded` when space runs out.

        Raises:
            Stuck: the file system does not answer.
        """
        try:
            space = await self._probe.call("the data folder", self._look, within_s=ANSWER_S)
        except OSError as error:
            return PartHealth(state="down", message=f"{self._path} cannot be read: {error.strerror}.")
        return judge(self._path, space)

    def _look(self) -> Space:
        status = os.statvfs(self._path)
        return Space(
            free_b=status.f_bavail * status.f_frsize,
            total_b=status.f_blocks * status.f_frsize,
            read_only=bool(status.f_flag & os.ST_RDONLY),
        )


def judge(path: Path, space: Space) -> PartHealth:
    """What `space` means for the database in `path`."""
    details = {"free_b": space.free_b, "total_b": space.total_b}
    if space.read_only:
        return PartHealth(state="down", message=f"{path} is mounted read-only.", details=details)
    if space.free_b < LEAST_B:
        return PartHealth(state="down", message=f"The disk of {path} is full.", details=details)
    if space.free_b < LOW_B:
        message = f"Only {space.free_b // 2**20} MiB are left on the disk of {path}."
        return PartHealth(state="degraded", message=message, details=details)
    return PartHealth(state="ok", details=details)
