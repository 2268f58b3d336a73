"""Saying something, stopping and resuming."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from server.access import Principal
from server.errors import StorageUnavailable
from server.eventlog.log import IdReused
from server.protocol.sessions import RunState, SessionSummary
from server.sessions.errors import (
    EmptyMessage,
    NothingToResume,
    NothingToStop,
    RunnerUnavailable,
    SessionBusy,
    SessionClosed,
    SessionTaken,
)
from server.sessions.posting import MOST_UNANSWERED
from server.sessions.service import Sessions
from server.sessions.store import Store
from tests.fakes.conducting import FakeConductor
from tests.fakes.database import HandledDatabase
from tests.fakes.log import HandledLog
from tests.fakes.session_views import opened, run_view, session_summary, status
from tests.fakes.sink import Sink


async def test_a_message_is_stored_with_its_run_and_then_the_run_is_launched(
    sessions: Sessions, conductor: FakeConductor, session: SessionSummary, ann: Principal, log: HandledLog
) -> None:
    sink = Sink(log)
    accepted = await sessions.post(ann, session.id, "  why is web down? ", command_id="c1")
    assert [event.type for event in sink.batches[0]] == ["session.message", "session.status", "workspace.session"]
    assert (accepted.message.text, accepted.message.by) == ("why is web down?", "ann")
    assert accepted.run is not None
    assert accepted.run.message == accepted.message.id
    assert conductor.launched == [accepted.run]


async def test_the_same_message_again_is_accepted_as_it_was_and_said_once(
    sessions: Sessions, store: Store, conductor: FakeConductor, session: SessionSummary, ann: Principal
) -> None:
    posts = [sessions.post(ann, session.id, "why?", command_id="c1") for _ in range(3)]
    first, *others = await asyncio.gather(*posts)
    assert others == [first, first]
    assert (len(conductor.launched), store.get(session.id).messages) == (1, 1)
    with pytest.raises(IdReused):
        await sessions.post(ann, session.id, "why not?", command_id="c1")


async def test_the_same_message_again_after_a_restart_is_accepted_as_it_was(
    sessions: Sessions, conductor: FakeConductor, session: SessionSummary, ann: Principal
) -> None:
    first = await sessions.post(ann, session.id, "why?", command_id="c1")
    assert first.run is not None
    await conductor.put(replace(first.run, state="completed"))
    sessions._answered._answers.clear()  # noqa: SLF001 - what a restart forgets
    assert await sessions.post(ann, session.id, "why?", command_id="c1") == first
    assert len(conductor.launched) == 1


async def test_the_same_message_again_is_accepted_though_the_session_was_closed(
    sessions: Sessions, session: SessionSummary, ann: Principal
) -> None:
    first = await sessions.post(ann, session.id, "why?", command_id="c1")
    await sessions.close(ann, session.id)
    assert await sessions.post(ann, session.id, "why?", command_id="c1") == first


async def test_two_people_may_use_the_same_id(
    sessions: Sessions, store: Store, session: SessionSummary, ann: Principal, bob: Principal
) -> None:
    await sessions.post(ann, session.id, "mine", command_id="c1")
    await sessions.post(bob, session.id, "his", command_id="c1")
    assert [message.by for message in await store.said(session.id, limit=5)] == ["ann", "bob"]


async def test_a_message_during_a_run_waits_for_the_next_one(
    sessions: Sessions, store: Store, conductor: FakeConductor, session: SessionSummary, ann: Principal, bob: Principal
) -> None:
    await sessions.post(ann, session.id, "why?", command_id="c1")
    accepted = await sessions.post(bob, session.id, "and since when?", command_id="c2")
    assert accepted.run is None
    assert await store.unanswered(session.id) == [accepted.message]
    assert len(conductor.launched) == 1


async def test_a_session_takes_no_more_messages_than_one_run_can_answer(
    sessions: Sessions, session: SessionSummary, ann: Principal
) -> None:
    for n in range(MOST_UNANSWERED + 1):
        await sessions.post(ann, session.id, "why?", command_id=f"c{n}")
    with pytest.raises(SessionBusy):
        await sessions.post(ann, session.id, "why?", command_id="one more")


async def test_a_message_to_a_closed_session_is_refused(
    sessions: Sessions, session: SessionSummary, ann: Principal
) -> None:
    await sessions.close(ann, session.id)
    with pytest.raises(SessionClosed):
        await sessions.post(ann, session.id, "why?", command_id="c1")


async def test_a_message_is_refused_when_its_runner_is_not_configured_any_more(
    sessions: Sessions, store: Store, ann: Principal
) -> None:
    await store.append("s1", [opened(session_summary(runner="claude"))])
    with pytest.raises(RunnerUnavailable):
        await sessions.post(ann, "s1", "why?", command_id="c1")


async def test_a_message_that_is_none_changes_nothing(
    sessions: Sessions, store: Store, session: SessionSummary, ann: Principal
) -> None:
    with pytest.raises(EmptyMessage):
        await sessions.post(ann, session.id, " \n\t ", command_id="c1")
    assert store.get(session.id).messages == 0


async def test_a_message_that_could_not_be_stored_launches_nothing(
    sessions: Sessions, conductor: FakeConductor, session: SessionSummary, ann: Principal, log: HandledLog
) -> None:
    log.full = True
    with pytest.raises(StorageUnavailable):
        await sessions.post(ann, session.id, "why?", command_id="c1")
    log.full = False
    assert conductor.launched == []
    assert (await sessions.post(ann, session.id, "why?", command_id="c1")).run is not None


async def test_a_run_is_launched_though_who_asked_has_gone(
    sessions: Sessions,
    conductor: FakeConductor,
    session: SessionSummary,
    ann: Principal,
    database: HandledDatabase,
) -> None:
    database.held.clear()
    posting = asyncio.get_running_loop().create_task(sessions.post(ann, session.id, "why?", command_id="c1"))
    await database.until_held()
    posting.cancel()
    database.held.set()
    with pytest.raises(asyncio.CancelledError):
        await posting
    assert len(conductor.launched) == 1


async def test_stop_ends_the_newest_run_and_again_does_not_stop_the_next(
    sessions: Sessions, conductor: FakeConductor, session: SessionSummary, ann: Principal, bob: Principal
) -> None:
    first = (await sessions.post(ann, session.id, "why?", command_id="c1")).run
    assert first is not None
    stopped = await sessions.command(bob, session.id, "stop", command_id="c2")
    assert (stopped.id, stopped.state, stopped.stopped_by) == (first.id, "stopped", "bob")
    await sessions.post(ann, session.id, "go on", command_id="c3")
    assert await sessions.command(bob, session.id, "stop", command_id="c2") == stopped
    assert conductor.stopped == [(first.id, "bob")]


async def test_nothing_is_stopped_where_nothing_ever_ran(
    sessions: Sessions, session: SessionSummary, ann: Principal
) -> None:
    with pytest.raises(NothingToStop):
        await sessions.command(ann, session.id, "stop", command_id="c1")


async def test_a_run_is_stopped_by_its_id_once(
    sessions: Sessions, conductor: FakeConductor, session: SessionSummary, ann: Principal
) -> None:
    run = (await sessions.post(ann, session.id, "why?", command_id="c1")).run
    assert run is not None
    stopped = await sessions.stop_run(ann, run.id)
    assert await sessions.stop_run(ann, run.id) == await sessions.run(ann, run.id) == stopped
    assert len(conductor.stopped) == 1


@pytest.mark.parametrize("state", ["failed", "stopped"])
async def test_resume_answers_the_same_message_again_once(
    sessions: Sessions, conductor: FakeConductor, session: SessionSummary, ann: Principal, state: RunState
) -> None:
    accepted = await sessions.post(ann, session.id, "why?", command_id="c1")
    assert accepted.run is not None
    await conductor.put(replace(accepted.run, state=state))
    run = await sessions.command(ann, session.id, "resume", command_id="c2")
    assert (run.message, run.state, run.id == accepted.run.id) == (accepted.message.id, "queued", False)
    assert await sessions.command(ann, session.id, "resume", command_id="c2") == run
    assert conductor.launched == [accepted.run, run]


@pytest.mark.parametrize("state", [None, "running", "completed"])
async def test_there_is_nothing_to_resume_unless_the_last_run_was_broken_off(
    sessions: Sessions, store: Store, session: SessionSummary, ann: Principal, state: Any
) -> None:
    if state is not None:
        accepted = await sessions.post(ann, session.id, "why?", command_id="c1")
        await store.append(session.id, [status(run_view(accepted.message.id, session.id, state=state))])
    with pytest.raises(NothingToResume):
        await sessions.command(ann, session.id, "resume", command_id="c2")


async def test_nothing_is_resumed_in_a_session_that_is_taken_or_closed(
    sessions: Sessions, session: SessionSummary, ann: Principal
) -> None:
    await sessions.post(ann, session.id, "why?", command_id="c1")
    await sessions.command(ann, session.id, "stop", command_id="c2")
    await sessions.handover(ann, session.id, "take", None)
    with pytest.raises(SessionTaken):
        await sessions.command(ann, session.id, "resume", command_id="c3")
    await sessions.close(ann, session.id)
    with pytest.raises(SessionClosed):
        await sessions.command(ann, session.id, "resume", command_id="c4")
