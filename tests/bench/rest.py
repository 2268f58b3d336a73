"""What an answer over HTTP costs: a large asset, and the list of a hundred containers."""

from __future__ import annotations

import json
import random
import urllib.request
from pathlib import Path

from tests.bench import bench, load
from tests.bench.bench import Bench
from tests.bench.child import Child
from tests.bench.table import Goal, Row, Table

ASSET_B = 100_000
CONTAINERS = 100
WINDOW_S = 2
LIST = "/api/v1/containers"


def run(this: Bench) -> Table:
    table = Table(f"An answer over HTTP ({load.program()}), CPU of the server for each")
    interface = this.new_folder("interface")
    asset = _interface(interface)
    with bench.pilothouse(this, f"--containers={CONTAINERS}", f"--interface={interface}") as ours:
        port = int(ours.hear())
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{LIST}") as answer:
            body = answer.read()
        listed = this.folder / "list.json"
        listed.write_bytes(body)
        pairs = {
            f"asset of {ASSET_B // 1000} kB, hashed": (f"/assets/{asset.name}", asset, "text/javascript", 30.0, 24.0),
            f"list of {CONTAINERS} containers, {len(body) // 1000} kB": (LIST, listed, "application/json", 60.0, 25.0),
        }
        for figure, (path, file, content_type, limit_us, reference_us) in pairs.items():
            with bench.bare(file, content_type) as theirs:
                their_port = int(theirs.hear())
                costs = [
                    (_cost_us(this, ours, port, path), _cost_us(this, theirs, their_port, path))
                    for _ in range(this.rounds)
                ]
            sides = [a for a, _ in costs], "µs", "bare aiohttp, same bytes", [b for _, b in costs]
            table.rows.append(Row(figure, *sides, Goal(limit_us, on="value")))
            # The same goal on any machine: the peer's cost where it was set is known.
            table.rows.append(Row(f"{figure}, as a ratio", *sides, Goal(limit_us / reference_us)))
    return table


def _cost_us(this: Bench, server: Child, port: int, path: str) -> float:
    before_s = server.cpu_s()
    answers = load.ask(port, path, max(int(WINDOW_S * this.share), 1))
    return (server.cpu_s() - before_s) * 1e6 / answers


def _interface(folder: Path) -> Path:
    """Make a build of an interface whose one script has the size that is measured, and return that script."""
    (folder / ".vite").mkdir(parents=True)
    script = folder / "main-B3nchM4r.js"
    script.write_bytes(random.Random(1).randbytes(ASSET_B))
    manifest = {"src/main.tsx": {"file": script.name, "isEntry": True, "src": "src/main.tsx"}}
    (folder / ".vite" / "manifest.json").write_text(json.dumps(manifest))
    return script
