"""Run as the agent's user, with nothing but the standard library: try what it must not be able to, and print it.

Argument: JSON with `engine` (path of a socket), `closed` (paths), `program` (path) and `folder` (path).
"""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import sys
from typing import Any

_ENDS_S = 20


def main() -> None:
    signal.alarm(_ENDS_S)
    asked = json.loads(sys.argv[1])
    told: dict[str, Any] = {
        "uid": sorted({*os.getresuid()}),
        "groups": sorted({*os.getgroups(), *os.getresgid()}),
        "status": _status("CapPrm", "CapEff", "CapAmb", "NoNewPrivs"),
        "engine": _connect(asked["engine"]),
        "opened": [path for path in asked["closed"] if _opens(path)],
        "runs": os.access(asked["program"], os.X_OK),
        "works": os.access(asked["folder"], os.W_OK | os.X_OK),
    }
    sys.stdout.write(json.dumps(told))


def _status(*names: str) -> dict[str, str]:
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:
        lines = dict(line.split(":", 1) for line in status if ":" in line)
    return {name: lines.get(name, "").strip() for name in names}


def _connect(path: str) -> str:
    """`open`, `closed`, or `missing`. A socket that nobody listens at is open: somebody will."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as attempt:
        attempt.settimeout(5)
        try:
            attempt.connect(path)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                return "closed"
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                return "missing"
    return "open"


def _opens(path: str) -> bool:
    if os.access(path, os.R_OK) or os.access(path, os.W_OK):
        return True
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
