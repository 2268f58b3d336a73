"""Who is connected, who listens to what, and the one place from which everything is fanned out.

The hub is the event log's sink: it gets each committed batch in seq order, before any append returns. *Published* is
what it has taken; nobody outside is told of any other head. Everything here runs on the event loop and never awaits
between a decision and its write, which is what makes the order of frames provable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NoReturn

from server.access import Identity, Principal
from server.clock import Clock, rfc3339
from server.eventlog.log import EventLog, LogPosition, StoredEvent
from server.ids import new_id
from server.protocol import channels as names
from server.protocol import codec
from server.protocol.server import Heartbeat, HeartbeatData, Unsubscribed, UnsubscribedData
from server.realtime.close import Close
from server.realtime.connection import Connection, Door, Transport
from server.realtime.frames import PING, text_frame
from server.realtime.gate import Gate
from server.realtime.goodbyes import Goodbyes
from server.realtime.limits import GRACE_S, Limits
from server.realtime.members import Members
from server.realtime.pool import Pool
from server.realtime.states import States
from server.realtime.sweep import Sweep

_channel_of = attrgetter("channel")


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
        self._pool = Pool(most=limits.pool, per_user=limits.per_user)
        self._members = Members()
        self._states = States(gate)
        self._sweep = Sweep(clock, every_s=limits.sweep_s)
        self._goodbyes = Goodbyes(limits.remembered_closes)
        self._advanced: asyncio.Future[None] | None = None
        # Bound once: a bound method is an object, and a thousand connections would each hold their own.
        self._on_behind, self._on_gone = self._sweep.add, self._gone

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
            members = self._members.of(channel)
            if members:
                self._fan_out(members, events, b"".join([text_frame(event.text) for event in events]))
        self.published = batch[-1].seq
        if self._advanced is not None:
            self._advanced.set_result(None)
            self._advanced = None

    def _fan_out(self, members: tuple[Connection, ...], events: list[StoredEvent], frame: bytes) -> None:
        mark = self.limits.mark_b
        for connection in members:
            transport = connection.transport
            if connection.direct and transport.get_write_buffer_size() < mark:
                try:
                    transport.write(frame)
                except RuntimeError:
                    connection.lose()  # Gone already, as in the connection's own writes; its door is about to leave.
            else:
                connection.send_events(events, frame)

    def publish_state(self, channel: str, message: bytes) -> None:
        """Make `message` (whole and encoded) the state of `channel`: send it to all, keep it for who joins later. A
        channel of events may have one too, for as long as something in it is under way."""
        self._states.put(channel, message)
        for connection in self._members.of(channel):
            self._send_state(channel, connection)

    def end_state(self, channel: str) -> None:
        """`channel` has no state any more: what waits for a slow client is not sent."""
        if self._states.remove(channel):
            for connection in self._members.of(channel):
                connection.drop_state(channel)

    def _send_state(self, channel: str, connection: Connection) -> None:
        frame = self._states.frame(channel, connection)
        if frame is not None:
            connection.send_state(channel, frame, after_events=not names.is_state(channel))

    def heartbeat(self) -> None:
        """Send everybody the cursor, through the same queue as the events before it, and a ping."""
        timestamp = rfc3339(self._clock.now())
        frames: dict[frozenset[str], bytes] = {}
        for connection in self._pool:
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
        expires_at_s: float | None = None,
        door: Door,
        deflates: bool = False,
    ) -> Connection:
        """Let a client in, with no channel yet. `expires_at_s`: how long its token is good, in seconds since the Unix
        epoch. `deflates`: permessage-deflate was agreed on with it.

        Raises:
            PoolFull, UserLimit: there are as many connections as the limits allow.
        """
        self._pool.check(principal)
        connection = Connection(
            new_id(self._clock.now()),
            transport,
            principal=principal,
            expires_at_s=expires_at_s,
            sees=self._gate.filter(principal),
            deflates=deflates,
            limits=self.limits,
            now=self._clock.monotonic(),
            door=door,
            on_behind=self._on_behind,
            on_gone=self._on_gone,
        )
        self._pool.add(connection)
        return connection

    def may_join(self, connection: Connection, channel: str) -> bool:
        return self._gate.joins(connection.principal, channel)

    def join(self, connection: Connection, channels: Collection[str]) -> None:
        """Subscribe: from this moment the connection is live on `channels` and has the latest of each state."""
        if not connection.open:
            return
        for channel in self._members.add(connection, channels):
            self._send_state(channel, connection)

    def part(self, connection: Connection, channels: Iterable[str]) -> None:
        """Unsubscribe."""
        self._members.remove(connection, channels)
        connection.idle_since = self._clock.monotonic()

    def reauthorise(self, current: Callable[[Principal], Principal | None]) -> None:
        """Hold every connection to what its principal may do now: `current` says who they are, None who is no more.

        After it nobody is sent what it may not see: who is no more is gone, channels that are lost are left, and
        whoever loses something while events wait for it is ended, to come back and resume under its new rights.
        """
        for connection in self._pool:
            principal = current(connection.principal)
            if principal is None:
                connection.finish(Close.TOKEN_REVOKED, "token_revoked")
            elif principal != connection.principal:
                self._become(connection, principal)

    def renew(self, connection: Connection, identity: Identity) -> None:
        """Take over a newer identity of the same principal, with whatever has changed in its rights."""
        connection.expires_at_s = identity.expires_at_s
        if identity.principal != connection.principal:
            self._become(connection, identity.principal)

    def _become(self, connection: Connection, principal: Principal) -> None:
        saw, sees = connection.sees, self._gate.filter(principal)
        lost = sorted(c for c in connection.channels if not self._gate.joins(principal, c))
        # Two filters cannot be compared: with any, what was picked before the change may have to be hidden after it.
        if connection.waits and (lost or sees is not None):
            connection.finish(Close.RIGHTS_CHANGED, "rights_changed")
            return
        connection.become(principal, sees)
        if lost:
            self._lose(connection, lost)
        if saw is not None or sees is not None:
            for channel in sorted(filter(names.is_state, connection.channels)):
                self._send_state(channel, connection)

    def _lose(self, connection: Connection, channels: list[str]) -> None:
        self.part(connection, channels)
        for channel in channels:
            connection.drop_state(channel)
        data = UnsubscribedData(channels=channels, reason="permission")
        connection.send(text_frame(codec.encode(Unsubscribed(timestamp=rfc3339(self._clock.now()), data=data))))
        if not connection.channels:
            connection.finish(Close.FORBIDDEN, "none of the channels")

    def leave(self, connection: Connection) -> None:
        """Forget a connection whose socket has ended, by whichever side."""
        connection.lose()
        self._goodbyes.answered(connection)

    def previous_close(self, connection_id: str) -> str | None:
        """Why this server ended the connection of that id, if it did, and not so long ago that it was forgotten."""
        close = self._goodbyes.reason(connection_id)
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
        return self._members.status()

    def __len__(self) -> int:
        return len(self._pool)

    # What happens with time.

    async def run_sweep(self) -> NoReturn:
        """Empty the outboxes of slow clients as their transports take it."""
        await self._sweep.run()

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
        self._sweep.once()

    def check_liveness(self) -> None:
        """Cut off peers that gave no sign of life or did not finish closing; end the ones that listen to nothing, and
        the ones whose token ran out."""
        now, ended_before = self._clock.monotonic(), self._clock.now() - GRACE_S
        for connection in self._pool:
            if now - connection.last_heard >= self.limits.dead_s:
                connection.cut(Close.NO_LIFE)
            elif not connection.channels and now - connection.idle_since >= self.limits.idle_s:
                connection.finish(Close.DONE, "idle without a subscription")
            elif connection.expires_at_s is not None and connection.expires_at_s <= ended_before:
                connection.finish(Close.TOKEN_EXPIRED, "token_expired")
        self._goodbyes.cut_silent(now - self.limits.heartbeat_s / 6)

    def close(self, code: Close = Close.RESTART, reason: str = "the server restarts") -> None:
        """End every connection, without waiting for a stuck one."""
        for connection in self._pool:
            connection.finish(code, reason)

    def _gone(self, connection: Connection, code: Close) -> None:
        self._pool.discard(connection)
        self._sweep.discard(connection)
        self._members.forget(connection)
        # A peer that went first need not be told anything.
        if code is not Close.LOST:
            self._goodbyes.say(connection, code, self._clock.monotonic())
