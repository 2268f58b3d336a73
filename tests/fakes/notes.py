"""Events that mean nothing, for tests that only care for their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.eventlog.log import EventLog, NewEvent, Page


def noted(channel: str = "system", **data: Any) -> NewEvent:
    return NewEvent("test.noted", channel, data)


async def fill(log: EventLog, channels: Sequence[str]) -> None:
    """Append one event to each of `channels`, in this order."""
    for channel in channels:
        await log.append([noted(channel)])


def seqs(page: Page) -> list[int]:
    return [event.seq for event in page.events]
