"""Run as the agent's user, with nothing but the standard library: end the processes of one run, wherever they went.

Arguments: the run's id; seconds after TERM; seconds after KILL. Prints what is left then, as a JSON list of "pid name".
A run's processes bear its id in their environment; what a run's process started, or what shares its session, is the
run's as well. Only a process of this very user can be seen to, which is the reason to run as that user.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from typing import NamedTuple

VARIABLE = "PILOTHOUSE_RUN"

_POLL_S = 0.05
_LOOKS, _LOOK_S = 5, 0.005
_SPARE_S = 10


class Process(NamedTuple):
    """`began` tells it from a later one with the same number."""

    pid: int
    name: str
    parent: int
    session: int
    began: str
    bears: bool


def main() -> None:
    run, term_s, kill_s = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    signal.alarm(int(term_s + kill_s) + _SPARE_S)
    known: set[tuple[int, str]] = set()
    left = _end(run, signal.SIGTERM, term_s, known)
    if left:
        left = _end(run, signal.SIGKILL, kill_s, known)
    sys.stdout.write(json.dumps([f"{process.pid} {process.name}" for process in left]))


def _end(run: str, how: signal.Signals, seconds: float, known: set[tuple[int, str]]) -> list[Process]:
    """Signal each process of the run once it is seen, also one that was born meanwhile; return those that stay."""
    ends = time.monotonic() + seconds
    told: set[tuple[int, str]] = set()
    while True:
        left = find(run, known)
        for process in left:
            if (process.pid, process.began) not in told:
                told.add((process.pid, process.began))
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process.pid, how)
        if not left or time.monotonic() >= ends:
            return left
        time.sleep(_POLL_S)  # noqa: TID251 - a process of its own, that has no loop


def find(run: str, known: set[tuple[int, str]]) -> list[Process]:
    """The run's processes. `known` gains them: one whose parent is gone is still the run's."""
    mark = f"{VARIABLE}={run}".encode()
    own = [
        process for process in (_look(int(name), mark) for name in os.listdir("/proc") if name.isdecimal()) if process
    ]
    found = {process.pid for process in own if process.bears or (process.pid, process.began) in known}
    sessions = {process.session for process in own if process.pid in found}
    while True:
        more = {p.pid for p in own if p.pid not in found and (p.parent in found or p.session in sessions)}
        if not more:
            break
        found |= more
        sessions |= {process.session for process in own if process.pid in more}
    left = [process for process in own if process.pid in found]
    known.update((process.pid, process.began) for process in left)
    return left


def _look(pid: int, mark: bytes) -> Process | None:
    """None for this process, for other users' and for what has ended."""
    if pid == os.getpid():
        return None
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as status:
            lines = dict(line.split(":\t", 1) for line in status if ":\t" in line)
        if int(lines["Uid"].split()[0]) != os.getuid() or lines["State"].startswith(("Z", "X")):
            return None
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            # The name stands in brackets and may hold any of them.
            fields = stat.read().rpartition(")")[2].split()
    except (OSError, KeyError, ValueError, IndexError):
        return None
    return Process(pid, lines["Name"].strip(), int(fields[1]), int(fields[3]), fields[19], _bears(pid, mark))


def _bears(pid: int, mark: bytes) -> bool:
    for _ in range(_LOOKS):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environ:
                text = environ.read()
        except OSError:
            return False
        if text:
            return mark in text.split(b"\0")
        # One that is becoming another program shows none for a moment.
        time.sleep(_LOOK_S)  # noqa: TID251 - a process of its own, that has no loop
    return False


if __name__ == "__main__":
    main()
