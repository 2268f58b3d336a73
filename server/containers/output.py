"""A container's output as the engine streams it, cut into lines. No I/O.

Without a terminal the engine sends frames: a byte for the stream (1 stdout, 2 stderr), three zeros, four bytes of
length, then the data (docs.docker.com/reference/api/engine, "Attach to a container"). With a terminal it sends the data
alone. In both, every message of the log driver starts with its time. A line of more than 16 KiB comes as several
messages, each with a time of its own, and only the last of them ends the line; a shorter message without an end is the
last word of a process.
"""

from __future__ import annotations

import re
from typing import Literal

from server.protocol.views import LogLine

MAX_LINE_B = 64 * 1024
"""A longer line is cut into pieces: what never ends would otherwise fill the memory."""

_HEADER_B = 8
# The log drivers cut lines here (moby, daemon/logger/copier.go: defaultBufSize).
_MESSAGE_B = 16 * 1024
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) ")
_LONGEST_TIME_B = 36

Stream = Literal["stdout", "stderr"]
_STREAMS: dict[int, Stream] = {0: "stdout", 1: "stdout", 2: "stderr"}


class BadFrame(ValueError):
    """The stream does not consist of frames: its rest cannot be understood."""


class _Line:
    """The line that is being put together on one stream."""

    __slots__ = ("stream", "text", "ts")

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.ts = ""
        self.text = bytearray()

    def begin(self, ts: str) -> None:
        if not self.text:
            self.ts = ts

    def add(self, text: bytes, out: list[LogLine]) -> None:
        self.text += text
        while len(self.text) > MAX_LINE_B:
            cut = _character_boundary(self.text, MAX_LINE_B)
            out.append(self._view(self.text[:cut]))
            del self.text[:cut]

    def end(self, out: list[LogLine]) -> None:
        if self.text.endswith(b"\r"):
            del self.text[-1]
        out.append(self._view(self.text))
        self.text.clear()

    def _view(self, text: bytearray) -> LogLine:
        return LogLine(ts=self.ts, stream=self.stream, text=text.decode("utf-8", errors="replace"))


class FramedLines:
    """Lines out of a framed stream, wherever its chunks are split. Holds at most one line and one message a stream."""

    def __init__(self) -> None:
        self._lines: dict[Stream, _Line] = {"stdout": _Line("stdout"), "stderr": _Line("stderr")}
        self._header = bytearray()
        self._left = 0
        self._stream: Stream = "stdout"
        self._text_b = 0
        # The start of the frame, until it is long enough to tell where its time ends.
        self._start: bytearray | None = None

    def feed(self, chunk: bytes) -> list[LogLine]:
        """Return the lines that `chunk` completes.

        Raises:
            BadFrame: a header is none.
        """
        out: list[LogLine] = []
        at = 0
        while at < len(chunk):
            if self._left == 0:
                at = self._read_header(chunk, at)
                continue
            piece = chunk[at : at + self._left]
            at += len(piece)
            self._left -= len(piece)
            self._take(piece, out)
        return out

    def finish(self) -> list[LogLine]:
        """Return what is left when the stream has ended: lines without an end."""
        out: list[LogLine] = []
        for line in self._lines.values():
            if line.text:
                line.end(out)
        return out

    def _read_header(self, chunk: bytes, at: int) -> int:
        wanted = _HEADER_B - len(self._header)
        self._header += chunk[at : at + wanted]
        if len(self._header) == _HEADER_B:
            if self._header[0] not in _STREAMS or self._header[1:4] != b"\0\0\0":
                raise BadFrame(f"not a frame header: {bytes(self._header)!r}")
            self._stream = _STREAMS[self._header[0]]
            self._left = int.from_bytes(self._header[4:8], "big")
            self._text_b = 0
            self._start = bytearray()
            self._header.clear()
        return at + wanted

    def _take(self, piece: bytes, out: list[LogLine]) -> None:
        line = self._lines[self._stream]
        if self._start is not None:
            self._start += piece
            if len(self._start) < _LONGEST_TIME_B and self._left:
                return
            piece = bytes(self._start)
            self._start = None
            time = _TIME.match(piece)
            if time is not None:
                line.begin(time.group()[:-1].decode())
                piece = piece[time.end() :]
        self._text_b += len(piece)
        *ended, rest = piece.split(b"\n")
        for text in ended:
            line.add(text, out)
            line.end(out)
        line.add(rest, out)
        if self._left == 0 and rest and self._text_b < _MESSAGE_B:
            line.end(out)


class PlainLines:
    """Lines out of a terminal's stream: no frames, all of it stdout, lines end with CR LF."""

    def __init__(self) -> None:
        self._line = _Line("stdout")
        self._rest = bytearray()
        # Whether a time comes next, and else how much of the current message was read behind its time.
        self._at_time = True
        self._message_b = 0

    def feed(self, chunk: bytes) -> list[LogLine]:
        """Return the lines that `chunk` completes."""
        self._rest += chunk
        out: list[LogLine] = []
        while self._rest:
            if self._at_time:
                if len(self._rest) < _LONGEST_TIME_B and b"\n" not in self._rest:
                    break
                self._read_time()
            self._read_text(out)
        return out

    def finish(self) -> list[LogLine]:
        """Return what is left when the stream has ended: a line without an end."""
        out: list[LogLine] = []
        if self._at_time and self._rest:
            self._read_time()
            self._read_text(out)
        if self._line.text:
            self._line.end(out)
        return out

    def _read_time(self) -> None:
        time = _TIME.match(self._rest)
        if time is not None:
            self._line.begin(time.group()[:-1].decode())
            del self._rest[: time.end()]
        self._at_time = False
        self._message_b = 0

    def _read_text(self, out: list[LogLine]) -> None:
        end = self._rest.find(b"\n", 0, _MESSAGE_B - self._message_b + 1)
        if end >= 0:
            self._line.add(bytes(self._rest[:end]), out)
            self._line.end(out)
            del self._rest[: end + 1]
            self._at_time = True
            return
        text = bytes(self._rest[: _MESSAGE_B - self._message_b])
        self._line.add(text, out)
        del self._rest[: len(text)]
        self._message_b += len(text)
        self._at_time = self._message_b == _MESSAGE_B


def _character_boundary(text: bytearray, at: int) -> int:
    """Return the last place not behind `at` where no UTF-8 character is cut in two."""
    for back in range(4):
        if text[at - back] & 0xC0 != 0x80:
            return at - back
    return at
