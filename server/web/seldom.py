"""Log lines about what anybody can make happen as often as they like."""

from __future__ import annotations

import logging
from typing import Any

from server.clock import Clock


class Seldom:
    """A log that takes at most one line in `every_s` seconds; it says how many it kept to itself."""

    def __init__(self, log: logging.Logger, clock: Clock, *, every_s: float) -> None:
        self._log = log
        self._clock = clock
        self._every_s = every_s
        self._next = 0.0
        self._kept = 0

    def warning(self, message: str, **fields: Any) -> None:
        """Log `message` with `fields`, or count it."""
        now = self._clock.monotonic()
        if now < self._next:
            self._kept += 1
            return
        self._log.warning(message, extra={**fields, "more": self._kept})
        self._next, self._kept = now + self._every_s, 0
