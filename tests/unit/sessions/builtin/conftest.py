from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.sessions.runbooks.library import Library
from tests.fakes import shop


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    """The samples, and five runbooks of a shop."""
    library = await Library.open(shop.runbooks(tmp_path))
    yield library
    await library.close()
