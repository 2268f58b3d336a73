"""What is known of each part's health, put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from server import __version__
from server.clock import Clock
from server.errors import AppError
from server.protocol.rest import HealthAnswer, PartHealth

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """`essential`: without it nothing can be served. Another part that is down leaves the server degraded."""

    check: Callable[[], Awaitable[PartHealth]]
    essential: bool = False


class Health:
    """The parts of one server. A part whose check fails or takes longer than `within_s` counts as down."""

    def __init__(self, parts: Mapping[str, Part], *, clock: Clock, within_s: float = 2.0) -> None:
        self._parts = parts
        self._within_s = within_s
        self._clock = clock
        self._started = clock.monotonic()

    async def look(self) -> HealthAnswer:
        """Ask every part at the same time."""
        names = list(self._parts)
        found = await asyncio.gather(*(_check(self._parts[name], self._within_s) for name in names))
        parts = dict(zip(names, found, strict=True))
        return HealthAnswer(
            state=self._worst(parts),
            version=__version__,
            uptime_s=round(self._clock.monotonic() - self._started, 3),
            parts=parts,
        )

    def _worst(self, parts: dict[str, PartHealth]) -> Literal["ok", "degraded", "down"]:
        if any(parts[name].state == "down" for name, part in self._parts.items() if part.essential):
            return "down"
        return "ok" if all(part.state == "ok" for part in parts.values()) else "degraded"


async def _check(part: Part, within_s: float) -> PartHealth:
    try:
        async with asyncio.timeout(within_s):
            return await part.check()
    except TimeoutError:
        return PartHealth(state="down", message=f"did not answer within {within_s:g} s")
    except AppError as error:
        return PartHealth(state="down", message=error.message)
    except Exception:
        log.exception("a health check failed")
        return PartHealth(state="down", message="the check failed; the server's log has the details")
