"""Whether the folder of the database can still be written to."""

from __future__ import annotations

import os
from pathlib import Path

from server.host.probe import Probe
from server.protocol.rest import PartHealth

# Room for a checkpoint of the write-ahead log; below it the database refuses writes any moment.
LEAST_B = 16 * 1024 * 1024
LOW_B = 512 * 1024 * 1024
ANSWER_S = 1.0


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
        return await self._probe.call("data folder", self._look, within_s=ANSWER_S)

    def _look(self) -> PartHealth:
        try:
            status = os.statvfs(self._path)
        except OSError as error:
            return PartHealth(state="down", message=f"{self._path} cannot be read: {error.strerror}.")
        free_b = status.f_bavail * status.f_frsize
        details = {"free_b": free_b, "total_b": status.f_blocks * status.f_frsize}
        if status.f_flag & os.ST_RDONLY:
            return PartHealth(state="down", message=f"{self._path} is mounted read-only.", details=details)
        if free_b < LEAST_B:
            return PartHealth(state="down", message=f"The disk of {self._path} is full.", details=details)
        if free_b < LOW_B:
            message = f"Only {free_b // 2**20} MiB are left on the disk of {self._path}."
            return PartHealth(state="degraded", message=message, details=details)
        return PartHealth(state="ok", details=details)
