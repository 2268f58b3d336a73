"""The signing key is renewed while the server runs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.auth.rotation import INTERVAL_S, keep_rotating
from server.auth.vault import ROTATE_S, SECRETS, Vault
from server.tasks import Tasks
from tests.fakes.clock import FakeClock


async def until_asleep(clock: FakeClock) -> None:
    while not clock.sleeping:
        await asyncio.sleep(0)


@pytest.fixture
async def running(vault: Vault, clock: FakeClock) -> AsyncIterator[None]:
    tasks = Tasks("test")
    tasks.spawn("rotation", keep_rotating(vault, clock))
    await until_asleep(clock)
    yield
    await tasks.close()


@pytest.mark.usefixtures("running")
async def test_key_is_renewed_when_it_is_due(vault: Vault, clock: FakeClock) -> None:
    first = vault.signing_key
    await clock.advance(INTERVAL_S)
    await until_asleep(clock)
    assert vault.signing_key == first
    await clock.advance(ROTATE_S)
    await until_asleep(clock)
    assert vault.signing_key != first


@pytest.mark.usefixtures("running")
async def test_disk_that_refuses_is_asked_again(vault: Vault, clock: FakeClock, tmp_path: Path) -> None:
    first, in_the_way = vault.signing_key, tmp_path / (SECRETS + ".new")
    in_the_way.mkdir()
    await clock.advance(ROTATE_S)
    await until_asleep(clock)
    assert vault.signing_key == first
    shutil.rmtree(in_the_way)
    await clock.advance(INTERVAL_S)
    await until_asleep(clock)
    assert vault.signing_key != first
