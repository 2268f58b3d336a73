"""One event to a thousand clients: what each message costs the server, and how late it comes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from tests.bench import bench
from tests.bench.bench import Bench, Missing
from tests.bench.child import BenchFailed, Child
from tests.bench.table import Goal, Row, Table

CLIENTS = 1000
SIZE_B = 256
PERIOD_US = 100_000
STEADY_ROUNDS = 25
BURST = 8
BURST_ROUNDS = 12

MEMORY, SQLITE = "log in memory", "log in SQLite"
FLOOR, NODE, LOOP = "C, one write each", "node ws", "aiohttp, send_str"


@dataclass(frozen=True, slots=True)
class Window:
    """One window of one server: CPU of a delivered message in µs, delays in ms."""

    cpu_us: float
    p50_ms: float
    p99_ms: float


def run(this: Bench) -> Table:
    """Measure all servers in turn, each with its own thousand clients, which stay."""
    table = Table(
        f"Fan-out: one event of {SIZE_B} B to {CLIENTS} clients, CPU of the server for each delivered message"
    )
    steady: dict[str, list[Window]] = defaultdict(list)
    burst: dict[str, list[Window]] = defaultdict(list)
    with ExitStack() as stack:
        listeners = stack.enter_context(bench.listeners())
        servers: dict[str, Child] = {}
        for name, start in _starters(this).items():
            try:
                servers[name] = stack.enter_context(start())
            except Missing as missing:
                table.notes.append(str(missing))
                continue
            port = servers[name].hear()
            group = servers[name].name.replace(" ", "-")
            listeners.ask(f"join {group} {port} /ws?channels=system {CLIENTS} {int(name in (MEMORY, SQLITE))}")
        for n in range(this.rounds):
            # Who comes first moves on: the first of a round meets another machine than the last.
            names = [*servers][n % len(servers) :] + [*servers][: n % len(servers)]
            for name in names:
                rounds = max(int(STEADY_ROUNDS * this.share), 5)
                steady[name].append(window(listeners, servers[name], rounds, PERIOD_US, 1))
            for name in names:
                rounds = max(int(BURST_ROUNDS * this.share), 3)
                burst[name].append(window(listeners, servers[name], rounds, PERIOD_US, BURST))
    for ours in (MEMORY, SQLITE):
        table.rows += _rows(f"10 events/s, {ours}", steady, ours, {FLOOR: (1.35, 1.5), NODE: (1.0, 1.0), LOOP: None})
    for ours in (MEMORY, SQLITE):
        table.rows += _rows(f"{BURST} together, {ours}", burst, ours, {FLOOR: None, NODE: (0.25, None), LOOP: None})
    return table


def window(
    listeners: Child,
    server: Child,
    rounds: int,
    period_us: int,
    burst: int,
    *,
    size_b: int = SIZE_B,
    clients: int = CLIENTS,
) -> Window:
    """Have `server` publish, and return what it cost and how late it came.

    Raises:
        BenchFailed: a client missed an event.
    """
    group = server.name.replace(" ", "-")
    expected = rounds * burst * clients
    listeners.ask(f"measure {group}")
    before_s = server.cpu_s()
    server.tell(f"go {rounds} {period_us} {burst} {size_b}")
    heard = json.loads(listeners.ask(f"report {group} {expected}", 120))
    if heard["count"] != expected:
        raise BenchFailed(
            f"{server.name}: {heard['count']} of {expected} messages came, {heard['closed']} sockets closed"
        )
    server.hear()
    return Window((server.cpu_s() - before_s) * 1e6 / expected, heard["p50_ms"], heard["p99_ms"])


def _starters(this: Bench) -> dict[str, Callable[[], Child]]:
    pool = str(CLIENTS + 10)
    return {
        FLOOR: bench.floor,
        MEMORY: lambda: bench.pilothouse(this, "--log=memory", f"--pool={pool}", name="Pilothouse memory"),
        NODE: bench.node_ws,
        SQLITE: lambda: bench.pilothouse(this, "--log=sqlite", f"--pool={pool}", name="Pilothouse SQLite"),
        LOOP: bench.send_str,
    }


def _rows(
    figure: str,
    windows: dict[str, list[Window]],
    ours: str,
    peers: dict[str, tuple[float | None, float | None] | None],
) -> list[Row]:
    """`peers`: the goals for CPU and p99 as a ratio to each."""
    rows = []
    for index, (what, unit) in enumerate((("CPU", "µs"), ("p50", "ms"), ("p99", "ms"))):
        for peer, goals in peers.items():
            if peer not in windows:
                continue
            limit = None if goals is None or index == 1 else goals[index // 2]
            values = [[(w.cpu_us, w.p50_ms, w.p99_ms)[index] for w in windows[name]] for name in (ours, peer)]
            goal = None if limit is None else Goal(limit)
            rows.append(Row(f"{figure}: {what}", values[0], unit, peer, values[1], goal))
    return rows
