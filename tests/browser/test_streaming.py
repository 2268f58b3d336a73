"""A model's words in a browser: as they come, once, and whole after a reload in the middle of them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.console import SOON_MS
from tests.browser.house import house
from tests.fakes.model_stub import Answer, ModelStub
from tests.fakes.model_wire import Text, Wait
from tests.provision.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="session")]

HALF, REST = "The first half of it,", " and then the rest."


async def test_words_are_shown_as_they_come_and_after_a_reload_in_the_middle(engine: Engine, tmp_path: Path) -> None:
    more = asyncio.Event()
    async with ModelStub().running() as stub:
        stub.script = [Answer([Text(HALF), Wait(more), Text(REST)])]
        settings = {"RUNNER": "llm", "LLM_API": "openai", "LLM_URL": f"{stub.url}/v1", "LLM_MODEL": "m", "LLM_KEY": "k"}
        async with house(engine, tmp_path, **settings) as home:
            console = await home.browser(await home.account("operator"), "/sessions")
            page = console.page
            await page.get_by_role("button", name="New session").click()
            # There is a choice of who answers; the default is chosen.
            await page.get_by_role("button", name="Begin").click()
            await page.get_by_label("Message").fill("Tell me.")
            await page.keyboard.press("Enter")
            await expect(page.get_by_text(HALF, exact=True)).to_be_visible(timeout=SOON_MS)
            await page.reload()
            await expect(page.get_by_text(HALF, exact=True)).to_be_visible(timeout=SOON_MS)
            more.set()
            # In the transcript, and no longer beside it as what is being written.
            await expect(page.get_by_text(HALF + REST, exact=True)).to_be_visible(timeout=SOON_MS)
            await expect(page.get_by_text(HALF, exact=True)).to_have_count(0)
            assert console.errors == []
