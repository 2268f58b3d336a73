"""A bare aiohttp, told nothing: one handler that answers every address with the bytes of a file, held in memory.

`python -m tests.bench.servers.bare PORT FILE CONTENT_TYPE`; port 0 takes a free one.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop
from aiohttp import web

from tests.bench.servers import control


async def serve(port: int, body: bytes, content_type: str) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type=content_type)

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    control.ready(runner.addresses[0][1])
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes(), sys.argv[3]))
