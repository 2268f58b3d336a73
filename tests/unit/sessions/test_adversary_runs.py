"""What a run, or whoever tells it what to do, could do beyond what was decided or said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.access import Principal, Role
from server.errors import AppError
from server.protocol.sessions import PolicyView
from server.sessions.runner import RunHost, ToolCall, ToolResult, Turn
from server.sessions.tools.toolbox import Subject
from tests.fakes.runner import hangs, swallows_cancellation
from tests.fakes.sessions import WORKSPACE, SessionsHouse, person, sessions_house
from tests.fakes.toolbox import FakeTools

READ = ToolCall("1", "read", {"container": "web"})
RESTART = ToolCall("1", "restart", {"container": "web"})


class SlowTools(FakeTools):
    """`read` is about `web` too. `under_way`: acting takes as long as nobody sets `over`."""

    def __init__(self) -> None:
        super().__init__()
        self.over = asyncio.Event()
        self.under_way = False

    async def resolve(self, call: ToolCall, by: Principal) -> Subject:
        subject = await super().resolve(call, by)
        return Subject(self.container_id, "web", subject.title, subject.risk)

    async def act(self, call: ToolCall, subject: Subject, by: Principal, command_id: str) -> ToolResult:
        self.under_way = True
        await self.over.wait()
        self.under_way = False
        return await super().act(call, subject, by, command_id)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SessionsHouse]:
    async with sessions_house(tmp_path) as house:
        house.toolbox = SlowTools()
        await house.restart()
        yield house


def tools_of(house: SessionsHouse) -> SlowTools:
    assert isinstance(house.toolbox, SlowTools)
    return house.toolbox


async def reads_under_ask_always(house: SessionsHouse) -> str:
    await house.store.set_policy(WORKSPACE, PolicyView(mode="ask_always"))
    house.runner.script = [house.runner.calls(READ)]
    return (await house.say()).id


async def test_a_container_that_was_replaced_meanwhile_is_not_read_either(house: SessionsHouse) -> None:
    run = await reads_under_ask_always(house)
    house.toolbox.container_id = "another"
    await house.decide("allow", "bob")
    assert house.toolbox.reads == []
    assert house.runner.results[0].code == "grant_invalid"
    assert house.statuses(run)[-1] == "completed"


async def test_what_was_allowed_to_be_read_is_not_when_who_allowed_it_may_not_any_more(house: SessionsHouse) -> None:
    await reads_under_ask_always(house)
    allowed = house.store.pending()[0].id
    await house.broker.decide(allowed, "allow", None, house.people["bob"])
    house.people["bob"] = person("bob", Role.VIEWER)
    await house.settle()
    assert house.toolbox.reads == []


async def test_what_may_be_read_is_read_as_who_asked(house: SessionsHouse) -> None:
    await reads_under_ask_always(house)
    await house.decide("allow", "bob")
    assert house.toolbox.reads == [("1", "ann")]


async def test_a_stop_does_not_say_that_all_has_ended_while_something_is_being_done(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.calls(RESTART)]
    run = await house.say()
    await house.decide("allow", "bob")
    assert tools_of(house).under_way
    ended = await house.conductor.stop(run.id, "ann")
    assert (ended.state, ended.code) == ("failed", "stop_incomplete")
    assert "Restart web" in (ended.error or "")


async def test_a_stop_after_something_was_done_is_a_stop(house: SessionsHouse) -> None:
    tools_of(house).over.set()
    house.runner.script = [house.runner.calls(RESTART), hangs]
    run = await house.say()
    await house.decide("allow", "bob")
    assert (await house.conductor.stop(run.id, "ann")).state == "stopped"


async def test_one_run_asks_for_a_person_once(house: SessionsHouse) -> None:
    async def begs(turn: Turn, host: RunHost) -> None:
        for _ in range(50):
            await host.hand_over("Help!", "Somebody told the model to shout.")

    house.runner.script = [begs]
    await house.say()
    assert len([event for event in house.events if event["type"] == "session.handover"]) == 1


async def test_a_run_that_is_being_stopped_uses_nothing_that_was_allowed_before(house: SessionsHouse) -> None:
    runner = house.runner
    errors: list[AppError] = []

    async def uses(turn: Turn, host: RunHost) -> None:
        try:
            await host.use(runner.decisions[0].permission, RESTART)
        except AppError as error:
            errors.append(error)

    runner.script = [runner.asks(RESTART), swallows_cancellation(uses)]
    run = await house.say()
    await house.decide("allow", "bob")
    await house.conductor.stop(run.id, "ann")
    assert [error.code for error in errors] == ["grant_invalid"]
    assert await house.store.grant_used_for(runner.decisions[0].permission) is None
