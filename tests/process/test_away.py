"""A client that was away for long is given everything, page by page, or told plainly what it will not get."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.process.churn import churn
from tests.process.client import SocketClient, joined
from tests.process.server import serving
from tests.provision.engine import Engine

pytestmark = pytest.mark.engine

# More than one message takes (1000), and far more than what the server keeps in memory here.
MISSED, RING = 1100, "50"


async def test_more_than_fits_one_message_comes_in_pages_from_the_disk_once_and_in_order(
    engine: Engine, http: ClientSession, tmp_path: Path
) -> None:
    async with (
        serving(tmp_path, engine=engine.url, RING=RING) as server,
        churn(engine) as churned,
    ):
        await churned.rename(MISSED)
        stored = await churned.logged(http, server.url)
        async with joined(http, server.url, last_seq="0") as returned:
            await returned.until(lambda: len(returned.events) >= len(stored))
            pages = [message for message in returned.messages if message["type"] == "missed_events"]
            await churned.rename(1)
            await returned.until(lambda: len(returned.events) > len(stored))

    assert returned.events[: len(stored)] == stored
    assert len(pages) > 1
    assert [page["data"]["has_more"] for page in pages] == [True] * (len(pages) - 1) + [False]


async def test_who_does_not_acknowledge_a_page_is_told_of_the_gap_and_is_live(
    engine: Engine, http: ClientSession, tmp_path: Path
) -> None:
    async with serving(tmp_path, engine=engine.url, REPLAY_ACK_S="0.5") as server, churn(engine) as churned:
        await churned.rename(MISSED)
        await churned.logged(http, server.url)
        silent = SocketClient(http, server.url, acknowledges=False)
        await silent.connect(last_seq="0")
        gap = await silent.answer("gap")
        held = len(silent.events)
        (name,) = await churned.rename(1)
        await silent.until(lambda: len(silent.events) > held)
        await silent.close()

    assert gap["data"]["reason"] == "not_acknowledged"
    assert gap["data"]["from"] == silent.events[held - 1]["seq"]
    assert silent.events[held]["data"]["container"]["name"] == name
