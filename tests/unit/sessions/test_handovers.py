"""A person in place of the runner."""

from __future__ import annotations

import asyncio
import json

import pytest

from server.access import Principal
from server.protocol.sessions import SessionSummary
from server.sessions.errors import (
    SessionClosed,
    SessionTaken,
)
from server.sessions.posting import MOST_UNANSWERED
from server.sessions.service import Sessions
from tests.fakes.conducting import FakeConductor
from tests.fakes.log import HandledLog
from tests.fakes.sink import Sink


def types(sink: Sink) -> list[str]:
    return [event.type for event in sink.events]


async def test_a_person_is_asked_for_with_what_was_said_last(
    sessions: Sessions, session: SessionSummary, ann: Principal, log: HandledLog
) -> None:
    await sessions.post(ann, session.id, "why is\nweb down?", command_id="c1")
    await sessions.post(ann, session.id, "x" * 1000, command_id="c2")
    sink = Sink(log)
    asked = await sessions.handover(ann, session.id, "ask", "It does not understand me.")
    assert types(sink) == ["session.handover", "workspace.session"]
    assert asked.handover is not None
    assert asked.handover.reason == "It does not understand me."
    assert [len(line) for line in asked.handover.summary.splitlines()] == [len("ann: why is web down?"), 200]
    assert (await sessions.handover(ann, session.id, "ask", None)).handover != asked.handover


async def test_who_takes_a_session_first_has_it(
    sessions: Sessions, session: SessionSummary, ann: Principal, bob: Principal, log: HandledLog
) -> None:
    sink = Sink(log)
    both = [sessions.handover(by, session.id, "take", None) for by in (bob, ann)]
    taken, refused = await asyncio.gather(*both, return_exceptions=True)
    assert isinstance(taken, SessionSummary)
    assert isinstance(refused, SessionTaken)
    assert taken.taken_by == "bob"
    assert "bob" in refused.message
    assert await sessions.handover(bob, session.id, "take", None) == taken
    assert types(sink) == ["session.changed", "workspace.session", "audit.recorded"]
    assert json.loads(sink.events[-1].text)["data"]["action"] == "session_taken"


async def test_in_a_taken_session_all_may_write_and_no_run_begins(
    sessions: Sessions, conductor: FakeConductor, session: SessionSummary, ann: Principal, bob: Principal
) -> None:
    await sessions.handover(bob, session.id, "take", None)
    for n in range(MOST_UNANSWERED + 2):
        assert (await sessions.post(ann if n % 2 else bob, session.id, "hello", command_id=f"c{n}")).run is None
    assert conductor.launched == []


async def test_a_released_session_is_answered_by_its_runner_again(
    sessions: Sessions, conductor: FakeConductor, session: SessionSummary, ann: Principal, bob: Principal
) -> None:
    await sessions.handover(ann, session.id, "ask", None)
    await sessions.handover(bob, session.id, "take", None)
    # ann is an owner of the workspace.
    released = await sessions.handover(ann, session.id, "release", None)
    assert (released.taken_by, released.handover) == (None, None)
    assert await sessions.handover(ann, session.id, "release", None) == released
    assert (await sessions.post(ann, session.id, "why?", command_id="c1")).run is not None


async def test_a_session_that_somebody_has_is_not_released_by_another_member(
    sessions: Sessions, session: SessionSummary, ann: Principal, bob: Principal
) -> None:
    await sessions.handover(ann, session.id, "take", None)
    with pytest.raises(SessionTaken):
        await sessions.handover(bob, session.id, "release", None)


async def test_a_closed_session_is_handed_to_nobody(
    sessions: Sessions, session: SessionSummary, ann: Principal
) -> None:
    await sessions.close(ann, session.id)
    with pytest.raises(SessionClosed):
        await sessions.handover(ann, session.id, "take", None)
