"""`GET /ws`: the door between a WebSocket and the hub. What goes out is the connection's; this reads what comes in."""

from __future__ import annotations

import logging
import socket as stdlib_socket
import zlib
from collections.abc import Coroutine
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from server.access import Principal
from server.clock import rfc3339
from server.errors import AppError, Forbidden, StorageUnavailable, TooBusy
from server.protocol import channels as names
from server.protocol import codec
from server.protocol.client import AnyClientMessage, ContainerAction, Ping, ReplayAck, Subscribe, Unsubscribe
from server.protocol.rest import SocketStatus
from server.protocol.server import Ack, AckData, ContainerAck, Error, ErrorData, Pong, PongData
from server.realtime.close import Close
from server.realtime.connection import Transport
from server.realtime.frames import pong_frame, text_frame
from server.realtime.hub import PoolFull
from server.realtime.replay import Replays
from server.tasks import Tasks
from server.web.allowlist import is_socket_upgrade
from server.web.keys import CLOCK, COMMANDS, CONFIG, HUB, LOG
from server.web.principal import principal
from server.web.resume import MAX_CHANNELS, UnknownChannel, resume_request

log = logging.getLogger(__name__)

# The kernel would otherwise take some 4 MB for a peer that reads nothing, and hide from us that it is slow.
SEND_BUFFER_B = 64 * 1024
MAX_PENDING = 64
"""How many answers one connection may wait for at a time."""


class NotText(AppError):
    code = "not_text"
    status = 400


async def handle(request: web.Request) -> web.StreamResponse:
    """Answer an upgrade with the socket, anything else with its status."""
    if not is_socket_upgrade(request.headers.get("Upgrade", "")):
        return await _status(request)
    ws = web.WebSocketResponse(
        autoping=False, timeout=2.0, max_msg_size=request.app[CONFIG].message_b, decode_text=False
    )
    await ws.prepare(request)
    # They are sent. Kept with every open socket they would be half a kilobyte that nobody reads.
    ws.headers.clear()
    transport = request.transport
    if transport is None:
        return ws
    transport.get_extra_info("socket").setsockopt(stdlib_socket.SOL_SOCKET, stdlib_socket.SO_SNDBUF, SEND_BUFFER_B)
    try:
        door = SocketDoor(request.app, ws, transport, principal(request))
    except PoolFull as error:
        await ws.close(code=Close.POOL_FULL, message=error.code.encode())
        return ws
    try:
        await door.greet(request)
        # Awaited here: one more coroutine between this and the socket would stay as long as the client does.
        while door.take(await ws.receive()):
            pass
    finally:
        await door.leave()
    return ws


class SocketDoor:
    """One client's messages, until its socket ends. What takes time runs in tasks, so that reading never waits.

    A thousand of these are open at a time, most of them idle: what only some need is made when it is needed.
    """

    __slots__ = ("_clock", "_commands", "_connection", "_hub", "_log", "_replays", "_tasks", "_ws")

    def __init__(
        self, app: web.Application, ws: web.WebSocketResponse[Any], transport: Transport, principal: Principal
    ) -> None:
        """Let the client in.

        Raises:
            PoolFull: see `Hub.admit`.
        """
        self._hub = app[HUB]
        self._log = app[LOG]
        self._clock = app[CLOCK]
        self._commands = app[COMMANDS]
        self._ws = ws
        self._tasks: Tasks | None = None
        self._replays: Replays | None = None
        # aiohttp agrees on the compression and reads it; the frames are ours, and need the whole window.
        deflates = ws.compress == zlib.MAX_WBITS
        self._connection = self._hub.admit(transport, principal=principal, hang_up=self._hang_up, deflates=deflates)

    async def leave(self) -> None:
        self._hub.leave(self._connection)
        if self._tasks is not None:
            await self._tasks.close()

    async def greet(self, request: web.Request) -> None:
        """Say `connected`, and begin to give what was missed."""
        replays = self._new_replays()
        try:
            resume = resume_request(request)
            unfinished = await replays.connect(resume)
        except AppError as error:
            # Without a position nothing can be promised: the client is told why, and stops or comes back.
            self._send_error(error)
            code = Close.SERVER_ERROR if error.temporary else Close.PROTOCOL_ERROR
            self._connection.finish(code, error.code)
        else:
            if unfinished is not None:
                self._replays = replays
                self._spawn(self._replay(replays.finish(unfinished)), None)
            if resume.channels and not self._connection.channels:
                self._connection.finish(Close.FORBIDDEN, "none of the channels")

    def take(self, message: WSMessage) -> bool:
        """Do what came in; return whether more can come."""
        self._connection.heard(self._clock.monotonic())
        if message.type is WSMsgType.TEXT:
            self._take_text(message.data)
        elif message.type is WSMsgType.PING:
            self._connection.send(pong_frame(message.data), 0)
        elif message.type is WSMsgType.BINARY:
            self._send_error(NotText("Messages are text frames with one JSON object each."))
        else:
            return message.type is WSMsgType.PONG
        return True

    def _take_text(self, text: bytes) -> None:
        try:
            message = codec.decode(text)
        except AppError as error:
            self._send_error(error, codec.message_id(text))
            return
        try:
            self._dispatch(message)
        except AppError as error:
            self._send_error(error, message.id)

    def _dispatch(self, message: AnyClientMessage) -> None:
        match message:
            case Subscribe(data=data):
                self._subscribe(self._checked(data.channels), data.since, message.id)
            case Unsubscribe(data=data):
                self._hub.part(self._connection, data.channels)
                self._send(Ack(timestamp=self._now(), id=message.id, data=AckData(channels=data.channels, from_=None)))
            case ReplayAck(data=data):
                if self._replays is not None:
                    self._replays.acknowledge(data.to)
            case Ping():
                self._send(Pong(timestamp=self._now(), id=message.id, data=PongData()))
            case ContainerAction():
                self._spawn(self._container_action(message), message.id)

    def _subscribe(self, channels: list[str], since: int | None, message_id: str | None) -> None:
        # One for all subscriptions: their replays take turns.
        self._replays = replays = self._replays or self._new_replays()
        if since is None:
            replays.subscribe(channels, message_id)
        else:
            self._spawn(self._replay(replays.subscribe_since(channels, since, message_id)), message_id)

    def _new_replays(self) -> Replays:
        return Replays(self._hub, self._log, self._connection, self._clock)

    async def _replay(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a replay. When the log cannot be read the connection ends: its client knows from where to resume."""
        try:
            await work
        except StorageUnavailable as error:
            self._send_error(error)
            self._connection.finish(Close.SERVER_ERROR, error.code)

    async def _container_action(self, message: ContainerAction) -> None:
        data = await self._commands.container_action(message, by=self._connection.principal)
        self._send(ContainerAck(timestamp=self._now(), id=message.id, data=data))

    def _checked(self, channels: list[str]) -> list[str]:
        for channel in channels:
            if not names.is_channel(channel):
                raise UnknownChannel(f"There is no channel {channel!r}.")
            if not self._hub.may_join(self._connection, channel):
                raise Forbidden(f"You may not listen to {channel!r}.")
        if len(self._connection.channels.union(channels)) > MAX_CHANNELS:
            raise TooBusy(f"At most {MAX_CHANNELS} channels fit one connection. Unsubscribe from one first.")
        return list(dict.fromkeys(channels))

    def _spawn(self, work: Coroutine[Any, Any, None], message_id: str | None) -> None:
        tasks = self._own_tasks()
        if len(tasks) >= MAX_PENDING:
            work.close()
            raise TooBusy("Too many commands of this connection wait for their answer. Wait for some first.")
        tasks.spawn("work", self._answered(work, message_id))

    def _hang_up(self, code: Close, reason: str) -> None:
        self._own_tasks().spawn("close", self._ws.close(code=code, message=reason.encode(), drain=False))

    def _own_tasks(self) -> Tasks:
        if self._tasks is None:
            self._tasks = Tasks("socket")
        return self._tasks

    async def _answered(self, work: Coroutine[Any, Any, None], message_id: str | None) -> None:
        """Turn what `work` raises into an answer; a fault of ours ends the connection: nothing is lost silently."""
        try:
            await work
        except AppError as error:
            self._send_error(error, message_id)
        except Exception:
            log.exception("a socket's work failed", extra={"connection": self._connection.id})
            self._connection.finish(Close.SERVER_ERROR, "internal")

    def _send(self, message: object) -> None:
        self._connection.send(text_frame(codec.encode(message)))

    def _send_error(self, error: AppError, message_id: str | None = None) -> None:
        data = ErrorData(code=error.code, message=error.message, temporary=error.temporary)
        self._send(Error(timestamp=self._now(), id=message_id, data=data))

    def _now(self) -> str:
        return rfc3339(self._clock.now())


async def _status(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    position = await hub.position()
    status = SocketStatus(
        connections=len(hub),
        channels=hub.status(),
        epoch=position.epoch,
        server_seq=position.head,
        floor_seq=position.floor,
    )
    return web.Response(body=codec.encode(status), content_type="application/json")
