"""Sends a sample of the host at every interval, and remembers the last five minutes of them."""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Callable
from typing import NoReturn, Protocol

from server.access import Permission, Principal, require
from server.clock import Clock, rfc3339
from server.protocol import codec
from server.protocol.rest import PartHealth
from server.protocol.server import Metrics
from server.protocol.views import MetricsData, MetricsHistory, MetricsPoint

log = logging.getLogger(__name__)

HISTORY_S = 300.0
# A CPU percentage needs two readings: the first sample comes this long after the start, not a whole interval.
FIRST_S = 0.5
MISSED_INTERVALS = 3


class Sampler(Protocol):
    async def sample(self, as_of_seq: int) -> MetricsData: ...


class MetricsBroadcaster:
    """The newest sample, its history and its health. A sampler that fails is tried again at the next interval."""

    def __init__(
        self,
        sampler: Sampler,
        *,
        publish: Callable[[bytes], None],
        published: Callable[[], int],
        clock: Clock,
        interval_s: float,
    ) -> None:
        """`publish` takes a whole `metrics` message; `published` gives the published head of the log."""
        self._sampler = sampler
        self._publish = publish
        self._published = published
        self._clock = clock
        self._interval_s = interval_s
        self._points: deque[MetricsPoint] = deque(maxlen=math.ceil(HISTORY_S / interval_s))
        self._last: float | None = None
        self._failure: str | None = None
        self._latest: MetricsData | None = None

    async def run(self) -> NoReturn:
        """Sample until cancelled."""
        await self._prime()
        await self._clock.sleep(min(FIRST_S, self._interval_s))
        while True:
            started = self._clock.monotonic()
            await self.step()
            # A slow sample is followed by a short pause, not by a burst that would catch up.
            took_s = self._clock.monotonic() - started
            await self._clock.sleep(max(self._interval_s - took_s, self._interval_s / 10))

    async def step(self) -> None:
        """Take one sample, remember it and send it; or remember why there is none."""
        try:
            # Noted before the read begins: the sample may be older than what it shows, never newer.
            data = await self._sampler.sample(self._published())
        except Exception as error:  # noqa: BLE001 - it is logged, and shown as health
            self._failed(error)
            return
        if self._failure is not None:
            log.info("the host is sampled again")
        self._failure = None
        self._last = self._clock.monotonic()
        self._latest = data
        self._points.append(_point(data, self._clock.now()))
        self._publish(codec.encode(Metrics(timestamp=rfc3339(self._clock.now()), data=data)))

    def latest(self, *, by: Principal) -> MetricsData | None:
        """Return the newest sample, None until there is one.

        Raises:
            Forbidden: `by` may not look.
        """
        require(by, Permission.VIEW)
        return self._latest

    def history(self, *, by: Principal) -> MetricsHistory:
        """Return the samples of the last HISTORY_S.

        Raises:
            Forbidden: `by` may not look.
        """
        require(by, Permission.VIEW)
        return MetricsHistory(interval_s=self._interval_s, points=list(self._points))

    async def health(self) -> PartHealth:
        """Degraded while samples are missing."""
        if self._failure is not None:
            return PartHealth(state="degraded", message=f"The host cannot be sampled: {self._failure}")
        if self._last is None:
            return PartHealth(state="ok", message="The first sample is still being taken.")
        age_s = self._clock.monotonic() - self._last
        if age_s > MISSED_INTERVALS * self._interval_s + FIRST_S:
            return PartHealth(state="degraded", message=f"The newest sample of the host is {age_s:.0f} s old.")
        return PartHealth(state="ok", details={"age_s": round(age_s, 3)})

    async def _prime(self) -> None:
        try:
            await self._sampler.sample(0)
        except Exception as error:  # noqa: BLE001 - it is logged, and shown as health
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        # Once for each reason: a host that cannot be read would fill the log every two seconds.
        reason = str(error) or type(error).__name__
        if reason != self._failure:
            log.warning("the host cannot be sampled", exc_info=error)
        self._failure = reason


def _point(data: MetricsData, now_s: float) -> MetricsPoint:
    return MetricsPoint(
        at=round(now_s, 3),
        cpu_percent=data.cpu.percent,
        memory_percent=data.memory.percent,
        rx_per_s=data.network.rx_per_s,
        tx_per_s=data.network.tx_per_s,
        read_per_s=data.disk_io.read_per_s,
        write_per_s=data.disk_io.write_per_s,
    )
