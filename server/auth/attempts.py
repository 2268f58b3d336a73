"""How often somebody may be wrong about a secret that is too short to be guessed at leisure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from server.clock import Clock
from server.errors import RateLimited

# Six digits, of which three are good at any time: 20 an hour leave a guesser less than one chance in 600 a day.
LIMITS = ((5, 60.0), (20, 3600.0))


class Attempts:
    """Counts wrong answers by a key. Keys are names of accounts that exist, so their number is bounded by those."""

    def __init__(self, clock: Clock, limits: Sequence[tuple[int, float]] = LIMITS) -> None:
        """`limits`: how many within how many seconds."""
        self._clock = clock
        self._limits = limits
        self._longest_s = max(window_s for _, window_s in limits)
        self._wrong: dict[str, list[float]] = {}

    def check(self, key: str) -> None:
        """Do nothing while another answer of `key` may be looked at.

        Raises:
            RateLimited: too many were wrong; its `retry_after_s` says when the next one counts.
        """
        now_s = self._clock.monotonic()
        wrong = self._recent(key, now_s)
        waits = [wrong[-most] + window_s - now_s for most, window_s in self._limits if len(wrong) >= most]
        wait_s = math.ceil(max(waits, default=0))
        if wait_s > 0:
            raise RateLimited(f"Too many wrong answers. Try again in {wait_s} s.", retry_after_s=wait_s)

    def note_wrong(self, key: str) -> None:
        """Count one more. Nothing takes it back before its time: whoever guesses beside the right person, who answers
        well in between, would get new attempts with each of those answers."""
        now_s = self._clock.monotonic()
        self._wrong[key] = [*self._recent(key, now_s), now_s]

    def _recent(self, key: str, now_s: float) -> list[float]:
        recent = [at for at in self._wrong.get(key, ()) if now_s - at < self._longest_s]
        if not recent:
            self._wrong.pop(key, None)
        return recent
