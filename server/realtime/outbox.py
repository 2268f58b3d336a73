"""What waits for a client that takes less than it is sent."""

from __future__ import annotations

from collections import deque


class Outbox:
    """What waits for one slow client: frames in order, and the latest frame of each state channel after them."""

    __slots__ = ("bytes", "frames", "messages", "slots")

    def __init__(self) -> None:
        self.frames: deque[bytes] = deque()
        self.slots: dict[str, bytes] = {}
        self.messages = 0
        self.bytes = 0

    def put(self, frame: bytes, messages: int) -> None:
        self.frames.append(frame)
        self.messages += messages
        self.bytes += len(frame)

    def put_latest(self, channel: str, frame: bytes) -> None:
        """Replace what waits for `channel`: an older state is worthless."""
        self.drop_latest(channel)
        self.bytes += len(frame)
        self.slots[channel] = frame

    def drop_latest(self, channel: str) -> None:
        """Forget the state of `channel`, if one waits."""
        self.bytes -= len(self.slots.pop(channel, b""))

    def joined(self) -> bytes:
        """Everything that waits as one write."""
        return b"".join((*self.frames, *self.slots.values()))
