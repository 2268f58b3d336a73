from __future__ import annotations

import random

import pytest

from server.containers.output import MAX_LINE_B, BadFrame, FramedLines, PlainLines
from server.protocol.views import LogLine

T1 = "2026-11-20T09:00:00.000000001Z"
T2 = "2026-11-20T09:00:00.000000002Z"
T3 = "2026-11-20T09:00:01.000000000Z"


def frame(stream: int, data: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


def message(stream: int, ts: str, text: bytes) -> bytes:
    return frame(stream, ts.encode() + b" " + text)


def cut(cutter: FramedLines | PlainLines, data: bytes, sizes: list[int] | None = None) -> list[LogLine]:
    """The lines of `data` that comes in chunks of these sizes, over and over."""
    lines: list[LogLine] = []
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)] if sizes else len(data)
        lines += cutter.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    return lines + cutter.finish()


def test_stdout_and_stderr_are_told_apart() -> None:
    data = message(1, T1, b"out\n") + message(2, T2, b"err\n")
    assert cut(FramedLines(), data) == [LogLine(T1, "stdout", "out"), LogLine(T2, "stderr", "err")]


def test_the_lines_are_the_same_wherever_the_chunks_are_split() -> None:
    dice = random.Random(7)
    data = b"".join(
        message(dice.choice([1, 2]), dice.choice([T1, T2, T3]), "é한🚢x".encode() * dice.randrange(9) + b"\n")
        for _ in range(50)
    )
    whole = cut(FramedLines(), data)
    for _ in range(50):
        assert cut(FramedLines(), data, [dice.randrange(1, 40) for _ in range(5)]) == whole
    assert cut(FramedLines(), data, [1]) == whole


def test_the_pieces_of_a_long_line_are_put_together_again() -> None:
    data = (
        message(1, T1, b"x" * 16384) + message(1, T2, b"y" * 16384) + message(1, T2, b"z\n") + message(1, T3, b"next\n")
    )
    assert cut(FramedLines(), data, [1000]) == [
        LogLine(T1, "stdout", "x" * 16384 + "y" * 16384 + "z"),
        LogLine(T3, "stdout", "next"),
    ]


def test_lines_of_the_other_stream_may_come_between_the_pieces_of_a_line() -> None:
    data = message(1, T1, b"x" * 16384) + message(2, T2, b"err\n") + message(1, T2, b"z\n")
    assert cut(FramedLines(), data) == [LogLine(T2, "stderr", "err"), LogLine(T1, "stdout", "x" * 16384 + "z")]


def test_the_last_word_of_a_process_is_a_line_although_it_has_no_end() -> None:
    data = message(1, T1, b"no newline") + message(1, T3, b"the next run\n")
    assert cut(FramedLines(), data) == [LogLine(T1, "stdout", "no newline"), LogLine(T3, "stdout", "the next run")]


def test_an_empty_line_is_a_line() -> None:
    assert cut(FramedLines(), message(1, T1, b"\n")) == [LogLine(T1, "stdout", "")]


def test_an_empty_frame_is_nothing() -> None:
    assert cut(FramedLines(), frame(1, b"") + message(1, T1, b"x\n"), [3]) == [LogLine(T1, "stdout", "x")]


def test_five_megabytes_without_an_end_are_cut_into_bounded_pieces() -> None:
    cutter, lines, held = FramedLines(), [], 0
    for _ in range(320):
        lines += cutter.feed(message(1, T1, b"x" * 16384))
        held = max(held, 320 * 16384 - sum(len(line.text) for line in lines))
    lines += cutter.finish()
    assert sum(len(line.text) for line in lines) == 320 * 16384
    assert max(len(line.text) for line in lines) == MAX_LINE_B


def test_a_cut_does_not_break_a_character() -> None:
    text = "한" * (MAX_LINE_B // 2)
    lines = cut(FramedLines(), frame(1, f"{T1} {text}\n".encode()))
    assert "".join(line.text for line in lines) == text
    assert len(lines) > 1


def test_bytes_that_are_no_text_are_shown_as_replacements() -> None:
    assert cut(FramedLines(), message(1, T1, b"a\xff\xfeb\n"))[0].text == "a\ufffd\ufffdb"


def test_what_is_no_frame_is_an_error() -> None:
    with pytest.raises(BadFrame):
        FramedLines().feed(b"HTTP/1.1 200 OK")


def test_a_terminals_output_has_no_frames() -> None:
    data = f"{T1} \x1b[31mred\x1b[0m\r\n{T2} second\r\n".encode()
    assert cut(PlainLines(), data) == [LogLine(T1, "stdout", "\x1b[31mred\x1b[0m"), LogLine(T2, "stdout", "second")]


@pytest.mark.parametrize("length", [16383, 16384, 16385, 40000])
@pytest.mark.parametrize("sizes", [[1 << 20], [1000], [7, 16384, 1]])
def test_a_terminals_long_line_is_put_together_again(length: int, sizes: list[int]) -> None:
    line = b"x" * length + b"\r\n"
    pieces = [line[at : at + 16384] for at in range(0, len(line), 16384)]
    data = b"".join(f"{T1} ".encode() + piece for piece in pieces) + f"{T2} second\r\n".encode()
    assert cut(PlainLines(), data, sizes) == [LogLine(T1, "stdout", "x" * length), LogLine(T2, "stdout", "second")]


def test_a_terminals_last_line_may_lack_its_end() -> None:
    assert cut(PlainLines(), f"{T1} $ ".encode(), [1]) == [LogLine(T1, "stdout", "$ ")]


def test_a_terminals_endless_line_is_cut_into_bounded_pieces() -> None:
    data = b"".join(f"{T1} ".encode() + b"x" * 16384 for _ in range(64))
    lines = cut(PlainLines(), data, [5000])
    assert sum(len(line.text) for line in lines) == 64 * 16384
    assert max(len(line.text) for line in lines) == MAX_LINE_B
