"""Catching up: what it costs the server to give one client ten thousand events that it missed."""

from __future__ import annotations

import json
import re
import urllib.request

import uvloop

from tests.bench import bench, log, wire
from tests.bench.bench import Bench
from tests.bench.child import Child
from tests.bench.table import Goal, Row, Table

EVENTS = log.REPLAYED
SIZE_B = 300
_PAGE = re.compile(rb'"from":\d+,"to":(\d+)')


def run(this: Bench) -> Table:
    table = Table(f"Replay of {EVENTS:,} missed events, CPU of the server for each")
    with bench.pilothouse(this, "--log=sqlite", f"--replay={EVENTS * 2}") as server:
        port = int(server.hear())
        server.ask(f"go {EVENTS // 1000 + 2} 0 1000 {SIZE_B}")
        # The first replay of a server warms what all later ones use.
        _through_socket(server, port)
        through_socket = [_through_socket(server, port) for _ in range(this.rounds)]
    folder = this.new_folder("log")
    folder.mkdir()
    uvloop.run(log.log_with(64)(folder))
    through_log = [uvloop.run(log.replay(folder)) for _ in range(this.rounds)]
    goal = Goal(1.0, on="value")
    table.rows = [
        Row(f"{SIZE_B} B each, through a socket, from handshake to last page", through_socket, "µs", goal=goal),
        Row("430 B each, read from the log", [read for read, _ in through_log], "µs", goal=goal),
        Row("430 B each, read from the log, as messages", [sent for _, sent in through_log], "µs", goal=goal),
    ]
    return table


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
