from __future__ import annotations

import pytest
from server.realtime.frames import PING, pong_frame, text_frame
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
