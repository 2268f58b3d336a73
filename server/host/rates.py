"""From counters that only grow to what they grow by in a second."""

from __future__ import annotations

from collections.abc import Mapping

Counters = Mapping[str, tuple[int, int]]
"""Two counters, in bytes, for each interface or disk."""


class Rates:
    """Remembers one reading. The first sight of a name, and a counter that went back, count as no traffic."""

    def __init__(self) -> None:
        self._before: Counters = {}
        self._at: float | None = None

    def step(self, counters: Counters, now: float) -> dict[str, tuple[float, float]]:
        """The bytes per second since the last step, for each name of `counters`. `now` is monotonic, in seconds."""
        passed = 0.0 if self._at is None else now - self._at
        before, self._before, self._at = self._before, counters, now
        if passed <= 0:
            return dict.fromkeys(counters, (0.0, 0.0))
        return {name: _rate(before.get(name, pair), pair, passed) for name, pair in counters.items()}


def _rate(before: tuple[int, int], now: tuple[int, int], passed: float) -> tuple[float, float]:
    # An interface that was taken down and a driver that was loaded anew begin again at 0.
    first, second = now[0] - before[0], now[1] - before[1]
    return round(max(first, 0) / passed, 1), round(max(second, 0) / passed, 1)
