"""How many requests a client has left, counted by the library `limits` in a memory of ours.

The library's own memory starts a task or a thread that walks over all keys at nearly every request: with ten thousand
clients that is the denial of service which a limit is there to prevent. This one costs the same however many there are.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from dataclasses import dataclass

from limits import RateLimitItem
from limits.limits import Granularity
from limits.storage import MovingWindowSupport, Storage
from limits.strategies import MovingWindowRateLimiter

from server.clock import Clock

# Beyond it the one that was idle for the longest is forgotten. Full, this is some ten megabytes.
MOST_CLIENTS = 10_000


class PerMillisecond(RateLimitItem):
    """`amount` in `multiples` milliseconds; the library knows whole seconds only."""

    GRANULARITY = Granularity(1, "millisecond")


class WindowMemory(Storage, MovingWindowSupport):
    """The times of the last requests of each key, in milliseconds of `clock`; a storage for moving windows alone."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Clock, *, most: int = MOST_CLIENTS) -> None:
        super().__init__()
        self._clock = clock
        self._most = most
        # In the order of use, so that what is idle is found in front.
        self._hits: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._hits)

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` requests of `key`, or refuse and count nothing."""
        now = self._clock.monotonic() * 1000
        hits = self._in_window(key, now - expiry)
        if hits is None:
            hits = self._hits[key] = deque()
            self._forget_idle(now - expiry)
        else:
            self._hits.move_to_end(key)
        if len(hits) + amount > limit:
            return False
        hits.extend([now] * amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the oldest counted request was, and how many there are."""
        now = self._clock.monotonic() * 1000
        hits = self._in_window(key, now - expiry)
        return (hits[0], len(hits)) if hits else (now, 0)

    def _in_window(self, key: str, begin: float) -> deque[float] | None:
        hits = self._hits.get(key)
        while hits and hits[0] <= begin:
            hits.popleft()
        return hits

    def _forget_idle(self, begin: float) -> None:
        """Make room for one more; two that are over are forgotten for each that comes, so they do not pile up."""
        for _ in range(2):
            key, hits = next(iter(self._hits.items()))
            if len(self._hits) > self._most or (hits and hits[-1] <= begin):
                del self._hits[key]

    # What other strategies of the library would need.

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError

    def get(self, key: str) -> int:
        return len(self._hits.get(key, ()))

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        count = len(self._hits)
        self._hits.clear()
        return count

    def clear(self, key: str) -> None:
        self._hits.pop(key, None)


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a limit: `remaining` requests, and after `reset_s` more of them."""

    policy: str
    limit: int
    window_s: float
    remaining: int
    reset_s: float
    allowed: bool


class Rate:
    """At most `burst` requests at once, and `per_s` a second in the long run, of each client."""

    def __init__(self, name: str, per_s: float, burst: int, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._memory = WindowMemory(clock)
        self._limiter = MovingWindowRateLimiter(self._memory)
        self._item = PerMillisecond(burst, max(round(burst / per_s * 1000), 1))

    def take(self, client: str) -> Quota:
        """Count one request of `client`. One that is refused does not count, so that waiting helps."""
        allowed = self._limiter.hit(self._item, client)
        reset_ms, remaining = self._limiter.get_window_stats(self._item, client)
        return Quota(
            policy=self._name,
            limit=self._item.amount,
            window_s=self._item.multiples / 1000,
            remaining=remaining,
            reset_s=max(reset_ms / 1000 - self._clock.monotonic(), 0.0),
            allowed=allowed,
        )


def fields(quota: Quota) -> dict[str, str]:
    """The headers that tell a client of its quota (draft-ietf-httpapi-ratelimit-headers-10)."""
    return {
        "RateLimit-Policy": f'"{quota.policy}";q={quota.limit};w={math.ceil(quota.window_s)}',
        "RateLimit": f'"{quota.policy}";r={quota.remaining};t={math.ceil(quota.reset_s)}',
    }
