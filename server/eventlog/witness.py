"""A note beside the database of how far it had come, to notice a file that was silently put back to an older state.

The note is not forced to the disk: it may be older than the database, never newer, unless the database went back.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from server.eventlog.log import LogPosition


def note(path: Path, position: LogPosition) -> None:
    """Write `position` to `path`. A disk that is full keeps the note that is there."""
    new = path.with_name(path.name + ".new")
    with contextlib.suppress(OSError):
        with open(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(f"{position.epoch} {position.head}\n")
        os.replace(new, path)


def contradicts(path: Path, position: LogPosition) -> bool:
    """Whether the log had come further in the same epoch than `position` says. No note, or none that can be read, says
    nothing."""
    try:
        epoch, head = path.read_text("ascii").split()
        return epoch == position.epoch and int(head) > position.head
    except (OSError, ValueError):
        return False
