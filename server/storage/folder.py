"""The data folder: one server at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from server.errors import StartupError

DATABASE = "pilothouse.db"


class DataFolder:
    """The folder that holds all a server keeps, locked for as long as this object is open. The kernel lets go of the
    lock when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Make `path` when it is missing and lock it. Blocks: an event loop calls this in a thread.

        Raises:
            StartupError: it cannot be written, or another server uses it.
        """
        self.path = path
        self.database = path / DATABASE
        self.witness = path / "witness"
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(path / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise StartupError(
                f"The data folder {path} cannot be written by uid {os.geteuid()}: {error.strerror}. "
                "Give it to that user, or name another folder in PILOTHOUSE_DATA."
            ) from error
        try:
            self._take_lock()
        except BaseException:
            os.close(self._lock)
            raise

    def close(self) -> None:
        """Let another server use the folder."""
        os.close(self._lock)

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._lock, 32).decode("ascii", "replace").strip()
            raise StartupError(
                f"The data folder {self.path} is in use by another Pilothouse (process {holder or 'unknown'}). "
                "Stop that one first, or name another folder in PILOTHOUSE_DATA."
            ) from None
        except OSError as error:
            raise StartupError(f"The data folder {self.path} cannot be locked: {error.strerror}.") from error
        # Only for the sentence above: a full disk must not keep the server from starting.
        with contextlib.suppress(OSError):
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, b"%d\n" % os.getpid(), 0)
