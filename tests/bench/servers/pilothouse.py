"""Pilothouse with all that stands in the way of an event and of a request, told what to publish: the real doors, hub,
log and container service, without the host's sampler. `python -m tests.bench.servers.pilothouse`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import uvloop
from aiohttp import web

from server import logging as structured
from server.clock import SystemClock
from server.config import Config
from server.containers.service import ContainerService
from server.eventlog.audit import Audit
from server.eventlog.log import EventLog, NewEvent
from server.eventlog.memory import MemoryLog
from server.eventlog.sqlite import SqliteLog
from server.gate import ChannelGate
from server.protocol.channels import CONTAINERS, SYSTEM
from server.realtime.hub import Hub
from server.realtime.limits import Limits
from server.storage.database import Database
from server.tasks import Tasks
from server.web import keys, routes, socket
from tests.bench.servers import control
from tests.bench.servers.talking import talking
from tests.fakes.engine import FakeEngine

EVENT = "bench.tick"
# What an event's envelope and the names in its data take beside the padding: found by measuring one.
PROBE = b'{"type":"bench.tick","id":"","channel":"system","seq":,"prev":,"timestamp":"","data":{"at":"","pad":""}}'
ENVELOPE_B = len(PROBE) + 26 + 24 + 19 + 2 * 3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--log", choices=("memory", "sqlite"), default="sqlite")
    parser.add_argument("--containers", type=int, default=0)
    parser.add_argument("--sessions", type=int, default=0, help="sessions that write")
    parser.add_argument("--interface", type=Path)
    parser.add_argument("--pool", type=int, default=1000)
    parser.add_argument("--replay", type=int, default=5000, help="most events of one replay")
    structured.configure("info", "text")
    uvloop.run(serve(parser.parse_args()))


async def serve(arguments: argparse.Namespace) -> None:
    """Serve until the standard input ends."""
    clock = SystemClock()
    arguments.data.mkdir()
    database = await Database.open(arguments.data / "pilothouse.db")
    log: EventLog = MemoryLog(clock=clock)
    if arguments.log == "sqlite":
        log = await SqliteLog.open(database, clock=clock)
    limits = Limits(pool=arguments.pool, per_user=0, replay_events=arguments.replay, replay_b=1024 * arguments.replay)
    gate = ChannelGate()
    # Whoever asks is an administrator, and may hear every session.
    gate.workspace_of = lambda _: "w"
    hub = Hub(log, clock=clock, limits=limits, gate=gate)
    await hub.start()
    engine = FakeEngine()
    for n in range(arguments.containers):
        compose = {"com.docker.compose.project": f"shop{n % 7}", "com.docker.compose.service": f"web{n}"}
        engine.run(f"shop-web-{n}", labels=compose | {"org.opencontainers.image.version": "1.2.3"})
    service = ContainerService(
        engine=engine,
        log=log,
        database=database,
        audit=Audit(log),
        publish=lambda message: hub.publish_state(CONTAINERS, message),
        published=lambda: hub.published,
        interval_s=10,
        clock=clock,
    )
    await service.start()
    app = web.Application(client_max_size=64 * 1024)
    app[keys.CONFIG] = Config(
        data=arguments.data, pool=arguments.pool, auth="off", api_per_s=0, handshakes_per_s=0, commands_per_s=0
    )
    app[keys.CLOCK], app[keys.GATE] = clock, gate
    app[keys.LOG], app[keys.HUB] = log, hub
    app[keys.CONTAINERS], app[keys.ACTIONS] = service, service.actions
    routes.setup(app, socket.handle, interface=arguments.interface)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    tasks = Tasks("bench")
    for name, work in (("sweep", hub.run_sweep()), ("heartbeat", hub.run_heartbeat()), ("life", hub.run_liveness())):
        tasks.spawn(name, work)
    control.ready(runner.addresses[0][1])

    async def publish(stamp: str, burst: int, size_b: int) -> None:
        data = {"at": stamp, "pad": "x" * max(size_b - ENVELOPE_B, 0)}
        await log.append([NewEvent(EVENT, SYSTEM, data) for _ in range(burst)])

    try:
        async with talking(arguments.sessions, log=log, database=database, hub=hub, clock=clock) as writer:
            await control.obey(publish, lambda on: writer.on.set() if on else writer.on.clear())
    finally:
        hub.close()
        await tasks.close()
        await runner.cleanup()
        await service.close()
        await log.close()
        await database.close()


if __name__ == "__main__":
    main()
