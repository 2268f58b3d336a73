"""The server as `make run` starts it, with an engine of 50 containers: how soon it answers, and what it costs when
nothing happens.
"""

from __future__ import annotations

import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.bench import bench, wire
from tests.bench.bench import Bench
from tests.bench.child import BenchFailed, Child
from tests.bench.table import Goal, Row, Table

CONTAINERS = 50
WINDOWS = 5
WINDOW_S = 5.0
LOOK_S = 0.005
START_S = 30.0
PEER = "bare aiohttp"


def run(this: Bench) -> Table:
    """Start both sides again and again; the last pair then stays and does nothing."""
    table = Table(f"Start and idle: the whole server, {CONTAINERS} containers, an engine in a process of its own")
    body = this.folder / "ready.json"
    body.write_bytes(b"{}")
    engine_socket = this.folder / "engine.sock"
    starts: list[tuple[float, float]] = []
    with bench.python("tests.bench.servers.engine", engine_socket, str(CONTAINERS), name="engine") as engine:
        engine.hear()
        for _ in range(this.rounds):
            with _ours(this, engine_socket, port := _free_port()) as server:
                our_start_s = _ready_s(server, port)
            with bench.bare(body, "application/json", port=(port := _free_port())) as server:
                starts.append((our_start_s, _ready_s(server, port)))
        table.rows.append(
            Row(
                "first answer of /health/ready",
                [ours for ours, _ in starts],
                "s",
                PEER,
                [theirs for _, theirs in starts],
                Goal(0.6, on="value"),
            )
        )
        with _ours(this, engine_socket, port := _free_port()) as ours, bench.bare(body, "application/json") as theirs:
            _ready_s(ours, port)
            table.rows += _idle(this, ours, theirs)
            with wire.open_socket(port, "/ws?channels=system,containers,metrics")[0]:
                watched = [used for used, _ in _cpu_percent(this, ours, theirs)]
            table.rows.append(Row("CPU of a core, one browser watching", watched, "%"))
    return table


def _idle(this: Bench, ours: Child, theirs: Child) -> list[Row]:
    used = _cpu_percent(this, ours, theirs)
    memory = [[ours.rss_b() / 1e6], [theirs.rss_b() / 1e6]]
    return [
        Row("CPU of a core, idle", [a for a, _ in used], "%", PEER, [b for _, b in used], Goal(0.5, on="value")),
        Row("resident memory, idle", memory[0], "MB", PEER, memory[1], Goal(70, on="value")),
    ]


def _cpu_percent(this: Bench, ours: Child, theirs: Child) -> list[tuple[float, float]]:
    used = []
    for _ in range(WINDOWS):
        before = ours.cpu_s(), theirs.cpu_s()
        started = time.perf_counter()
        time.sleep(WINDOW_S * this.share)
        elapsed_s = time.perf_counter() - started
        used.append(((ours.cpu_s() - before[0]) / elapsed_s * 100, (theirs.cpu_s() - before[1]) / elapsed_s * 100))
    return used


def _ours(this: Bench, engine_socket: Path, port: int) -> Child:
    settings = {"PORT": str(port), "DATA": str(this.new_folder("data")), "ENGINE": f"unix://{engine_socket}"}
    environ = {f"PILOTHOUSE_{name}": value for name, value in settings.items()}
    return Child([sys.executable, "-m", "server", "serve"], name="Pilothouse", environ=environ)


def _ready_s(server: Child, port: int) -> float:
    """Return how long after its start `server` first answered with 200."""
    while time.perf_counter() - server.started_s < START_S:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=START_S) as answer:
                if answer.status == 200:
                    return time.perf_counter() - server.started_s
        except (urllib.error.URLError, ConnectionError):
            time.sleep(LOOK_S)
    raise BenchFailed(f"{server.name} did not get ready")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port
