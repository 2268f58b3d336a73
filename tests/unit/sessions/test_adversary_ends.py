"""What somebody could do so that a run never ends, or a request is never decided."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from server.eventlog.log import IdempotencyKey
from server.ids import new_id
from server.protocol.session_events import SessionMessageData
from server.protocol.sessions import MessageView
from server.sessions.runner import RunFailed, ToolCall
from tests.fakes.runner import breaks
from tests.fakes.sessions import SessionsHouse, person, sessions_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SessionsHouse]:
    async with sessions_house(tmp_path) as house:
        yield house


async def says_under(house: SessionsHouse, name: str, key: str) -> None:
    """Have somebody called `name` say something elsewhere, under an id of their choice, as `Posting` does."""
    session = await house.open_session()
    message = MessageView(id=new_id(), speaker="person", by=name, text="hello", at="2026-11-20T09:00:00.000Z")
    event = ("session.message", SessionMessageData(session=session, message=message))
    request = msgspec.json.encode(("message", session, message.text))
    await house.store.append(session, [event], idem=IdempotencyKey(person(name).id, key, request))


async def test_no_name_of_an_account_keeps_a_run_from_ending(house: SessionsHouse) -> None:
    house.runner.by_hand = True
    run = await house.say()
    await says_under(house, "run-end", run.id)
    house.runner.hand(run.id, None)
    await house.settle()
    assert house.statuses(run.id) == ["queued", "running", "completed"]


async def test_no_name_of_an_account_keeps_a_request_from_being_decided(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.calls(ToolCall("1", "restart", {"container": "web"}))]
    run = await house.say()
    await says_under(house, "permission", house.store.pending()[0].id)
    await house.decide("allow", "bob")
    assert house.statuses(run.id)[-1] == "completed"
    assert len(house.toolbox.acts) == 1


@pytest.mark.parametrize("said", ["half a character: \ud800", "\x00" * 300_000], ids=["surrogate", "huge"])
async def test_a_run_ends_whatever_the_error_says_that_it_fails_of(house: SessionsHouse, said: str) -> None:
    house.runner.script = [breaks(RunFailed(said))]
    run = await house.say()
    assert house.statuses(run.id) == ["queued", "running", "failed"]
    (error,) = house.of(run.id, "session.error")
    assert error["code"] == "run_failed"


async def test_a_run_ends_whatever_is_left_of_it(house: SessionsHouse) -> None:
    house.runner.left = ["sleep \udcff"]
    house.runner.script = [breaks(RunFailed("It broke."))]
    run = await house.say()
    assert house.statuses(run.id)[-1] == "failed"
