"""Catching up: what it costs the server to give one client ten thousand events that it missed."""

from __future__ import annotations

import json
import re
import sqlite3
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import uvloop

from tests.bench import bench, log, wire
from tests.bench.bench import Bench
from tests.bench.child import Child
from tests.bench.table import Goal, Row, Table

EVENTS = log.REPLAYED
SIZE_B = len(log.TEXT)
# Once takes a few milliseconds only.
REPEATED = 5
SELECT = "SELECT text FROM events WHERE channel = 'system' AND seq > ? AND seq <= ? ORDER BY seq"
PEER = "sqlite3, SELECT text"
_PAGE = re.compile(rb'"from":\d+,"to":(\d+)')


def run(this: Bench) -> Table:
    table = Table(f"Replay of {EVENTS:,} missed events of {SIZE_B} B, CPU for each")
    folder = this.new_folder("log")
    folder.mkdir()
    uvloop.run(log.log_with(64)(folder))
    through_socket: list[float] = []
    through_log: list[tuple[float, float]] = []
    bare: list[float] = []
    with bench.pilothouse(this, "--log=sqlite", f"--replay={EVENTS * 2}") as server:
        port = int(server.hear())
        server.ask(f"go {EVENTS // 1000 + 2} 0 1000 {SIZE_B}")
        # The first replay of a server warms what all later ones use.
        _through_socket(server, port)
        for _ in range(this.rounds):
            through_socket.append(_through_socket(server, port))
            through_log.append(uvloop.run(log.replay(folder)))
            bare.append(_bare(folder))
    goal = Goal(1.0, on="value")
    # Where the goal was set, the bare SELECT took 0.5 µs.
    twice = Goal(2.0)
    table.rows = [
        Row("through a socket, from handshake to last page", through_socket, "µs", PEER, bare, goal),
        Row("through a socket, as a ratio", through_socket, "µs", PEER, bare, twice),
        Row("read from the log", [read for read, _ in through_log], "µs", PEER, bare, goal),
        Row("read from the log, as messages", [sent for _, sent in through_log], "µs", PEER, bare, goal),
    ]
    return table


def _bare(folder: Path) -> float:
    """Read as many texts as bare sqlite3 can, in the same pages: nothing that keeps events in SQLite is cheaper."""
    with closing(sqlite3.connect(folder / "pilothouse.db")) as connection:
        (head,) = connection.execute("SELECT max(seq) FROM events").fetchone()
        started = time.process_time()
        for _ in range(REPEATED):
            for after in range(head - EVENTS, head, log.PAGE):
                b",".join([text for (text,) in connection.execute(SELECT, (after, after + log.PAGE))])
        return (time.process_time() - started) * 1e6 / EVENTS / REPEATED


def _through_socket(server: Child, port: int) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/ws") as answer:
        head = json.load(answer)["server_seq"]
    before_s = server.cpu_s()
    sock, data = wire.open_socket(port, f"/ws?channels=system&last_seq={head - EVENTS}")
    with sock:
        reached = 0
        while reached < head:
            end = 0
            for _, start, end in wire.frames(data):
                page = _PAGE.search(data, start, min(end, start + 200))
                if page is not None:
                    reached = int(page.group(1))
                    sock.sendall(wire.text_frame(b'{"type":"replay-ack","data":{"to":%d}}' % reached))
            data = data[end:] + (sock.recv(1 << 20) if reached < head else b"")
        spent_s = server.cpu_s() - before_s
    return spent_s * 1e6 / EVENTS
