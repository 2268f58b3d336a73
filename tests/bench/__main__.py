"""`python -m tests.bench [--quick] [TOPIC ...]`: runs the topics one after the other and prints a table for each."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench import appends, connections, fanout, idle, replay, rest, stall, talk
from tests.bench.bench import Bench, Missing
from tests.bench.child import BenchFailed
from tests.bench.table import Table

TOPICS: dict[str, Callable[[Bench], Table]] = {
    "fanout": fanout.run,
    "connections": connections.run,
    "appends": appends.run,
    "replay": replay.run,
    "rest": rest.run,
    "idle": idle.run,
    "stall": stall.run,
    "talk": talk.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measures; asserts nothing.")
    parser.add_argument("topic", nargs="*", help=f"any of {', '.join(TOPICS)}, or the start of one; default: all")
    parser.add_argument("--quick", action="store_true", help="two short rounds: to see that it works, not how fast")
    arguments = parser.parse_args()
    asked = tuple(arguments.topic) or ("",)
    chosen = {name: run for name, run in TOPICS.items() if name.startswith(asked)}
    if not chosen:
        parser.error(f"there is no such topic; there are {', '.join(TOPICS)}")
    print(_machine())
    failed = 0
    for name, run in chosen.items():
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="pilothouse-bench-") as folder:
            this = Bench(rounds=2 if arguments.quick else 5, share=0.2 if arguments.quick else 1.0, folder=Path(folder))
            try:
                print(f"\n{run(this).text()}  {name} took {time.perf_counter() - started:.0f} s", flush=True)
            except (Missing, BenchFailed) as error:
                failed += isinstance(error, BenchFailed)
                print(f"\n{name}: {error}", flush=True)
    return 1 if failed else 0


def _machine() -> str:
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    cores = os.cpu_count()
    return (
        f"{cores} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}; load {load}. "
        "A load above one before the start means that others use the machine: read the ratios only.\n"
        "Every figure is the median of its rounds, in which all sides take turns; differences under 20 % are ties."
    )


if __name__ == "__main__":
    sys.exit(main())
