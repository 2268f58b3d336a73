"""Real events of a real engine, many and fast: renames of one container through the engine's own API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from aiohttp import ClientSession, UnixConnector

from tests.process.rest import all_events, eventually
from tests.provision.engine import IMAGE, Engine


class Churn:
    """One container that changes its name. Each name is used once, so that an event tells which rename it was."""

    def __init__(self, http: ClientSession, container: str) -> None:
        self._http = http
        self._numbers = count(1)
        self.container = container
        self.names: list[str] = []

    async def rename(self, times: int) -> list[str]:
        """Rename the container `times` times, one after the other; return the names it was given."""
        names = [f"churn-{next(self._numbers)}" for _ in range(times)]
        for name in names:
            url = f"http://engine/containers/{self.container}/rename"
            async with self._http.post(url, params={"name": name}) as answer:
                assert answer.status == 204, await answer.text()
            self.names.append(name)
        return names

    async def logged(self, http: ClientSession, server: str) -> list[Any]:
        """The whole log of a server, once it holds the last of the renames."""
        return await eventually(
            lambda: all_events(http, server), lambda events: names_in(events)[-1:] == self.names[-1:]
        )


def names_in(events: list[Any]) -> list[str]:
    """The new names that `events` tell of, in their order."""
    return [event["data"]["container"]["name"] for event in events if event["type"] == "container.renamed"]


@asynccontextmanager
async def churn(engine: Engine) -> AsyncIterator[Churn]:
    """A container that has been created and does not run; it is gone afterwards."""
    container = await asyncio.to_thread(engine.docker, "create", "--network", "none", IMAGE, "true")
    async with ClientSession(connector=UnixConnector(str(engine.socket))) as http:
        try:
            yield Churn(http, container)
        finally:
            await asyncio.to_thread(engine.docker, "rm", "--force", container)
