"""How the parts' health becomes the server's."""

from __future__ import annotations

import asyncio

import pytest

from server.errors import StorageUnavailable
from server.protocol.rest import PartHealth
from server.web.health import Health, Part
from tests.fakes.clock import FakeClock


def says(state: str, *, essential: bool = False) -> Part:
    async def check() -> PartHealth:
        return PartHealth(state=state)  # type: ignore[arg-type]

    return Part(check, essential=essential)


@pytest.mark.parametrize(
    ("log", "engine", "expected"),
    [
        ("ok", "ok", "ok"),
        ("ok", "down", "degraded"),
        ("ok", "degraded", "degraded"),
        ("degraded", "ok", "degraded"),
        ("down", "ok", "down"),
    ],
)
async def test_only_an_essential_part_takes_the_server_down(log: str, engine: str, expected: str) -> None:
    parts = {"log": says(log, essential=True), "engine": says(engine)}
    answer = await Health(parts, clock=FakeClock()).look()
    assert answer.state == expected
    assert {name: part.state for name, part in answer.parts.items()} == {"log": log, "engine": engine}


async def test_a_check_that_fails_is_a_part_that_is_down_with_the_reason() -> None:
    async def check() -> PartHealth:
        raise StorageUnavailable("The disk is full.")

    answer = await Health({"log": Part(check, essential=True)}, clock=FakeClock()).look()
    assert answer.parts["log"] == PartHealth(state="down", message="The disk is full.")


async def test_a_check_with_a_bug_tells_no_details() -> None:
    async def check() -> PartHealth:
        raise ValueError("secret detail")

    answer = await Health({"log": Part(check)}, clock=FakeClock()).look()
    assert answer.parts["log"].state == "down"
    assert "secret" not in str(answer.parts["log"].message)


async def test_a_check_that_does_not_answer_is_not_waited_for() -> None:
    async def check() -> PartHealth:
        await asyncio.Event().wait()
        raise AssertionError

    answer = await Health({"log": Part(check)}, clock=FakeClock(), within_s=0.01).look()
    assert answer.parts["log"].state == "down"
    assert "did not answer" in str(answer.parts["log"].message)


async def test_the_uptime_counts_from_the_start() -> None:
    clock = FakeClock()
    parts = Health({}, clock=clock)
    await clock.advance(90)
    assert (await parts.look()).uptime_s == 90
