"""One client's socket: the single path of every frame to it, and the queue behind which it falls when it is slow.

A healthy connection has no queue and no task: its frames go straight to the transport. Once its transport holds more
than the mark, frames wait in the outbox, in order, and the hub's shared sweep writes them together when there is room.
A durable event is never dropped from a queue: when it is full the connection goes, and the client's position stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from server.access import Principal
from server.eventlog.log import StoredEvent
from server.protocol import codec
from server.realtime.close import Close
from server.realtime.frames import text_frame
from server.realtime.limits import Limits
from server.realtime.outbox import Outbox

EventFilter = Callable[[StoredEvent], bool]
"""Whether this client may see the event."""


class Transport(Protocol):
    """What is needed of an asyncio transport."""

    def write(self, data: bytes, /) -> None: ...
    def get_write_buffer_size(self) -> int: ...
    def abort(self) -> None: ...


class Door(Protocol):
    """Where the connection came in."""

    def hang_up(self, code: Close, reason: str) -> None:
        """Send the close frame and end the socket, without waiting for the peer."""
        ...


class Connection:
    """A client that was let in. The hub owns it; the door tells it of every frame from the network through `heard`.

    `expires_at_s`: until when what it showed of itself is good, in seconds since the Unix epoch. `deflates`: it takes
    compressed messages.
    """

    __slots__ = (
        "behind_since",
        "channels",
        "closed_as",
        "deflates",
        "direct",
        "door",
        "expires_at_s",
        "held",
        "id",
        "idle_since",
        "last_heard",
        "limits",
        "on_behind",
        "on_gone",
        "outbox",
        "principal",
        "seen_buffer",
        "sees",
        "transport",
    )

    def __init__(
        self,
        id: str,
        transport: Transport,
        *,
        principal: Principal,
        expires_at_s: float | None,
        sees: EventFilter | None,
        deflates: bool,
        limits: Limits,
        now: float,
        door: Door,
        on_behind: Callable[[Connection], None],
        on_gone: Callable[[Connection, Close], None],
    ) -> None:
        self.id = id
        self.transport = transport
        self.principal = principal
        self.expires_at_s = expires_at_s
        self.sees = sees
        self.deflates = deflates
        self.limits = limits
        self.door = door
        self.on_behind = on_behind
        self.on_gone = on_gone
        # A frozenset shared with every connection that has the same subscriptions: heartbeats are built once for each.
        self.channels: frozenset[str] = frozenset()
        # What the fan-out asks first: nothing waits, nothing is held back, everything may be seen.
        self.direct = sees is None
        self.outbox: Outbox | None = None
        self.held: Outbox | None = None
        self.behind_since = 0.0
        self.seen_buffer = 0
        self.last_heard = now
        self.idle_since = now
        self.closed_as: Close | None = None

    @property
    def open(self) -> bool:
        return self.closed_as is None

    @property
    def waits(self) -> bool:
        """Whether events that were picked for this client have yet to go out, or a replay is under way."""
        return self.held is not None or (self.outbox is not None and bool(self.outbox.frames))

    def become(self, principal: Principal, sees: EventFilter | None) -> None:
        """Be of `principal` from now on: what is sent after this is what it may see. What `waits` is not looked at."""
        self.principal = principal
        self.sees = sees
        self._set_direct()

    def send(self, frame: bytes, messages: int = 1) -> None:
        """Send a frame that answers this client or carries a page of its replay."""
        if self.closed_as is not None:
            return
        if self.outbox is None and self.transport.get_write_buffer_size() < self.limits.mark_b:
            self._write(frame)
        else:
            self._queue(frame, messages)

    def send_ordered(self, frame: bytes, messages: int = 1) -> None:
        """Send live events or a cursor: during a replay they wait until what came before them was sent."""
        if self.held is None:
            self.send(frame, messages)
        elif self.closed_as is None:
            self.held.put(frame, messages)
            if self._overflows(self.held):
                self.cut(Close.TOO_SLOW)

    def send_events(self, events: list[StoredEvent], frame: bytes) -> None:
        """Send a run of live events of one channel. `frame` holds them all; a filtered client gets its own."""
        if self.sees is not None:
            frame = b"".join([text_frame(self.shown(event)) for event in events])
        self.send_ordered(frame, len(events))

    def shown(self, event: StoredEvent) -> bytes:
        """The message that this client gets for `event`: itself, or only its place in the order."""
        if self.sees is None or self.sees(event):
            return event.text
        return codec.skip(event.channel, event.seq, event.prev)

    def send_state(self, channel: str, frame: bytes, *, after_events: bool = False) -> None:
        """Send a state: a slow client keeps only the latest of each channel waiting. `after_events`: not before the
        events that are held back."""
        if self.closed_as is not None:
            return
        if after_events and self.held is not None:
            self.held.put_latest(channel, frame)
            return
        if self.outbox is None and self.transport.get_write_buffer_size() < self.limits.mark_b:
            self._write(frame)
        else:
            self._behind().put_latest(channel, frame)
            self._check_outbox()

    def drop_state(self, channel: str) -> None:
        """Forget the state of `channel` that waits, if one does."""
        for waiting in (self.outbox, self.held):
            if waiting is not None:
                waiting.drop_latest(channel)

    def hold(self) -> None:
        """Hold live events and cursors back from now on, in order."""
        self.held = self.held or Outbox()
        self.direct = False

    def release(self) -> None:
        """Send what was held back, and be live again."""
        held, self.held = self.held, None
        if held is not None and (held.frames or held.slots):
            self.send(held.joined(), held.messages)
        self._set_direct()

    def drain(self, now: float) -> bool:
        """Write all that waits if the transport has room; return whether the connection has caught up (or is gone).

        A peer that takes nothing for `stall_s` from its first waiting frame is cut off.
        """
        outbox = self.outbox
        if outbox is None or self.closed_as is not None:
            return True
        size = self.transport.get_write_buffer_size()
        if size < self.limits.mark_b:
            self.outbox = None
            self._set_direct()
            self._write(outbox.joined())
            return True
        if size < self.seen_buffer:
            self.behind_since = now
        elif now - self.behind_since >= self.limits.stall_s:
            self.cut(Close.TOO_SLOW)
            return True
        self.seen_buffer = size
        return False

    def heard(self, now: float) -> None:
        """Any frame from the peer is a sign of life."""
        self.last_heard = now

    def finish(self, code: Close, reason: str) -> None:
        """End the connection with a close frame; a peer with frames waiting would not see it in time and is cut off."""
        if self.closed_as is not None:
            return
        if self.outbox is not None or self.transport.get_write_buffer_size() >= self.limits.mark_b:
            self.cut(code)
            return
        self._end(code)
        self.door.hang_up(code, reason)

    def cut(self, code: Close) -> None:
        """End the connection at once, whatever waits. No close frame could reach the peer."""
        if self.closed_as is None:
            self._end(code)
            self.transport.abort()

    def lose(self) -> None:
        """Take note that the peer is gone: nothing more is written to it."""
        if self.closed_as is None:
            self._end(Close.LOST)

    def _write(self, data: bytes) -> None:
        try:
            self.transport.write(data)
        except RuntimeError:
            # uvloop's transport refuses writes from the moment its connection is lost, which is before the door hears
            # of it and leaves.
            self.lose()

    def _end(self, code: Close) -> None:
        self.closed_as = code
        self.direct = False
        self.outbox = self.held = None
        self.on_gone(self, code)

    def _queue(self, frame: bytes, messages: int) -> None:
        self._behind().put(frame, messages)
        self._check_outbox()

    def _behind(self) -> Outbox:
        if self.outbox is None:
            self.outbox = Outbox()
            self.direct = False
            self.seen_buffer = self.transport.get_write_buffer_size()
            self.on_behind(self)
        return self.outbox

    def _check_outbox(self) -> None:
        if self.outbox is not None and self._overflows(self.outbox):
            self.cut(Close.TOO_SLOW)

    def _overflows(self, outbox: Outbox) -> bool:
        return outbox.messages > self.limits.outbox_messages or outbox.bytes > self.limits.outbox_b

    def _set_direct(self) -> None:
        self.direct = self.sees is None and self.outbox is None and self.held is None and self.closed_as is None
