"""A client of the real socket: it keeps its position as docs/protocol.md asks, and raises where that is broken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSCloseCode, WSMsgType

from server.clock import SystemClock
from server.tasks import Tasks

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

    It reads all the time. AssertionError is raised by whatever waits for it when an event came twice, in another order
    than that of `seq`, or with a hole before it.
    """

    def __init__(self, http: ClientSession, url: str, *, channels: str = "system", acknowledges: bool = True) -> None:
        """`acknowledges`: whether it asks for the next page of a replay, as it should."""
        self._http = http
        self._acknowledges = acknowledges
        self._url = f"{url}/ws"
        self._channels = channels
        self._socket: ClientWebSocketResponse | None = None
        self._ended: Exception | None = None
        self._tasks = Tasks("socket_client")
        self._changed = asyncio.Event()
        self._clock = SystemClock()
        self.connected: Message = {}
        self.position: int | None = None
        self.events: list[Message] = []
        self.messages: list[Message] = []
        """Everything but events, newest last."""
        self.arrived: dict[int, float] = {}
        """When each event came, by seq, in seconds since the epoch; `messages` bear theirs as `arrived`."""

    @property
    def socket(self) -> ClientWebSocketResponse:
        assert self._socket is not None
        return self._socket

    async def connect(self, **query: str) -> Message:
        """Open a socket, from where the last one ended, and return the data of its `connected`.

        Raises:
            Closed: the server ended it before that.
        """
        resume: dict[str, str] = {"channels": self._channels}
        if self.position is not None:
            epoch, previous = self.connected["epoch"], self.connected["connection_id"]
            resume |= {"last_seq": str(self.position), "epoch": epoch, "previous": previous}
        self._socket = await self._http.ws_connect(self._url, params=resume | query, max_msg_size=0)
        message = await self._receive()
        while message["type"] != "connected":
            self._take(message)
            message = await self._receive()
        self.connected = message["data"]
        if not self.connected["recovered"]:
            # What it asked for cannot follow, or it asked for nothing: it is live from here.
            self.position = self.connected["server_seq"]
        elif "last_seq" in query:
            self.position = int(query["last_seq"])
        self._ended = None
        self._tasks.spawn("read", self._read())
        return self.connected

    async def send(self, message: Message) -> None:
        await self.socket.send_str(json.dumps(message))

    async def until(self, condition: Callable[[], object], *, within_s: float = WAIT_S) -> None:
        """Return when `condition` holds of what was taken.

        Raises:
            Closed: the socket ended before.
            TimeoutError: it did not hold in time.
        """
        async with asyncio.timeout(within_s):
            while not condition():
                if self._ended is not None:
                    raise self._ended
                self._changed.clear()
                await self._changed.wait()

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

    async def closing(self, *, within_s: float = WAIT_S) -> int | None:
        """Wait until the server ends the socket, and return the code it gave."""
        try:
            await self.until(lambda: False, within_s=within_s)
        except Closed as closed:
            return closed.code
        raise AssertionError("unreachable")

    async def close(self) -> None:
        await self._tasks.close()
        if self._socket is not None:
            await self._socket.close()

    async def _read(self) -> None:
        try:
            while True:
                message = await self._receive()
                self._take(message)
                if message["type"] == "missed_events" and message["data"]["has_more"] and self._acknowledges:
                    await self.send({"type": "replay-ack", "data": {"to": message["data"]["to"]}})
                self._changed.set()
        except (Closed, AssertionError) as error:
            self._ended = error
            self._changed.set()

    async def _receive(self) -> Message:
        try:
            message = await self.socket.receive()
        except ClientError:
            raise Closed(None) from None
        if message.type is WSMsgType.TEXT:
            decoded: Message = json.loads(message.data)
            return decoded
        code = self.socket.close_code
        raise Closed(None if code == WSCloseCode.ABNORMAL_CLOSURE else code)

    def _take(self, message: Message) -> None:
        if "seq" in message and "prev" in message:
            self._take_event(message)
            return
        self.messages.append({**message, "arrived": self._clock.now()})
        match message["type"]:
            case "missed_events":
                for event in message["data"]["events"]:
                    self._take_event(event)
                self._lift(message["data"]["to"])
            case "gap":
                self._lift(message["data"]["to"])
            case "heartbeat":
                self._lift(message["seq"])

    def _take_event(self, event: Message) -> None:
        assert self.position is not None
        assert event["prev"] <= self.position, f"a hole: at {self.position} came {event}"
        assert event["seq"] > self.position, f"twice, or out of order: at {self.position} came {event}"
        self.position = event["seq"]
        self.arrived[event["seq"]] = self._clock.now()
        self.events.append(event)

    def _lift(self, seq: int) -> None:
        assert self.position is not None
        assert seq >= self.position
        self.position = seq


@asynccontextmanager
async def joined(
    http: ClientSession, url: str, *, channels: str = "system", **query: str
) -> AsyncIterator[SocketClient]:
    """A client with an open socket."""
    client = SocketClient(http, url, channels=channels)
    try:
        await client.connect(**query)
        yield client
    finally:
        await client.close()
