from __future__ import annotations

import zlib

import pytest

from server.realtime.frames import PING, SharedFrame, deflated_frame, frame_for, pong_frame, text_frame
from tests.fakes.transport import parse_frame, split_frames


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 200_000])
def test_a_frame_of_any_size_carries_its_payload(size: int) -> None:
    payload = b"x" * size
    assert parse_frame(text_frame(payload)) == (1, payload)


def test_frames_written_together_can_be_told_apart() -> None:
    frames = [text_frame(b"a" * size) for size in (3, 126, 70_000)] + [PING, pong_frame(b"are you there")]
    assert split_frames(b"".join(frames)) == frames


def test_a_pong_returns_what_the_ping_brought() -> None:
    assert parse_frame(pong_frame(b"42")) == (10, b"42")


def test_a_compressed_frame_can_be_read_without_what_was_sent_before() -> None:
    payload = b'{"containers":[' + b'{"state":"running"},' * 500 + b"{}]}"
    opcode, body = parse_frame(deflated_frame(payload))
    assert (opcode, zlib.decompressobj(-15).decompress(body + b"\x00\x00\xff\xff")) == (1, payload)


def test_a_receiver_that_keeps_its_window_can_read_compressed_frames_too() -> None:
    inflate = zlib.decompressobj(-15)
    for payload in (b"a" * 3000, b"ab" * 3000):
        assert inflate.decompress(parse_frame(deflated_frame(payload))[1] + b"\x00\x00\xff\xff") == payload


@pytest.mark.parametrize(("size", "deflates", "first"), [(2000, True, 0xC1), (2000, False, 0x81), (100, True, 0x81)])
def test_only_long_messages_for_willing_receivers_are_compressed(size: int, deflates: bool, first: int) -> None:
    payload = b"x" * size
    assert frame_for(payload, deflates=deflates)[0] == first
    assert SharedFrame(payload).for_receiver(deflates=deflates)[0] == first


def test_a_message_is_compressed_once_for_all_its_receivers() -> None:
    frame = SharedFrame(b"x" * 2000)
    assert frame.for_receiver(deflates=True) is frame.for_receiver(deflates=True)
    assert frame.for_receiver(deflates=False) is frame.for_receiver(deflates=False)
