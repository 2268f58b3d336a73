"""`GET /api/v1/chat/ws/{session_id}`: one session as the contact-centre protocol shows it, on a socket of its own."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from server.errors import AppError, InvalidRequest, TokenExpired, TooBusy, Unauthenticated
from server.ids import new_id
from server.protocol import codec
from server.protocol.chat import (
    AnyChatClientMessage,
    AnyChatServerMessage,
    ChatError,
    ChatErrorData,
    ChatMessage,
    ChatPing,
    ChatPong,
)
from server.realtime.close import Close
from server.tasks import Tasks
from server.web.allowlist import is_socket_upgrade
from server.web.command_rate import CommandRate
from server.web.conversation import follow, shown
from server.web.keys import CLOCK, CONFIG, HUB, SESSIONS, STAYS
from server.web.principal import principal
from server.web.stays import ShuttingDown

log = logging.getLogger(__name__)

_decoder: msgspec.json.Decoder[AnyChatClientMessage] = msgspec.json.Decoder(AnyChatClientMessage)


async def chat_socket(request: web.Request) -> web.StreamResponse:
    """Speak with one client until it leaves. Its handshake says who it is; what it missed before is not sent again."""
    if not is_socket_upgrade(request.headers.get("Upgrade", "")):
        raise InvalidRequest("A WebSocket is opened here; over plain HTTP use POST /api/v1/chat/message.")
    session = await request.app[SESSIONS].named(principal(request), request.match_info["id"])
    after = request.app[HUB].published
    ws = web.WebSocketResponse(max_msg_size=request.app[CONFIG].message_b, timeout=2.0, compress=False)
    await ws.prepare(request)
    client = _Client(request, ws, session.id)
    try:
        with request.app[STAYS].stay(request):
            await client.serve(after)
    except AppError as error:
        await client.tell_error(error)
        await ws.close(code=_close_of(error), message=error.code.encode())
    return ws


class _Client:
    """One socket. What is published goes out from a task that reads the log only as fast as the client takes it."""

    def __init__(self, request: web.Request, ws: web.WebSocketResponse[Any], session: str) -> None:
        config = request.app[CONFIG]
        self._request = request
        self._ws = ws
        self._session = session
        self._heartbeat_s, self._stall_s = config.heartbeat_s, config.stall_s
        self._clock = request.app[CLOCK]
        rate = config.commands_per_s
        self._rate = CommandRate(rate, config.commands_burst, self._clock.monotonic()) if rate else None

    async def serve(self, after: int) -> None:
        """Answer until the socket ends.

        Raises:
            AppError: what has ended the stay of this client.
        """
        tasks = Tasks("chat")
        tasks.spawn("events", self._tell(after))
        tasks.spawn("ping", self._ping())
        try:
            while await self._take():
                pass
        finally:
            await tasks.close()

    async def _take(self) -> bool:
        """Do what comes next; return whether more can come."""
        try:
            # Every ping is answered: who is silent for so long is not there.
            async with asyncio.timeout(2 * self._heartbeat_s):
                message = await self._ws.receive()
        except TimeoutError:
            await self._ws.close(code=Close.NO_LIFE)
            return False
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return False
        try:
            await self._do(message.data)
        except Unauthenticated:
            raise
        except AppError as error:
            await self.tell_error(error)
        return True

    async def _do(self, text: str | bytes) -> None:
        refusal = None if self._rate is None else self._rate.take(self._clock.monotonic())
        if refusal is not None:
            raise refusal
        try:
            message = _decoder.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise InvalidRequest(
                'Messages are `{"type":"message","user_message":"…"}`, and `ping` and `pong` without more.'
            ) from None
        if isinstance(message, ChatPing):
            await self._send(ChatPong())
        elif isinstance(message, ChatMessage):
            sessions, by = self._request.app[SESSIONS], principal(self._request)
            await sessions.post(by, self._session, message.user_message, command_id=new_id())

    async def _tell(self, after: int) -> None:
        try:
            async for event in follow(self._request, self._session, after):
                message = shown(event)
                if message is not None:
                    await self._send(message)
        except AppError as error:
            await self.tell_error(error)
            await self._ws.close(code=Close.SERVER_ERROR, message=error.code.encode())

    async def _ping(self) -> None:
        while True:
            await self._clock.sleep(self._heartbeat_s)
            await self._send(ChatPing())

    async def tell_error(self, error: AppError) -> None:
        await self._send(ChatError(ChatErrorData(error.code, error.message)))

    async def _send(self, message: AnyChatServerMessage) -> None:
        """Send `message`; a client that takes nothing for too long is cut off."""
        try:
            async with asyncio.timeout(self._stall_s):
                await self._ws.send_str(codec.encode(message).decode())
        except TimeoutError:
            if self._request.transport is not None:
                self._request.transport.abort()
        except ConnectionError:
            # It has left; the reader is about to hear of it.
            log.debug("a chat client left in the middle of a message")


def _close_of(error: AppError) -> Close:
    if isinstance(error, ShuttingDown):
        return Close.RESTART
    if isinstance(error, TokenExpired):
        return Close.TOKEN_EXPIRED
    if isinstance(error, TooBusy) and error.retry_after_s:
        # No place: whoever came back at once, as after a change of rights, would keep coming.
        return Close.POOL_FULL
    return Close.TOKEN_REVOKED if isinstance(error, Unauthenticated) else Close.RIGHTS_CHANGED
