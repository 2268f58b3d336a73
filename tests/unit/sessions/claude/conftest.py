"""A runner whose command line plays what the real one once said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from server.sessions.claude.runner import ClaudeRunner
from tests.fakes.agent_place import Place, a_place_with_the_fake


@pytest.fixture
def place() -> Iterator[Place]:
    with a_place_with_the_fake() as place:
        yield place


@pytest.fixture
async def runner(place: Place) -> AsyncIterator[ClaudeRunner]:
    runner = place.runner()
    await runner.start()
    yield runner
    await runner.close()
