"""How fast one socket may send."""

from __future__ import annotations

from server.errors import RateLimited


class CommandRate:
    """A bucket of `burst` messages that fills by `per_s` a second. Times are those of a monotonic clock."""

    __slots__ = ("_at", "_burst", "_left", "_per_s", "_refused", "_since")

    def __init__(self, per_s: float, burst: int, now: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = float(burst)
        self._at = self._since = now
        self._refused = 0

    @property
    def window_s(self) -> float:
        """How long an empty bucket takes to be full again."""
        return self._burst / self._per_s

    @property
    def flooded(self) -> bool:
        """Whether so many were refused within one window that the sender cannot be reading the answers."""
        return self._refused > 2 * self._burst

    def take(self, now: float) -> RateLimited | None:
        """Count one message; return its refusal, or None when it may be done. What is refused takes nothing out of the
        bucket, so that waiting helps."""
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return None
        if now - self._since >= self.window_s:
            self._since, self._refused = now, 0
        self._refused += 1
        wait_s = max((1 - self._left) / self._per_s, 0.01)
        return RateLimited(
            f"At most {self._burst} messages at once and {self._per_s:g} a second. Send it again in {wait_s:.2g} s.",
            retry_after_s=wait_s,
        )
