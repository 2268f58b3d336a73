"""Run as the agent's user, with nothing but the standard library: make a session's working folder ready.

Arguments: the folder of all; the session's name; a fresh id; `fresh` to start over, or nothing. Prints JSON: the id
under which the command line keeps this session, and whether it has kept anything yet.
"""

from __future__ import annotations

import glob
import json
import os
import re
import signal
import stat
import sys

NOTE = ".cli-session"

_ENDS_S = 20
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def main() -> None:
    signal.alarm(_ENDS_S)
    os.umask(0o077)
    base, session, fresh = sys.argv[1:4]
    folder = os.path.join(base, session)
    _make(folder)
    _make(os.path.join(folder, "tmp"))
    kept = None if len(sys.argv) > 4 else _kept(folder)
    if kept is None:
        _write(os.path.join(folder, NOTE), fresh)
    sys.stdout.write(json.dumps({"id": kept or fresh, "kept": kept is not None}))


def _make(folder: str) -> None:
    if not os.path.lexists(folder):
        os.mkdir(folder, 0o700)
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise SystemExit(f"{folder} is not a folder of uid {os.getuid()}")
    os.chmod(folder, 0o700)


def _kept(folder: str) -> str | None:
    """The id under which there is something to take up again."""
    try:
        with open(os.path.join(folder, NOTE), encoding="ascii") as note:
            told = note.read(64).strip()
    except (OSError, ValueError):
        return None
    if not _ID.fullmatch(told):
        return None
    pattern = os.path.join(glob.escape(folder), ".claude/projects/*", f"{told}.jsonl")
    return told if any(os.path.getsize(path) > 0 for path in glob.glob(pattern)) else None


def _write(path: str, text: str) -> None:
    new = f"{path}.new"
    with open(new, "w", encoding="ascii") as note:
        note.write(text)
    os.replace(new, path)


if __name__ == "__main__":
    main()
