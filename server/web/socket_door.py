"""The door between a WebSocket and the hub. What goes out is the connection's; this does what comes in."""

from __future__ import annotations

import logging
import math
import zlib
from collections.abc import Collection, Coroutine
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from server.access import Identity
from server.clock import rfc3339
from server.errors import AppError, Forbidden, InvalidRequest, InvalidToken, RateLimited, StorageUnavailable, TooBusy
from server.protocol import channels as names
from server.protocol import codec
from server.protocol.client import (
    AnyClientMessage,
    Auth,
    AuthData,
    Command,
    ContainerAction,
    Message,
    PermissionDecision,
    Ping,
    RefreshToken,
    ReplayAck,
    Subscribe,
    Unsubscribe,
)
from server.protocol.server import (
    Ack,
    AckData,
    Error,
    ErrorData,
    Pong,
    PongData,
    TokenRefreshed,
    TokenRefreshedData,
)
from server.realtime.close import Close
from server.realtime.connection import Transport
from server.realtime.frames import pong_frame, text_frame
from server.realtime.replay import Replays, expiry
from server.tasks import Tasks
from server.web.command_rate import CommandRate
from server.web.commands import AnyCommand
from server.web.keys import CLOCK, COMMANDS, CONFIG, HUB, IDENTITIES, LOG
from server.web.refusals import note_refused_message
from server.web.resume import MAX_CHANNELS, UnknownChannel, resume_request

log = logging.getLogger(__name__)

MAX_PENDING = 64
"""How many answers one connection may wait for at a time."""


class NotText(AppError):
    code = "not_text"
    status = 400


class SocketDoor:
    """One client's messages, until its socket ends. What takes time runs in tasks, so that reading never waits.

    A thousand of these are open at a time, most of them idle: what only some need is made when it is needed.
    """

    __slots__ = ("_app", "_clock", "_connection", "_hub", "_rate", "_replays", "_tasks", "_ws")

    def __init__(
        self, app: web.Application, ws: web.WebSocketResponse[Any], transport: Transport, identity: Identity
    ) -> None:
        """Let the client in.

        Raises:
            PoolFull, UserLimit: see `Hub.admit`.
        """
        self._app = app
        self._hub = app[HUB]
        self._clock = app[CLOCK]
        self._ws = ws
        self._rate: CommandRate | None = None
        self._tasks: Tasks | None = None
        self._replays: Replays | None = None
        # aiohttp agrees on the compression and reads it; the frames are ours, and need the whole window.
        deflates = ws.compress == zlib.MAX_WBITS
        self._connection = self._hub.admit(
            transport,
            principal=identity.principal,
            expires_at_s=identity.expires_at_s,
            door=self,
            deflates=deflates,
        )

    async def leave(self) -> None:
        self._hub.leave(self._connection)
        if self._tasks is not None:
            await self._tasks.close()

    async def greet(self, request: web.Request, auth: AuthData | None) -> None:
        """Say `connected`, and begin to give what was missed. `auth`: what its first message said, if it had to."""
        replays = self._new_replays()
        try:
            resume = resume_request(request, auth)
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
            self._note_closed(resume.channels)
            if resume.channels and not self._connection.channels:
                self._connection.finish(Close.FORBIDDEN, "none of the channels")

    def _note_closed(self, channels: Collection[str]) -> None:
        """Have the trail say which of the channels that a client came for it may not hear; `connected` told it."""
        closed = [channel for channel in channels if not self._hub.may_join(self._connection, channel)]
        if closed:
            error = Forbidden(f"You may not listen to {closed[0]!r}.")
            note = note_refused_message(self._app, self._connection.principal, "subscribe", error)
            self._own_tasks().spawn("note", note)

    def take(self, message: WSMessage) -> bool:
        """Do what came in; return whether more can come."""
        self._connection.heard(self._clock.monotonic())
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING):
            return message.type is WSMsgType.PONG
        # What a client sent before it heard that it was let go is not done: it may be nobody by now.
        if self._connection.open:
            refusal = self._too_fast()
            if message.type is WSMsgType.TEXT:
                self._take_text(message.data, refusal)
            elif refusal is None and message.type is WSMsgType.PING:
                self._connection.send(pong_frame(message.data), 0)
            else:
                self._send_error(refusal or NotText("Messages are text frames with one JSON object each."))
        return True

    def _take_text(self, text: bytes, refusal: RateLimited | None) -> None:
        try:
            message = codec.decode(text)
        except AppError as error:
            self._send_error(refusal or error, codec.message_id(text))
            return
        try:
            if refusal is not None and not self._is_awaited(message):
                raise refusal
            self._dispatch(message)
        except AppError as error:
            self._refuse(error, message)

    def _too_fast(self) -> RateLimited | None:
        """Count a message against the rate of this socket; end it if the client goes on whatever it is told."""
        config, now = self._app[CONFIG], self._clock.monotonic()
        if not config.commands_per_s:
            return None
        if self._rate is None:
            self._rate = CommandRate(config.commands_per_s, config.commands_burst, now)
        refusal = self._rate.take(now)
        if self._rate.flooded:
            self._connection.finish(Close.RATE_LIMITED, f"retry_after={math.ceil(self._rate.window_s)}")
        return refusal

    def _is_awaited(self, message: AnyClientMessage) -> bool:
        """A page of a replay was asked for by the server: its acknowledgement is counted, and never refused."""
        return isinstance(message, ReplayAck) and self._replays is not None and self._replays.awaits(message.data.to)

    def _dispatch(self, message: AnyClientMessage) -> None:
        match message:
            case Subscribe(data=data):
                self._subscribe(self._checked(data.channels), data.since, message)
            case Unsubscribe(data=data):
                self._hub.part(self._connection, data.channels)
                self._send(Ack(timestamp=self._now(), id=message.id, data=AckData(channels=data.channels, from_=None)))
            case ReplayAck(data=data):
                if self._replays is not None:
                    self._replays.acknowledge(data.to)
            case Ping():
                self._send(Pong(timestamp=self._now(), id=message.id, data=PongData()))
            case ContainerAction() | Message() | Command() | PermissionDecision():
                self._spawn(self._command(message), message)
            case RefreshToken(data=data):
                self._refresh(data.token, message.id)
            case Auth():
                raise InvalidRequest("It is known who you are. A newer token comes as `refresh_token`.")

    def _refresh(self, token: str, message_id: str | None) -> None:
        principal = self._connection.principal
        if principal.credential is None:
            raise InvalidRequest("This connection was opened without a token, and needs none.")
        identity = self._app[IDENTITIES].by_token(token, address=principal.address)
        if (identity.principal.id, identity.principal.user) != (principal.id, principal.user):
            raise InvalidToken("That token is of somebody else. Open another connection with it.")
        self._hub.renew(self._connection, identity)
        data = TokenRefreshedData(token_expires_at=expiry(identity.expires_at_s))
        self._send(TokenRefreshed(timestamp=self._now(), id=message_id, data=data))

    def _subscribe(self, channels: list[str], since: int | None, message: Subscribe) -> None:
        # One for all subscriptions: their replays take turns.
        self._replays = replays = self._replays or self._new_replays()
        if since is None:
            replays.subscribe(channels, message.id)
        else:
            self._spawn(self._replay(replays.subscribe_since(channels, since, message.id)), message)

    def _new_replays(self) -> Replays:
        return Replays(self._hub, self._app[LOG], self._connection, self._clock)

    async def _replay(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a replay. When the log cannot be read the connection ends: its client knows from where to resume."""
        try:
            await work
        except StorageUnavailable as error:
            self._send_error(error)
            self._connection.finish(Close.SERVER_ERROR, error.code)

    async def _command(self, message: AnyCommand) -> None:
        # A task begins a turn later than it was made.
        if self._connection.open:
            self._send(await self._app[COMMANDS].run(message, by=self._connection.principal))

    def _checked(self, channels: list[str]) -> list[str]:
        for channel in channels:
            if not names.is_channel(channel):
                raise UnknownChannel(f"There is no channel {channel!r}.")
        if len(self._connection.channels.union(channels)) > MAX_CHANNELS:
            raise TooBusy(f"At most {MAX_CHANNELS} channels fit one connection. Unsubscribe from one first.")
        return list(dict.fromkeys(channels))

    def _spawn(self, work: Coroutine[Any, Any, None], message: AnyClientMessage | None) -> None:
        tasks = self._own_tasks()
        if len(tasks) >= MAX_PENDING:
            work.close()
            raise TooBusy("Too many commands of this connection wait for their answer. Wait for some first.")
        tasks.spawn("work", self._answered(work, message))

    def hang_up(self, code: Close, reason: str) -> None:
        """Send the close frame and end the socket, without waiting for the peer."""
        self._own_tasks().spawn("close", self._ws.close(code=code, message=reason.encode(), drain=False))

    def _own_tasks(self) -> Tasks:
        if self._tasks is None:
            self._tasks = Tasks("socket")
        return self._tasks

    async def _answered(self, work: Coroutine[Any, Any, None], message: AnyClientMessage | None) -> None:
        """Turn what `work` raises into an answer; a fault of ours ends the connection: nothing is lost silently."""
        try:
            await work
        except AppError as error:
            self._refuse(error, message)
        except Exception:
            log.exception("a socket's work failed", extra={"connection": self._connection.id})
            self._connection.finish(Close.SERVER_ERROR, "internal")

    def _refuse(self, error: AppError, message: AnyClientMessage | None) -> None:
        self._send_error(error, None if message is None else message.id)
        if message is not None and not error.temporary:
            kind = str(type(message).__struct_config__.tag)
            note = note_refused_message(self._app, self._connection.principal, kind, error)
            self._own_tasks().spawn("note", note)

    def _send(self, message: object) -> None:
        self._connection.send(text_frame(codec.encode(message)))

    def _send_error(self, error: AppError, message_id: str | None = None) -> None:
        self._send(Error(timestamp=self._now(), id=message_id, data=ErrorData.of(error)))

    def _now(self) -> str:
        return rfc3339(self._clock.now())
