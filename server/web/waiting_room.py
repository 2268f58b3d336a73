"""Where a socket waits that has yet to say whose it is: apart from the others, briefly, and without anything of theirs.

A browser's cookie and a program's `Authorization` come with the handshake. Who can send neither says so in its first
message. Strangers may open such sockets as well, so there are few, and each is told to leave soon.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from server.access import Identity
from server.clock import Clock, rfc3339
from server.errors import AppError, InvalidRequest, Unauthenticated
from server.protocol import codec
from server.protocol.client import Auth, AuthData, Ping
from server.protocol.server import Error, ErrorData, Pong, PongData
from server.realtime.pool import PoolFull

MOST = 50
# Of one address: a single stranger could otherwise keep all others out. Programs say who they are in milliseconds.
MOST_OF_ONE = 10
WAIT_S = 10.0
MOST_B = 8 * 1024
"""Of everything that one socket sends before it is known. A token takes half of it at most."""

# What a frame counts beside what it carries: empty ones are not free.
_FRAME_B = 16

Welcome = tuple[Identity, AuthData]


class WaitingRoom:
    """At most `most` sockets, `most_of_one` of one place, each for at most `wait_s` and `most_b`. One message of the
    largest size that sockets may send can be held for each of them until it is found to be too long."""

    def __init__(
        self,
        clock: Clock,
        *,
        most: int = MOST,
        most_of_one: int = MOST_OF_ONE,
        wait_s: float = WAIT_S,
        most_b: int = MOST_B,
    ) -> None:
        self._clock = clock
        self._most = most
        self._most_of_one = most_of_one
        self._wait_s = wait_s
        self._most_b = most_b
        # By place.
        self._waiting: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._waiting.total()

    async def welcome(
        self, ws: web.WebSocketResponse[Any], by_token: Callable[[str], Identity], *, place: str
    ) -> Welcome | None:
        """Return who is there and the rest of their `auth`; None if they have left. Refusals were told to them. `place`
        is where on the network they are.

        Raises:
            PoolFull: there is no room, or none for more of `place`.
            InvalidToken, TokenExpired, TokenRevoked: their token does not count.
            AppError: they sent something else, or nothing in time.
        """
        if len(self) >= self._most or self._waiting[place] >= self._most_of_one:
            raise PoolFull("Too many sockets wait to be let in. Send the token with the handshake, or try again later.")
        self._waiting[place] += 1
        try:
            async with asyncio.timeout(self._wait_s):
                return await self._listen(ws, by_token)
        except TimeoutError:
            raise await self._refuse(ws, _unknown(self._wait_s), None) from None
        finally:
            self._waiting[place] -= 1
            if not self._waiting[place]:
                del self._waiting[place]

    async def _listen(self, ws: web.WebSocketResponse[Any], by_token: Callable[[str], Identity]) -> Welcome | None:
        left_b = self._most_b
        while True:
            message = await ws.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG):
                return None
            left_b -= _FRAME_B + len(message.data)
            try:
                auth = await self._take(ws, message, left_b)
                if auth is not None:
                    return by_token(auth.data.token), auth.data
            except AppError as error:
                message_id = codec.message_id(message.data) if message.type is WSMsgType.TEXT else None
                raise await self._refuse(ws, error, message_id) from None

    async def _take(self, ws: web.WebSocketResponse[Any], message: WSMessage, left_b: int) -> Auth | None:
        """Answer a ping; return the `auth` for which everything waits."""
        if left_b < 0:
            raise InvalidRequest(f"Before `auth` a socket may send {self._most_b} bytes.")
        if message.type is WSMsgType.PING:
            await ws.pong(message.data)
        elif message.type is WSMsgType.BINARY:
            raise _unknown(self._wait_s)
        elif message.type is WSMsgType.TEXT:
            match codec.decode(message.data):
                case Auth() as auth:
                    return auth
                case Ping(id=message_id):
                    await self._send(ws, Pong(timestamp=self._now(), id=message_id, data=PongData()))
                case _:
                    raise _unknown(self._wait_s)
        return None

    async def _refuse(self, ws: web.WebSocketResponse[Any], error: AppError, message_id: str | None) -> AppError:
        await self._send(ws, Error(timestamp=self._now(), id=message_id, data=ErrorData.of(error)))
        return error

    async def _send(self, ws: web.WebSocketResponse[Any], message: object) -> None:
        # One that has left says so by what is read next.
        with suppress(ConnectionError):
            await ws.send_str(codec.encode(message).decode())

    def _now(self) -> str:
        return rfc3339(self._clock.now())


def _unknown(wait_s: float) -> Unauthenticated:
    return Unauthenticated(
        f"Nobody is known to be there: the first message is `auth` with a token, within {wait_s:g} s."
    )
