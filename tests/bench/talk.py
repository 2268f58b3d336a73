"""Fifty sessions that write at once, before two hundred who watch: what the other channels notice of it."""

from __future__ import annotations

import time

from tests.bench import bench, fanout
from tests.bench.bench import Bench
from tests.bench.child import Child
from tests.bench.fanout import Window
from tests.bench.table import Goal, Row, Table

SESSIONS, WATCHERS = 50, 200
SIZE_B = 256
PERIOD_US = 20_000
ROUNDS = 150
# Until texts of all lengths are on their way.
WARM_S = 3.0


def run(this: Bench) -> Table:
    """Measure pairs of windows of events on `system`: the sessions are still, and all of them write."""
    table = Table(
        f"{SESSIONS} sessions that write 30 words a second, {WATCHERS} sockets that watch one each, and the {SIZE_B} B "
        "events of another channel to all of them"
    )
    still: list[Window] = []
    writing: list[Window] = []
    with bench.listeners() as listeners, bench.pilothouse(this, f"--sessions={SESSIONS}") as server:
        port = int(server.hear())
        for n in range(SESSIONS):
            path = f"/ws?channels=system,session:s{n}"
            listeners.ask(f"join Pilothouse {port} {path} {WATCHERS // SESSIONS} 1")
        for _ in range(this.rounds):
            server.ask("write 0")
            still.append(_window(this, listeners, server))
            server.ask("write 1")
            time.sleep(WARM_S * this.share)
            writing.append(_window(this, listeners, server))
    p50, p99 = [[[getattr(w, name) for w in windows] for windows in (writing, still)] for name in ("p50_ms", "p99_ms")]
    table.rows = [
        Row("p50 of the other channel", p50[0], "ms", "nobody writes", p50[1]),
        Row("p99 of the other channel", p99[0], "ms", "nobody writes", p99[1], Goal(1.2)),
    ]
    return table


def _window(this: Bench, listeners: Child, server: Child) -> Window:
    return fanout.window(
        listeners, server, max(int(ROUNDS * this.share), 10), PERIOD_US, 1, size_b=SIZE_B, clients=WATCHERS
    )
