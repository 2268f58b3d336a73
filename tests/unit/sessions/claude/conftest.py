"""A runner whose command line plays what the real one once said."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server.sessions.claude.account import PYTHON
from server.sessions.claude.runner import ClaudeRunner
from tests.fakes.agent_place import Place, a_place, may_be_run

FAKE = Path(__file__).parents[3] / "fakes/claude_cli.py"
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def place() -> Iterator[Place]:
    python = next(filter(may_be_run, (PYTHON, "/usr/bin/python3", "/usr/local/bin/python3")), None)
    if python is None:
        pytest.skip(f"other users need a Python that they can run; {PYTHON} is none")
    with a_place() as place:
        cli = place.root / "claude"
        cli.write_text(FAKE.read_text(encoding="utf-8").replace("#!/usr/bin/env python3", f"#!{python} -IS", 1))
        cli.chmod(0o755)
        shutil.copytree(GOLDEN, place.root / "golden")
        yield place


@pytest.fixture
async def runner(place: Place) -> AsyncIterator[ClaudeRunner]:
    runner = place.runner()
    await runner.start()
    yield runner
    await runner.close()
