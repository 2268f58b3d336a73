"""As much of a Docker engine as the server asks for, on a Unix socket: containers that run and never change.

`python -m tests.bench.servers.engine SOCKET COUNT`. A process of its own, so that it costs the server nothing.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from aiohttp import web

STARTED = "2026-11-20T09:00:00.123456789Z"


def _listed(n: int) -> dict[str, Any]:
    return {
        "Id": f"{n:04x}".ljust(64, "e"),
        "Names": [f"/shop-web-{n}"],
        "Image": "nginx:1.27",
        "Created": 1_795_165_200,
        "State": "running",
        "Status": "Up 2 hours",
        "Labels": {"com.docker.compose.project": f"shop{n % 7}", "com.docker.compose.service": f"web{n}"},
        "Ports": [{"PrivatePort": 80, "PublicPort": 8000 + n, "Type": "tcp", "IP": "127.0.0.1"}],
    }


def _inspected(listed: dict[str, Any]) -> dict[str, Any]:
    return {
        "Id": listed["Id"],
        "Name": listed["Names"][0],
        "Created": STARTED,
        "RestartCount": 0,
        "State": {"Status": "running", "StartedAt": STARTED, "FinishedAt": "0001-01-01T00:00:00Z"},
        "Config": {"Image": listed["Image"], "Labels": listed["Labels"], "Cmd": ["nginx"]},
        "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8000"}]}},
    }


async def serve(path: str, count: int) -> None:
    listed = [_listed(n) for n in range(count)]
    inspected = {one["Id"]: _inspected(one) for one in listed}

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await asyncio.Event().wait()
        return response

    async def answer(request: web.Request) -> web.StreamResponse:
        *_, parent, last = request.path.split("/")
        if last == "events":
            return await events(request)
        if last == "_ping":
            return web.Response(text="OK")
        if parent == "containers":
            return web.json_response(listed)
        if parent in inspected:
            return web.json_response(inspected[parent])
        return web.json_response({"ID": "bench", "Version": "99.0", "ApiVersion": "1.43", "MinAPIVersion": "1.24"})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.UnixSite(runner, path).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
