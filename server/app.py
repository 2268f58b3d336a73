"""The only wiring: every part is made here in the order in which they need each other, and ended in reverse."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from aiohttp import web

from server import __version__
from server.auth import service as auth_service
from server.clock import SystemClock
from server.config import Config
from server.containers.docker import DockerEngine
from server.containers.service import ContainerService
from server.errors import StorageUnavailable
from server.eventlog import retention
from server.eventlog.audit import Audit
from server.eventlog.log import NewEvent
from server.eventlog.sqlite import SqliteLog
from server.eventlog.trail import AuditTrail
from server.gate import ChannelGate
from server.host.broadcaster import MetricsBroadcaster
from server.host.sampler import HostSampler
from server.host.space import DataFolder as DataSpace
from server.protocol.channels import CONTAINERS, METRICS, SYSTEM
from server.protocol.events import ServerStartedData
from server.protocol.rest import PartHealth
from server.realtime.hub import Hub
from server.realtime.limits import Limits
from server.sessions import parts as session_parts
from server.storage.database import Database
from server.storage.folder import DataFolder
from server.tasks import Tasks
from server.web import keys, routes, socket
from server.web.commands import Commands
from server.web.health import Health, Part

logger = logging.getLogger(__name__)

FOLDER = web.AppKey[DataFolder]("folder")
DATABASE = web.AppKey[Database]("database")
CONTAINER_SERVICE = web.AppKey[ContainerService]("container_service")
GATE = web.AppKey[ChannelGate]("channel_gate")
HOST = web.AppKey[MetricsBroadcaster]("host")


def create_app(config: Config) -> web.Application:
    """Return the application that serves everything; nothing is opened before it starts.

    Raises:
        StartupError: a setting contradicts another; at its start also when the data folder cannot be used.
    """
    app = _new_app(config)
    app.cleanup_ctx.extend(
        (_storage, _realtime, _announced, _auth, _first_account, _host, _containers, _sessions, _health)
    )
    app.on_shutdown.append(_say_goodbye)
    return app


def create_console_app(config: Config) -> web.Application:
    """Return an application that serves what the command line asks for when no server runs: accounts and tokens.

    Raises:
        StartupError: as `create_app`.
    """
    app = _new_app(config)
    app.cleanup_ctx.extend((_storage, _realtime, _auth))
    return app


def _new_app(config: Config) -> web.Application:
    app = web.Application(client_max_size=64 * 1024)
    app[keys.CONFIG] = config
    app[keys.CLOCK] = SystemClock()
    app[GATE] = app[keys.GATE] = ChannelGate()
    routes.setup(app, socket.handle)
    return app


async def _storage(app: web.Application) -> AsyncIterator[None]:
    """Data folder, database, event log and audit trail."""
    config, clock = app[keys.CONFIG], app[keys.CLOCK]
    app[FOLDER] = folder = await asyncio.to_thread(DataFolder, config.data)
    try:
        app[DATABASE] = database = await Database.open(folder.database)
        try:
            app[keys.LOG] = log = await SqliteLog.open(database, clock=clock, ring=config.ring, note=folder.witness)
            tasks = Tasks("storage")
            retain = retention.run(
                log,
                clock,
                days=config.retention_days,
                events=config.retention_events,
                audit_days=config.audit_days,
            )
            tasks.spawn("retention", retain)
            app[keys.AUDIT], app[keys.TRAIL] = Audit(log, clock=clock), AuditTrail(database)
            try:
                yield
            finally:
                await tasks.close()
                await app[keys.AUDIT].close()
                await log.close()
        finally:
            await database.close()
    finally:
        folder.close()


async def _realtime(app: web.Application) -> AsyncIterator[None]:
    """The hub, and what happens in it and in the log with time."""
    config, clock, log = app[keys.CONFIG], app[keys.CLOCK], app[keys.LOG]
    app[keys.HUB] = hub = Hub(log, clock=clock, limits=_limits(config), gate=app[GATE])
    await hub.start()
    tasks = Tasks("realtime")
    tasks.spawn("sweep", hub.run_sweep())
    tasks.spawn("heartbeat", hub.run_heartbeat())
    tasks.spawn("liveness", hub.run_liveness())
    yield
    await tasks.close()


async def _announced(app: web.Application) -> AsyncIterator[None]:
    started = NewEvent(type="server.started", channel=SYSTEM, data=ServerStartedData(version=__version__))
    try:
        await app[keys.LOG].append([started])
    except StorageUnavailable as error:
        # A console that shows a full disk is worth more than one that does not start because of it.
        logger.warning("the start could not be noted", extra={"reason": error.message})
    yield


async def _auth(app: web.Application) -> AsyncIterator[None]:
    """Accounts; whatever is taken from somebody is taken from their open connections in the same turn of the loop."""
    hub, stays = app[keys.HUB], app[keys.STAYS]
    parts = auth_service.opened(
        app[keys.CONFIG],
        app[FOLDER].path,
        database=app[DATABASE],
        audit=app[keys.AUDIT],
        clock=app[keys.CLOCK],
    )
    async with parts as auth:
        app[keys.AUTH], app[keys.IDENTITIES] = auth, auth.identities

        def look_again() -> None:
            hub.reauthorise(auth.identities.current)
            stays.reauthorise(auth.identities.current)

        auth.directory.on_change(look_again)
        yield


async def _first_account(app: web.Application) -> AsyncIterator[None]:
    password = app[keys.CONFIG].admin_password
    if password:
        await app[keys.AUTH].setup.from_password(password)
    yield


async def _host(app: web.Application) -> AsyncIterator[None]:
    config, clock, hub = app[keys.CONFIG], app[keys.CLOCK], app[keys.HUB]
    app[keys.METRICS] = app[HOST] = broadcaster = MetricsBroadcaster(
        HostSampler(host_root=config.host_root, clock=clock),
        publish=lambda message: hub.publish_state(METRICS, message),
        published=lambda: hub.published,
        clock=clock,
        interval_s=config.metrics_interval_s,
    )
    tasks = Tasks("host")
    tasks.spawn("metrics", broadcaster.run())
    yield
    await tasks.close()


async def _containers(app: web.Application) -> AsyncIterator[None]:
    config, hub = app[keys.CONFIG], app[keys.HUB]
    app[keys.CONTAINERS] = app[CONTAINER_SERVICE] = service = ContainerService(
        engine=DockerEngine(config.engine, certs=config.engine_certs, read_only=config.read_only),
        log=app[keys.LOG],
        database=app[DATABASE],
        audit=app[keys.AUDIT],
        read_only=config.read_only,
        publish=lambda message: hub.publish_state(CONTAINERS, message),
        published=lambda: hub.published,
        interval_s=config.containers_interval_s,
        clock=app[keys.CLOCK],
    )
    app[GATE].containers = service
    app[keys.ACTIONS] = service.actions
    try:
        await service.start()
        yield
    finally:
        await service.close()


async def _sessions(app: web.Application) -> AsyncIterator[None]:
    hub, clock, service = app[keys.HUB], app[keys.CLOCK], app[CONTAINER_SERVICE]
    parts = session_parts.opened(
        app[keys.CONFIG],
        app[FOLDER].path,
        auth=app[keys.AUTH],
        log=app[keys.LOG],
        database=app[DATABASE],
        audit=app[keys.AUDIT],
        clock=clock,
        containers=service,
        metrics=app[HOST],
        publish_state=hub.publish_state,
        end_state=hub.end_state,
        published=lambda: hub.published,
    )
    async with parts as sessions:
        app[keys.SESSIONS] = sessions
        app[GATE].workspace_of = sessions.workspace_of
        app[keys.COMMANDS] = Commands(service.actions, sessions, clock)
        yield


async def _health(app: web.Application) -> AsyncIterator[None]:
    """What `/health` asks; the server can do without an engine, but not without its log and the room to write it."""
    service, host, database = app[CONTAINER_SERVICE], app[HOST], app[DATABASE]

    async def log() -> PartHealth:
        error = (await database.health()).error
        waiting = {"events_waiting": service.events_waiting}
        return PartHealth(state="ok" if error is None else "down", message=error, details=waiting)

    async def engine() -> PartHealth:
        view = service.engine
        details = {"state": view.state, "since": view.since, "version": view.version}
        return PartHealth(state="ok" if view.state == "up" else "down", message=view.message, details=details)

    async def broadcasters() -> PartHealth:
        age_s = service.broadcast_age_s
        late = age_s is not None and age_s > 3 * app[keys.CONFIG].containers_interval_s
        metrics = await host.health()
        return PartHealth(
            state="degraded" if late or metrics.state != "ok" else "ok",
            message="the container list is not being sent" if late else metrics.message,
            details={"containers_age_s": age_s, **metrics.details},
        )

    app[keys.HEALTH] = Health(
        {
            "log": Part(log, essential=True),
            "disk": Part(DataSpace(app[keys.CONFIG].data).health, essential=True),
            "engine": Part(engine),
            "broadcasters": Part(broadcasters),
        },
        clock=app[keys.CLOCK],
    )
    yield


async def _say_goodbye(app: web.Application) -> None:
    # Here and not at the end of `_realtime`: by then aiohttp has waited in vain for every socket's handler.
    app[keys.HUB].close()


def _limits(config: Config) -> Limits:
    return Limits(
        outbox_messages=config.outbox_messages,
        outbox_b=config.outbox_b,
        stall_s=config.stall_s,
        replay_events=config.replay_events,
        replay_b=config.replay_b,
        replay_ack_s=config.replay_ack_s,
        heartbeat_s=config.heartbeat_s,
        idle_s=config.idle_s,
        pool=config.pool,
        # With AUTH=off all browsers of the machine are the same user.
        per_user=config.sockets_per_user if config.auth == "on" else 0,
    )
