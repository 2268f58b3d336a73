"""Durable appends: what the event log takes in a second, beside SQLite as one would use it."""

from __future__ import annotations

from collections import defaultdict

import uvloop

from tests.bench.bench import Bench
from tests.bench.log import MEASURES
from tests.bench.table import Goal, Row, Table

# The goals stand for 64 writers on a quiet machine (docs/benchmarks.md).
GOALS = {"log, 64 writers": 60_000.0, "log, 64 writers, each with an idempotency key": 50_000.0}
EACH = "sqlite3, one commit each"
BARE = {"log, 64 writers": "sqlite3, groups of 64", "log, 256 writers": "sqlite3, groups of 256"}


def run(this: Bench) -> Table:
    table = Table("Durable appends a second (committed to the disk, seq and prev stamped, handed to the sink)")
    rates: dict[str, list[float]] = defaultdict(list)
    folder = this.new_folder("log")
    folder.mkdir()
    for _ in range(this.rounds):
        for name, measure in MEASURES.items():
            rates[name].append(uvloop.run(measure(folder)))
    for name in MEASURES:
        if name.startswith("log"):
            limit = GOALS.get(name)
            goal = None if limit is None else Goal(limit, on="value", at_least=True)
            table.rows.append(Row(name, rates[name], "/s", EACH, rates[EACH], goal))
            if name in BARE:
                table.rows.append(Row(name, rates[name], "/s", BARE[name], rates[BARE[name]]))
    return table
