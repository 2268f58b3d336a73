"""One client that stops reading beside two hundred that read: what they notice of it, and what becomes of it."""

from __future__ import annotations

import json
import time
import urllib.request

from tests.bench import bench, fanout
from tests.bench.bench import Bench
from tests.bench.child import BenchFailed, Child
from tests.bench.fanout import Window
from tests.bench.table import Goal, Row, Table

CLIENTS = 200
SIZE_B = 1024
# Many small rounds: a percentile of few rounds is that of the worst one.
PERIOD_US = 5_000
ROUNDS = 600
# What the frozen client's kernel takes before the server sees that nobody reads is some 300 kB; then the outbox fills.
CUT_S = 60.0


def run(this: Bench) -> Table:
    """Measure pairs of windows: all read, and one is frozen before the window begins."""
    table = Table(f"A stalled client beside {CLIENTS} that read, {1_000_000 // PERIOD_US} events/s of {SIZE_B} B")
    alone: list[Window] = []
    beside: list[Window] = []
    grown_mb: list[float] = []
    cut_s: list[float] = []
    with bench.listeners() as listeners, bench.pilothouse(this) as server:
        port = int(server.hear())
        listeners.ask(f"join Pilothouse {port} /ws?channels=system {CLIENTS} 1")
        # The log keeps its newest thousand events in memory: fill it first, or their growth would be taken for ours.
        _window(this, listeners, server, rounds=2000, period_us=2000)
        for _ in range(this.rounds):
            alone.append(_window(this, listeners, server))
            before_b = server.rss_b()
            with bench.listeners() as stalled:
                stalled.ask(f"join stalled {port} /ws?channels=system 1 1")
                stalled.freeze()
                frozen_s = time.perf_counter()
                beside.append(_window(this, listeners, server))
                grown_mb.append((server.rss_b() - before_b) / 1e6)
                while _connections(port) > CLIENTS:
                    if time.perf_counter() - frozen_s > CUT_S:
                        raise BenchFailed("the stalled client was never cut off")
                    _window(this, listeners, server, rounds=20)
                cut_s.append(time.perf_counter() - frozen_s)
    p99 = [[w.p99_ms for w in windows] for windows in (beside, alone)]
    table.rows = [
        Row("p99 of those that read", p99[0], "ms", "without the stalled one", p99[1], Goal(1.2)),
        Row("memory gained meanwhile, at most", [max(grown_mb)], "MB", goal=Goal(2, on="value")),
        Row("cut off after it froze, at this load", cut_s, "s", goal=Goal(15, on="value")),
    ]
    return table


def _window(
    this: Bench, listeners: Child, server: Child, *, rounds: int = ROUNDS, period_us: int = PERIOD_US
) -> Window:
    return fanout.window(
        listeners, server, max(int(rounds * this.share), 10), period_us, 1, size_b=SIZE_B, clients=CLIENTS
    )


def _connections(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/ws") as answer:
        return int(json.load(answer)["connections"])
