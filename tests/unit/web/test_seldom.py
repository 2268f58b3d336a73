"""Lines that anybody can cause."""

from __future__ import annotations

import logging

import pytest

from server.web.seldom import Seldom
from tests.fakes.clock import FakeClock


async def test_a_flood_leaves_one_line_and_the_next_says_how_many_were_kept(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    seldom = Seldom(logging.getLogger("test"), clock, every_s=1)
    for _ in range(1000):
        seldom.warning("too many requests", client="a")
    await clock.advance(1)
    seldom.warning("too many requests", client="b")
    assert [(vars(record)["client"], vars(record)["more"]) for record in caplog.records] == [("a", 0), ("b", 999)]
