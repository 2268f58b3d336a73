"""A transport that holds what was written until a test lets the peer read it, and a reader of server frames."""

from __future__ import annotations

from typing import Any

import msgspec


class FakeTransport:
    """Keeps every written frame. Whole frames leave by `take`; what is left counts as the write buffer. Once `lost`, it
    refuses to be written to, as uvloop's do."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self.aborted = False
        self.lost = False

    def write(self, data: bytes, /) -> None:
        if self.lost:
            raise RuntimeError("the handler is closed")
        if not self.aborted:
            self.waiting += split_frames(data)

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self.waiting))

    def abort(self) -> None:
        self.aborted = True
        self.waiting.clear()

    def take(self, frames: int | None = None) -> list[Any]:
        """Let the peer read the oldest `frames` (default: all); return the text messages among them, decoded."""
        count = len(self.waiting) if frames is None else frames
        taken, self.waiting = self.waiting[:count], self.waiting[count:]
        return [msgspec.json.decode(payload) for opcode, payload in map(parse_frame, taken) if opcode == 1]


def split_frames(data: bytes) -> list[bytes]:
    """Cut what was written together into frames."""
    frames = []
    while data:
        size = _frame_size(data)
        frames.append(data[:size])
        data = data[size:]
    return frames


def parse_frame(frame: bytes) -> tuple[int, bytes]:
    """Return (opcode, payload) of one unmasked frame."""
    return frame[0] & 0x0F, frame[_header_size(frame) :]


def _header_size(frame: bytes) -> int:
    return {126: 4, 127: 10}.get(frame[1], 2)


def _frame_size(data: bytes) -> int:
    header = _header_size(data)
    return header + (data[1] if header == 2 else int.from_bytes(data[2:header]))
