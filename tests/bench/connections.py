"""What a connection costs that nothing happens on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from tests.bench import bench
from tests.bench.bench import Bench, Missing
from tests.bench.child import Child
from tests.bench.table import Goal, Row, Table

CONNECTIONS = 1000
# The first ones pay for what all share: code that is loaded late, pools, the allocator's arenas.
FIRST = 100
OURS, FLOOR, NODE, LOOP = "Pilothouse", "C, one write each", "node ws", "aiohttp, send_str"


def run(this: Bench) -> Table:
    """Every round starts every server anew."""
    table = Table(f"Memory of a connection, {CONNECTIONS} of them, idle")
    found: dict[str, list[float]] = defaultdict(list)
    starters: dict[str, Callable[[], Child]] = {
        OURS: lambda: bench.pilothouse(this, f"--pool={CONNECTIONS + FIRST}"),
        NODE: bench.node_ws,
        LOOP: bench.send_str,
    }
    with bench.listeners() as listeners:
        for _ in range(this.rounds):
            for name, start in list(starters.items()):
                try:
                    with start() as server:
                        found[name].append(_each_kb(listeners, server, hello=name == OURS))
                except Missing as missing:
                    table.notes.append(str(missing))
                    del starters[name]
    goal = Goal(15, on="value")
    table.rows = [Row("resident memory", found[OURS], "kB", peer, found[peer], goal) for peer in found if peer != OURS]
    return table


def _each_kb(listeners: Child, server: Child, *, hello: bool) -> float:
    port = server.hear()
    path = "/ws?channels=system,containers,metrics"
    listeners.ask(f"join idle {port} {path} {FIRST} {int(hello)}")
    before_b = server.rss_b()
    listeners.ask(f"join idle {port} {path} {CONNECTIONS} {int(hello)}")
    grown_b = server.rss_b() - before_b
    listeners.ask("leave idle")
    return grown_b / CONNECTIONS / 1000
