"""Whether the data folder can still be written to."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.host.space import LEAST_B, LOW_B, DataFolder, Space, judge


async def test_a_folder_with_room_is_well(tmp_path: Path) -> None:
    health = await DataFolder(tmp_path).health()
    assert health.state in ("ok", "degraded")
    assert health.details["free_b"] <= health.details["total_b"]


async def test_a_folder_that_is_gone_is_down(tmp_path: Path) -> None:
    health = await DataFolder(tmp_path / "gone").health()
    assert health.state == "down"
    assert "gone" in str(health.message)


@pytest.mark.parametrize(
    ("free_b", "read_only", "state"),
    [
        (LOW_B, False, "ok"),
        (LOW_B - 1, False, "degraded"),
        (LEAST_B, False, "degraded"),
        (LEAST_B - 1, False, "down"),
        (0, False, "down"),
        (LOW_B, True, "down"),
    ],
)
def test_little_room_is_degraded_and_none_is_down(free_b: int, read_only: bool, state: str) -> None:
    health = judge(Path("data"), Space(free_b=free_b, total_b=10 * LOW_B, read_only=read_only))
    assert health.state == state
    assert (health.message is None) == (state == "ok")
