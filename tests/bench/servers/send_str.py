"""The peer that most would write: aiohttp, and a loop that awaits `send_str` for one client after the other."""

from __future__ import annotations

import json

import uvloop
from aiohttp import web

from tests.bench.servers import control


async def serve() -> None:
    clients: set[web.WebSocketResponse] = set()

    async def handle(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        clients.add(ws)
        try:
            async for _ in ws:
                pass
        finally:
            clients.discard(ws)
        return ws

    async def publish(stamp: str, burst: int, size_b: int) -> None:
        text = json.dumps({"at": stamp, "pad": ""}, separators=(",", ":"))
        text = text[:-2] + "x" * (size_b - len(text)) + text[-2:]
        for _ in range(burst):
            for ws in tuple(clients):
                await ws.send_str(text)

    app = web.Application()
    app.router.add_get("/ws", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    control.ready(runner.addresses[0][1])
    await control.obey(publish)


if __name__ == "__main__":
    uvloop.run(serve())
