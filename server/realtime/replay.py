"""Giving a client what it missed, between the position it names and the moment it is live again, without a race.

In one turn of the event loop the connection joins its channels, live events start to be held back, and *published* is
noted as the barrier. What lies in (position, barrier] comes from the log, what lies above it was held back: together
they are every event once, in order. What cannot be given is said: `recovered: false` before anything was sent, `gap`
after.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from server.clock import Clock, rfc3339
from server.errors import Forbidden, TooBusy
from server.eventlog.log import EventLog
from server.eventlog.log import Gap as BelowFloor
from server.protocol import channels as names
from server.protocol import codec
from server.protocol.server import (
    Ack,
    AckData,
    ChannelStatus,
    Connected,
    ConnectedData,
    Gap,
    GapData,
    NotRecovered,
)
from server.realtime.connection import Connection
from server.realtime.frames import frame_for, text_frame
from server.realtime.hub import Hub
from server.realtime.missed import Span, Unreachable, measure, within_bytes


@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """What a client asks for when it connects. Without `last_seq` it is live from now, and nothing is replayed."""

    channels: tuple[str, ...]
    last_seq: int | None = None
    epoch: str | None = None
    previous: str | None = None


@dataclass(slots=True)
class _Ack:
    """The `replay-ack` that a page waits for."""

    to: int
    came: asyncio.Event


class Replays:
    """The replays of one connection: the first comes with `connect`, later ones with `subscribe`, one at a time."""

    __slots__ = ("_awaited", "_clock", "_connection", "_hub", "_log", "_turn", "_waiting")

    def __init__(self, hub: Hub, log: EventLog, connection: Connection, clock: Clock) -> None:
        self._hub = hub
        self._log = log
        self._connection = connection
        self._clock = clock
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._awaited: _Ack | None = None

    async def connect(self, request: ResumeRequest) -> Span | None:
        """Subscribe to the channels, say `connected`, and send what was missed if it fits one page.

        Returns:
            What still has to be sent by `finish`, in pages; None when the connection is live already.
        """
        connection, hub = self._connection, self._hub
        allowed = [c for c in dict.fromkeys(request.channels) if hub.may_join(connection, c)]
        events = [channel for channel in allowed if not names.is_state(channel)]
        connection.hold()
        hub.join(connection, events)
        barrier = hub.published
        span, reason = await self._resume(request, events, barrier)
        position = await hub.position()
        # Its rights to states may have changed while the log was read. Had those to events, it would have been ended.
        allowed = [c for c in allowed if hub.may_join(connection, c)]
        recovered = None if request.last_seq is None else reason is None
        connection.send(
            self._frame(
                Connected(
                    timestamp=self._now(),
                    data=ConnectedData(
                        connection_id=connection.id,
                        epoch=hub.epoch,
                        server_seq=barrier,
                        floor_seq=position.floor,
                        recovered=recovered,
                        reason=reason,
                        channels={c: _status(c, c in allowed, recovered) for c in request.channels},
                        heartbeat_s=hub.limits.heartbeat_s,
                        previous_close=None if request.previous is None else hub.previous_close(request.previous),
                        token_expires_at=expiry(connection.expires_at_s),
                    ),
                )
            )
        )
        if span is not None and span.texts is not None:
            self._send_page(span.channels, span.after, span.barrier, span.texts, has_more=False)
            span = None
        if span is None:
            connection.release()
        # States come last: a large one would push the page behind the transport's mark.
        hub.join(connection, [channel for channel in allowed if names.is_state(channel)])
        return span

    async def finish(self, span: Span) -> None:
        """Send the pages of a replay that `connect` could not send at once, then be live."""
        async with self._turn:
            await self._send_span(span)
            self._connection.release()

    def subscribe(self, channels: Collection[str], message_id: str | None) -> None:
        """Add channels, live from now; the `ack` says from which seq.

        Raises:
            Forbidden: the client may not hear one of them.
        """
        self._require(channels)
        self._ack(channels, self._hub.published, message_id)
        self._hub.join(self._connection, channels)

    async def subscribe_since(self, channels: Collection[str], since: int, message_id: str | None) -> None:
        """Add channels after sending everything that was missed in them since seq `since`.

        Raises:
            Forbidden: the client may not hear one of them, or may no more when it is its turn.
            TooBusy: too many subscriptions of this connection wait for their replay already.
        """
        self._require(channels)
        if self._waiting >= self._hub.limits.waiting_replays:
            raise TooBusy("Too many subscriptions wait for their replay. Wait for their answers first.")
        self._waiting += 1
        try:
            async with self._turn:
                await self._replay_since(channels, since, message_id)
        finally:
            self._waiting -= 1

    async def _replay_since(self, channels: Collection[str], since: int, message_id: str | None) -> None:
        connection, hub = self._connection, self._hub
        self._require(channels)
        events = [channel for channel in channels if not names.is_state(channel)]
        connection.hold()
        self._ack(channels, since, message_id)
        hub.join(connection, channels)
        barrier = hub.published
        if events:
            await self._send_span(await self._measure(events, since, barrier))
        connection.release()

    def _require(self, channels: Collection[str]) -> None:
        for channel in channels:
            if not self._hub.may_join(self._connection, channel):
                raise Forbidden(f"You may not listen to {channel!r}.")

    def awaits(self, to: int) -> bool:
        """Whether a page waits for this acknowledgement."""
        return self._awaited is not None and to == self._awaited.to

    def acknowledge(self, to: int) -> None:
        """Take a `replay-ack`: the next page may go. One for another page is too late to matter and is ignored."""
        if self._awaited is not None and self.awaits(to):
            self._awaited.came.set()

    async def _resume(
        self, request: ResumeRequest, events: list[str], barrier: int
    ) -> tuple[Span | None, NotRecovered | None]:
        if request.last_seq is None:
            return None, None
        if request.epoch is not None and request.epoch != self._hub.epoch:
            return None, "epoch_changed"
        if not events:
            return None, "ahead" if request.last_seq > barrier else None
        span = await self._measure(events, request.last_seq, barrier)
        return (span, None) if span.unreachable is None else (None, span.unreachable)

    def _measure(self, channels: list[str], after: int, barrier: int) -> Awaitable[Span]:
        return measure(self._log, self._hub.limits, self._connection, channels, after, barrier)

    async def _send_span(self, span: Span) -> None:
        if span.unreachable is not None:
            self._send_gap(span.channels, span.after, span.barrier, span.unreachable)
        elif span.texts is not None:
            self._send_page(span.channels, span.after, span.barrier, span.texts, has_more=False)
        else:
            await self._send_pages(span)

    async def _send_pages(self, span: Span) -> None:
        position, more = span.after, True
        while more and self._connection.open:
            try:
                page = await self._log.read(
                    position, limit=self._hub.limits.page_events, upto=span.barrier, channels=span.channels
                )
            except BelowFloor:
                self._send_gap(span.channels, position, span.barrier, "expired")
                return
            events = within_bytes(page.events, self._hub.limits.page_b)
            if len(events) < len(page.events):
                to, more = events[-1].seq, True
            else:
                to, more = (page.next, True) if page.has_more else (span.barrier, False)
            self._send_page(span.channels, position, to, list(map(self._connection.shown, events)), has_more=more)
            if more and not await self._acknowledged(to):
                self._send_gap(span.channels, to, span.barrier, "not_acknowledged")
                return
            position = to

    async def _acknowledged(self, to: int) -> bool:
        self._awaited = awaited = _Ack(to, asyncio.Event())
        try:
            async with asyncio.timeout(self._hub.limits.replay_ack_s):
                await awaited.came.wait()
            return True
        except TimeoutError:
            return False
        finally:
            self._awaited = None

    def _send_page(self, channels: list[str], after: int, to: int, texts: Sequence[bytes], *, has_more: bool) -> None:
        message = codec.missed_events(
            now_s=self._clock.now(), channels=channels, from_=after, to=to, texts=list(texts), has_more=has_more
        )
        self._connection.send(frame_for(message, deflates=self._connection.deflates), max(1, len(texts)))

    def _send_gap(
        self, channels: list[str], after: int, to: int, reason: Unreachable | Literal["not_acknowledged"]
    ) -> None:
        data = GapData(channels=channels, from_=after, to=to, reason=reason)
        self._connection.send(self._frame(Gap(timestamp=self._now(), data=data)))

    def _ack(self, channels: Collection[str], after: int, message_id: str | None) -> None:
        data = AckData(channels=list(channels), from_=after)
        self._connection.send(self._frame(Ack(timestamp=self._now(), id=message_id, data=data)))

    def _frame(self, message: object) -> bytes:
        return text_frame(codec.encode(message))

    def _now(self) -> str:
        return rfc3339(self._clock.now())


def _status(channel: str, allowed: bool, recovered: bool | None) -> ChannelStatus:
    if not allowed:
        return ChannelStatus(recovered=None, forbidden=True)
    return ChannelStatus(recovered=None if names.is_state(channel) else recovered)


def expiry(expires_at_s: float | None) -> str | None:
    """As `token_expires_at` says it."""
    return None if expires_at_s is None else rfc3339(expires_at_s)
