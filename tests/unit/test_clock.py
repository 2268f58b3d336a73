from __future__ import annotations

import pytest

from server.clock import SystemClock, rfc3339


@pytest.mark.parametrize(
    ("now_s", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_795_165_200.0, "2026-11-20T09:00:00.000Z"),
        (1_795_165_200.999, "2026-11-20T09:00:00.999Z"),
        (1_795_165_201.001, "2026-11-20T09:00:01.001Z"),
    ],
)
def test_a_time_is_written_with_milliseconds_in_utc(now_s: float, text: str) -> None:
    assert rfc3339(now_s) == text


def test_going_back_in_time_is_written_right_too() -> None:
    rfc3339(1_795_165_201.5)
    assert rfc3339(1_795_165_200.5) == "2026-11-20T09:00:00.500Z"


async def test_the_system_clock_sleeps_and_never_goes_back() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0)
    assert clock.monotonic() >= before
    assert clock.now() > 1_700_000_000
