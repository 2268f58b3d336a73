"""A client of the real socket, that keeps a position as docs/protocol.md asks and raises where the protocol is broken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

Message = dict[str, Any]

WAIT_S = 20.0
"""How long anything that will come may take on a busy machine."""


class Closed(Exception):
    """The server ended the socket; `code` is how, None where it went without a close frame."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class SocketClient:
    """One client through all of its sockets. `events` is every event of `system` it was shown, in order.

    AssertionError is raised when one comes twice, in another order than that of `seq`, or with a hole before it.
    """

    def __init__(self, http: ClientSession, url: str, *, channels: str = "system") -> None:
        self._http = http
        self._url = f"{url}/ws"
        self._channels = channels
        self._socket: ClientWebSocketResponse | None = None
        self.connected: Message = {}
        self.position: int | None = None
        self.events: list[Message] = []
        self.messages: list[Message] = []
        """Everything but events, newest last."""

    @property
    def socket(self) -> ClientWebSocketResponse:
        assert self._socket is not None
        return self._socket

    async def connect(self, url: str | None = None, **query: str) -> Message:
        """Open a socket, from where the last one ended, and return the data of its `connected`.

        Raises:
            Closed: the server ended it before that.
        """
        if url is not None:
            self._url = f"{url}/ws"
        resume: dict[str, str] = {"channels": self._channels}
        if self.position is not None:
            epoch, previous = self.connected["epoch"], self.connected["connection_id"]
            resume |= {"last_seq": str(self.position), "epoch": epoch, "previous": previous}
        self._socket = await self._http.ws_connect(self._url, params=resume | query, max_msg_size=0)
        message = await self._receive()
        assert message["type"] == "connected", message
        self.connected = message["data"]
        if self.position is None and "last_seq" not in query:
            self.position = self.connected["server_seq"]
        elif self.position is None:
            self.position = int(query["last_seq"])
        return self.connected

    async def send(self, message: Message) -> None:
        await self.socket.send_str(json.dumps(message))

    async def until(self, condition: Callable[[], object], *, within_s: float = WAIT_S) -> None:
        """Take messages until `condition` holds.

        Raises:
            Closed: the socket ended before.
            TimeoutError: it did not hold in time.
        """
        async with asyncio.timeout(within_s):
            while not condition():
                self._take(await self._receive())

    async def answer(self, kind: str, **fields: Any) -> Message:
        """Take messages until one of type `kind` came that has `fields`, and return it."""
        known = len(self.messages)

        def found() -> Message | None:
            of_kind = [message for message in self.messages[known:] if message["type"] == kind]
            return next((m for m in of_kind if fields.items() <= m.items()), None)

        await self.until(found)
        message = found()
        assert message is not None
        return message

    async def closing(self) -> int | None:
        """Take everything until the server ends the socket, and return the code it gave."""
        try:
            await self.until(lambda: False)
        except Closed as closed:
            return closed.code
        raise AssertionError("unreachable")

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def _receive(self) -> Message:
        message = await self.socket.receive()
        if message.type is WSMsgType.TEXT:
            decoded: Message = json.loads(message.data)
            return decoded
        code = message.data if message.type is WSMsgType.CLOSE else self.socket.close_code
        raise Closed(code if code != 1006 else None)

    def _take(self, message: Message) -> None:
        if "seq" in message and "prev" in message:
            self._take_event(message)
            return
        self.messages.append(message)
        match message["type"]:
            case "missed_events":
                for event in message["data"]["events"]:
                    self._take_event(event)
                self._lift(message["data"]["to"])
            case "heartbeat":
                self._lift(message["seq"])

    def _take_event(self, event: Message) -> None:
        assert self.position is not None
        assert event["prev"] <= self.position, f"a hole: at {self.position} came {event}"
        assert event["seq"] > self.position, f"twice, or out of order: at {self.position} came {event}"
        self.position = event["seq"]
        self.events.append(event)

    def _lift(self, seq: int) -> None:
        assert self.position is not None
        assert seq >= self.position
        self.position = seq
