"""The message that a run is writing: shown while it grows, and superseded by the message itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from server.clock import Clock, rfc3339
from server.ids import new_id
from server.protocol.server import Delta
from server.protocol.sessions import DeltaData
from server.tasks import Tasks

INTERVAL_S = 0.1
"""Between two states of one text: people do not read faster."""

RATE_B = 64 * 1024
"""Bytes a second that one session's states may take: each holds all of the text, so that long ones come less often."""

MAX_TEXT_B = 128 * 1024
"""A text that is longer is shown no further until its message comes."""

PublishState = Callable[[str, bytes], None]
EndState = Callable[[str], None]

_encode = msgspec.json.Encoder().encode


class Streamer:
    """The text of one run since its last message. `message` is the id that the message will have.

    Deltas are conflated: what waits is always the latest text, and nothing else is kept. The owner closes `tasks`.
    """

    def __init__(
        self,
        session: str,
        run: str,
        *,
        publish_state: PublishState,
        end_state: EndState,
        published: Callable[[], int],
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self.message = new_id(clock.now())
        self._session = session
        self._run = run
        self._publish_state = publish_state
        self._end_state = end_state
        self._published = published
        self._clock = clock
        self._tasks = tasks
        self._parts: list[str] = []
        self._size_b = 0
        self._shown = False
        self._flushing = False
        self._held = False
        self._closed = False
        self._next_s = clock.monotonic()

    @property
    def channel(self) -> str:
        return f"session:{self._session}"

    @property
    def text(self) -> str:
        """What was streamed and is in no message yet."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    @property
    def size_b(self) -> int:
        """Of `text`, in UTF-8."""
        return self._size_b

    def data(self) -> DeltaData | None:
        """The state as it is now; None while nothing is being written."""
        if not self._size_b:
            return None
        return DeltaData(
            session=self._session, run=self._run, message=self.message, text=self.text, as_of_seq=self._published()
        )

    def add(self, text: str) -> None:
        """Let the message grow by `text`; it is shown now or soon."""
        if text:
            self._parts.append(text)
            self._size_b += len(text.encode())
            self._offer()

    @contextmanager
    def superseded(self, by: str) -> Iterator[str]:
        """Enter before the message with the text `by` is appended, under the id that this yields, and leave after that:
        nothing is shown meanwhile, and the state has ended then. What is added in between belongs to the next message.
        After an error `by` is what was streamed."""
        self._parts, self._size_b, self._held = [], 0, True
        try:
            yield self.message
        except BaseException:
            self._parts.insert(0, by)
            self._size_b += len(by.encode())
            raise
        else:
            self.message = new_id(self._clock.now())
            self._end()
        finally:
            self._held = False
            self._offer()

    def close(self) -> None:
        """Show nothing new any more, what waits included."""
        self._closed = True

    def end(self) -> None:
        """Nothing is being written any more; what was is in a message now, or lost."""
        self._parts, self._size_b, self._closed = [], 0, True
        self._end()

    def _end(self) -> None:
        if self._shown:
            self._shown = False
            self._end_state(self.channel)

    def _offer(self) -> None:
        if self._closed or self._held or self._flushing or not 0 < self._size_b <= MAX_TEXT_B:
            return
        wait_s = self._next_s - self._clock.monotonic()
        if wait_s <= 0:
            self._show()
        else:
            self._flushing = True
            self._tasks.spawn("delta", self._show_later(wait_s))

    async def _show_later(self, wait_s: float) -> None:
        await self._clock.sleep(wait_s)
        self._flushing = False
        self._offer()

    def _show(self) -> None:
        data = self.data()
        if data is None:
            return
        message = _encode(Delta(channel=self.channel, timestamp=rfc3339(self._clock.now()), data=data))
        self._next_s = self._clock.monotonic() + max(INTERVAL_S, len(message) / RATE_B)
        self._shown = True
        self._publish_state(self.channel, message)
