"""`GET /ws`: who may open a socket, and the loop that reads it. What is read is done by `socket_door`."""

from __future__ import annotations

import socket as stdlib_socket
from functools import partial
from typing import Any

from aiohttp import web

from server.access import Identity, Permission, require
from server.errors import AppError, TokenExpired, TokenRevoked, TooBusy, Unauthenticated
from server.protocol import codec
from server.protocol.client import AuthData
from server.protocol.rest import SocketStatus
from server.realtime.close import Close
from server.realtime.connection import Transport
from server.web.allowlist import is_socket_upgrade
from server.web.keys import CONFIG, GATE, HUB, IDENTITIES, WAITING_ROOM
from server.web.principal import IDENTITY, REFUSED, principal
from server.web.proxies import client_address, network
from server.web.refusals import note_refusal
from server.web.socket_door import SocketDoor

# The kernel would otherwise take some 4 MB for a peer that reads nothing, and hide from us that it is slow.
SEND_BUFFER_B = 64 * 1024


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
    door = await _let_in(request, ws, transport)
    if door is None:
        return ws
    try:
        # Awaited here: one more coroutine between this and the socket would stay as long as the client does.
        while door.take(await ws.receive()):
            pass
    finally:
        await door.leave()
    return ws


async def _let_in(request: web.Request, ws: web.WebSocketResponse[Any], transport: Transport) -> SocketDoor | None:
    """Return the door of a client that may come in; else tell it why not, and return None.

    The handshake of everybody else succeeds as well: a browser hides the status of one that does not.
    """
    try:
        known = await _known(request, ws)
        if known is None:
            return None
        identity, auth = known
        door = SocketDoor(request.app, ws, transport, _as_of_now(request.app, identity))
    except AppError as error:
        await note_refusal(request, error)
        await ws.close(code=_close_of(error), message=error.code.encode())
        return None
    try:
        # Here and not by the caller, who would keep the `auth` with its token as long as the client stays.
        await door.greet(request, auth)
    except BaseException:
        await door.leave()
        raise
    return door


async def _known(request: web.Request, ws: web.WebSocketResponse[Any]) -> tuple[Identity, AuthData | None] | None:
    """Who is there: says the handshake, or else the first message. None for one that left without a word."""
    if IDENTITY in request:
        return request[IDENTITY], None
    if REFUSED in request:
        raise request[REFUSED]
    identities, address = request.app[IDENTITIES], client_address(request)
    by_token = partial(identities.by_token, address=address)
    return await request.app[WAITING_ROOM].welcome(ws, by_token, place=network(address or ""))


def _as_of_now(app: web.Application, identity: Identity) -> Identity:
    """`identity`, which was found out before the handshake, with what has changed since then: the hub, which is told of
    changes, did not know this client yet.

    Raises:
        TokenRevoked: it is nobody any more.
    """
    if identity.principal.credential is None:
        return identity
    principal = app[IDENTITIES].current(identity.principal)
    if principal is None:
        raise TokenRevoked("This sign-in was ended. Sign in again.")
    return Identity(principal, identity.expires_at_s)


def _close_of(error: AppError) -> Close:
    if isinstance(error, TooBusy):
        return Close.POOL_FULL
    if isinstance(error, TokenExpired):
        return Close.TOKEN_EXPIRED
    # A subclass says what is wrong with a token. Without any it was no `auth` that came.
    if isinstance(error, Unauthenticated) and type(error) is not Unauthenticated:
        return Close.TOKEN_REVOKED
    return Close.PROTOCOL_ERROR


async def _status(request: web.Request) -> web.Response:
    by = principal(request)
    require(by, Permission.VIEW)
    hub, gate = request.app[HUB], request.app[GATE]
    position = await hub.position()
    status = SocketStatus(
        connections=len(hub),
        # The name of a channel is that of a workspace, which strangers to it must not learn.
        channels={channel: count for channel, count in hub.status().items() if gate.joins(by, channel)},
        epoch=position.epoch,
        server_seq=position.head,
        floor_seq=position.floor,
    )
    return web.Response(body=codec.encode(status), content_type="application/json")
