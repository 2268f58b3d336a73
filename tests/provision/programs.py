"""Where the programs are that tests run."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def program(name: str) -> str | None:
    """Return the path of a program, also of one that only root has on its PATH, or that came with this Python."""
    own = Path(sys.prefix) / "bin"
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin:{own}")
