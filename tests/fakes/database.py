"""The real database with a hand on its writer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from server.storage.database import Database, T, Work


class HandledDatabase(Database):
    """A `Database` whose writes a test can hold back or make fail.

    `failures`: exceptions that the next writes raise instead of writing. `held`: while it is cleared, writes wait.
    `after_reads`: what happens after each of the next reads, before its caller goes on.
    """

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.failures: list[Exception] = []
        self.held = asyncio.Event()
        self.held.set()
        self.after_reads: list[Callable[[], Awaitable[None]]] = []
        self.entered = asyncio.Event()

    async def write(self, work: Work[T]) -> T:
        self.entered.set()
        await self.held.wait()
        if self.failures:
            raise self.failures.pop(0)
        return await super().write(work)

    async def read(self, work: Work[T]) -> T:
        result = await super().read(work)
        if self.after_reads:
            await self.after_reads.pop(0)()
        return result

    async def until_held(self) -> None:
        """Return when a write waits."""
        self.entered.clear()
        await self.entered.wait()
