"""What tests read over REST while they wait for something."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import ClientSession

T = TypeVar("T")

WAIT_S = 20.0
LOOK_EVERY_S = 0.05


async def eventually(
    look: Callable[[], Awaitable[T]], holds: Callable[[T], object] = bool, *, within_s: float = WAIT_S
) -> T:
    """Look again and again until what is seen `holds`, and return it.

    Raises:
        AssertionError: it did not within `within_s`; the text is what was seen last.
    """
    seen: T | None = None
    try:
        async with asyncio.timeout(within_s):
            while True:
                seen = await look()
                if holds(seen):
                    return seen
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        raise AssertionError(f"still after {within_s:g} s: {seen!r:.2000}") from None


async def get(http: ClientSession, url: str, **query: str) -> Any:
    """The JSON at `url`, whatever the status."""
    async with http.get(url, params=query) as answer:
        return await answer.json()


async def act(http: ClientSession, server: str, container: str, action: str, **options: Any) -> tuple[int, Any]:
    """Ask for an action and wait for its outcome; return the status and the body of the answer."""
    url = f"{server}/api/v1/containers/{container}/{action}"
    async with http.post(url, params={"wait": "25"}, json=options) as answer:
        return answer.status, await answer.json()


async def all_events(http: ClientSession, server: str) -> list[Any]:
    """Every event that the log holds, oldest first."""
    events: list[Any] = []
    after, more = 0, True
    while more:
        page = await get(http, f"{server}/api/v1/events", after=str(after), limit="500")
        events += page["events"]
        after, more = page["next"], page["has_more"]
    return events
