"""Who is connected, who listens to what, and the one place from which everything is fanned out.

The hub is the event log's sink: it gets each committed batch in seq order, before any append returns. *Published* is
what it has taken; nobody outside is told of any other head. Everything here runs on the event loop and never awaits
between a decision and its write, which is what makes the order of frames provable.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NoReturn, Protocol

from server.access import Principal
from server.clock import Clock, rfc3339
from server.errors import TooBusy
from server.eventlog.log import EventLog, LogPosition, StoredEvent
from server.ids import new_id
from server.protocol import channels as names
from server.protocol import codec
from server.protocol.server import Heartbeat, HeartbeatData
from server.realtime.close import Close
from server.realtime.connection import Connection, EventFilter, Transport
from server.realtime.frames import PING, SharedFrame, text_frame
from server.realtime.limits import Limits

_channel_of = attrgetter("channel")


class Gate(Protocol):
    """What a principal may hear."""

    def joins(self, principal: Principal, channel: str) -> bool:
        """Whether `principal` may subscribe to `channel` at all."""
        ...

    def filter(self, principal: Principal) -> EventFilter | None:
        """What picks the events that `principal` may see; None where that is all of the channels it may join."""
        ...


class PoolFull(TooBusy):
    code = "pool_full"


class Hub:
    """All connections of this process. `start` once, then `run` as a task; `close` ends every connection."""

    def __init__(self, log: EventLog, *, clock: Clock, limits: Limits, gate: Gate) -> None:
        self._log = log
        self._clock = clock
        self._gate = gate
        self.limits = limits
        self.epoch = ""
        self.published = 0
        self._heads: dict[str, int] = {}
        self._connections: set[Connection] = set()
        self._members: dict[str, set[Connection]] = {}
        self._shared_sets: dict[frozenset[str], frozenset[str]] = {}
        self._latest: dict[str, SharedFrame] = {}
        self._behind: set[Connection] = set()
        self._someone_behind = asyncio.Event()
        self._closing: dict[Connection, float] = {}
        self._closes: OrderedDict[str, Close] = OrderedDict()
        self._advanced: asyncio.Future[None] | None = None
        # Bound once: a bound method is an object, and a thousand connections would each hold their own.
        self._on_behind, self._on_gone = self._fell_behind, self._gone

    async def start(self) -> None:
        """Take over as the log's sink. Nothing may be appended before this."""
        position = await self._log.position()
        self.epoch, self.published = position.epoch, position.head
        self._heads = dict(await self._log.heads())
        self._log.attach(self.publish)

    # What is sent.

    def publish(self, batch: Sequence[StoredEvent]) -> None:
        """Fan out a committed batch: one frame for each run of events of a channel, whoever many receive it."""
        for channel, run in groupby(batch, _channel_of):
            events = list(run)
            self._heads[channel] = events[-1].seq
            members = self._members.get(channel)
            if members:
                self._fan_out(members, events, b"".join([text_frame(event.text) for event in events]))
        self.published = batch[-1].seq
        if self._advanced is not None:
            self._advanced.set_result(None)
            self._advanced = None

    def _fan_out(self, members: set[Connection], events: list[StoredEvent], frame: bytes) -> None:
        mark = self.limits.mark_b
        # A copy: a connection that overflows leaves the set while it is walked.
        for connection in tuple(members):
            transport = connection.transport
            if connection.direct and transport.get_write_buffer_size() < mark:
                try:
                    transport.write(frame)
                except RuntimeError:
                    connection.lose()  # Gone already, as in the connection's own writes; its door is about to leave.
            else:
                connection.send_events(events, frame)

    def publish_state(self, channel: str, message: bytes) -> None:
        """Make `message` (whole and encoded) the state of `channel`: send it to all, keep it for who joins later."""
        latest = self._latest[channel] = SharedFrame(message)
        for connection in tuple(self._members.get(channel, ())):
            connection.send_state(channel, latest.for_receiver(deflates=connection.deflates))

    def heartbeat(self) -> None:
        """Send everybody the cursor, through the same queue as the events before it, and a ping."""
        timestamp = rfc3339(self._clock.now())
        frames: dict[frozenset[str], bytes] = {}
        for connection in tuple(self._connections):
            frame = frames.get(connection.channels)
            if frame is None:
                heads = {c: self._heads.get(c, 0) for c in sorted(connection.channels) if not names.is_state(c)}
                beat = Heartbeat(timestamp=timestamp, seq=self.published, data=HeartbeatData(heads))
                frame = frames[connection.channels] = text_frame(codec.encode(beat))
            connection.send(PING, 0)
            connection.send_ordered(frame)

    # Who listens.

    def admit(
        self,
        transport: Transport,
        *,
        principal: Principal,
        hang_up: Callable[[Close, str], None],
        deflates: bool = False,
    ) -> Connection:
        """Let a client in, with no channel yet. `deflates`: permessage-deflate was agreed on with it.

        Raises:
            PoolFull: there are as many connections as the limit allows.
        """
        if len(self._connections) >= self.limits.pool:
            raise PoolFull("All connections of this server are in use. Try again later.", retry_after_s=5)
        connection = Connection(
            new_id(self._clock.now()),
            transport,
            principal=principal,
            sees=self._gate.filter(principal),
            deflates=deflates,
            limits=self.limits,
            now=self._clock.monotonic(),
            hang_up=hang_up,
            on_behind=self._on_behind,
            on_gone=self._on_gone,
        )
        self._connections.add(connection)
        return connection

    def may_join(self, connection: Connection, channel: str) -> bool:
        return self._gate.joins(connection.principal, channel)

    def join(self, connection: Connection, channels: Collection[str]) -> None:
        """Subscribe: from this moment the connection is live on `channels` and has the latest of each state."""
        if not connection.open:
            return
        new = frozenset(channels) - connection.channels
        self._set_channels(connection, connection.channels | new)
        for channel in sorted(new):
            self._members.setdefault(channel, set()).add(connection)
            latest = self._latest.get(channel)
            if latest is not None:
                connection.send_state(channel, latest.for_receiver(deflates=connection.deflates))

    def part(self, connection: Connection, channels: Iterable[str]) -> None:
        """Unsubscribe."""
        for channel in connection.channels.intersection(channels):
            members = self._members[channel]
            members.discard(connection)
            if not members:
                del self._members[channel]
        self._set_channels(connection, connection.channels.difference(channels))
        connection.idle_since = self._clock.monotonic()

    def leave(self, connection: Connection) -> None:
        """Forget a connection whose socket has ended, by whichever side."""
        connection.lose()
        self._closing.pop(connection, None)

    def previous_close(self, connection_id: str) -> str | None:
        """Why this server ended the connection of that id, if it did, and not so long ago that it was forgotten."""
        close = self._closes.get(connection_id)
        return None if close is None else close.word

    async def position(self) -> LogPosition:
        """Epoch, floor and the *published* head."""
        position = await self._log.position()
        return LogPosition(epoch=position.epoch, floor=position.floor, head=self.published)

    async def changed(self, after: int, timeout_s: float) -> None:
        """Return as soon as something after seq `after` is published, or when the time is over."""
        if self.published > after:
            return
        if self._advanced is None:
            self._advanced = asyncio.get_running_loop().create_future()
        # asyncio.wait leaves the shared future alone when one of its waiters gives up.
        await asyncio.wait([self._advanced], timeout=timeout_s)

    def status(self) -> dict[str, int]:
        """How many connections listen to each channel."""
        return {channel: len(members) for channel, members in sorted(self._members.items())}

    def __len__(self) -> int:
        return len(self._connections)

    # What happens with time.

    async def run_sweep(self) -> NoReturn:
        """Empty the outboxes of slow clients as their transports take it: one task for all, idle without any."""
        while True:
            await self._someone_behind.wait()
            while self._behind:
                await self._clock.sleep(self.limits.sweep_s)
                self.sweep()
            self._someone_behind.clear()

    async def run_heartbeat(self) -> NoReturn:
        while True:
            await self._clock.sleep(self.limits.heartbeat_s)
            self.heartbeat()

    async def run_liveness(self) -> NoReturn:
        # Six looks per heartbeat: a dead peer is noticed within 1.5 heartbeats and a sixth.
        while True:
            await self._clock.sleep(self.limits.heartbeat_s / 6)
            self.check_liveness()

    def sweep(self) -> None:
        now = self._clock.monotonic()
        for connection in tuple(self._behind):
            if connection.drain(now):
                self._behind.discard(connection)

    def check_liveness(self) -> None:
        """Cut off peers that gave no sign of life or did not finish closing; end the ones that listen to nothing."""
        now = self._clock.monotonic()
        for connection in tuple(self._connections):
            if now - connection.last_heard >= self.limits.dead_s:
                connection.cut(Close.NO_LIFE)
            elif not connection.channels and now - connection.idle_since >= self.limits.idle_s:
                connection.finish(Close.DONE, "idle without a subscription")
        for connection, since in tuple(self._closing.items()):
            # A peer that is there has answered the close frame long ago, and its door has called `leave`.
            if now - since >= self.limits.heartbeat_s / 6:
                del self._closing[connection]
                connection.transport.abort()

    def close(self, code: Close = Close.RESTART, reason: str = "the server restarts") -> None:
        """End every connection, without waiting for a stuck one."""
        for connection in tuple(self._connections):
            connection.finish(code, reason)

    # Book-keeping.

    def _set_channels(self, connection: Connection, channels: frozenset[str]) -> None:
        if len(self._shared_sets) > 4096:
            self._shared_sets.clear()
        connection.channels = self._shared_sets.setdefault(channels, channels)

    def _fell_behind(self, connection: Connection) -> None:
        connection.behind_since = self._clock.monotonic()
        self._behind.add(connection)
        self._someone_behind.set()

    def _gone(self, connection: Connection, code: Close) -> None:
        self._forget(connection)
        if code is Close.LOST:
            return  # The peer went first: there is nothing to tell it.
        self._closes[connection.id] = code
        if len(self._closes) > self.limits.remembered_closes:
            self._closes.popitem(last=False)
        self._closing[connection] = self._clock.monotonic()

    def _forget(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._behind.discard(connection)
        for channel in connection.channels:
            members = self._members.get(channel)
            if members is not None:
                members.discard(connection)
                if not members:
                    del self._members[channel]
