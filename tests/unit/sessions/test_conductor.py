from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.errors import StorageUnavailable
from server.sessions.errors import RunNotFound
from server.sessions.limits import RunLimits
from server.sessions.runner import ModelUnavailable, Said, ToolCall
from tests.fakes.log import HandledLog
from tests.fakes.runner import (
    breaks,
    hangs,
    ignores_cancellation,
    says,
    streams,
    swallows_cancellation,
)
from tests.fakes.sessions import SessionsHouse, sessions_house

CALL = ToolCall(id="1", tool="Bash", arguments={"command": "uptime"})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SessionsHouse]:
    async with sessions_house(tmp_path, limits=RunLimits(runs=2)) as house:
        yield house


def log_of(house: SessionsHouse) -> HandledLog:
    assert isinstance(house.log, HandledLog)
    return house.log


async def test_a_run_answers_and_completes(house: SessionsHouse) -> None:
    house.runner.script = [says("Hello yourself.")]
    run = await house.say("hello")
    assert run.state == "completed"
    assert house.statuses(run.id) == ["queued", "running", "completed"]
    assert house.texts(run.id) == ["Hello yourself."]


async def test_a_run_is_told_what_was_said_before_and_what_it_answers(house: SessionsHouse) -> None:
    house.runner.script = [says("Fine.")]
    session = await house.open_session()
    await house.post(session, "How is web?")
    await house.post(session, "And db?")
    first, second = house.runner.turns
    assert (first.text, first.history) == ("How is web?", ())
    assert (second.text, second.by) == ("And db?", "ann")
    assert second.history == (Said("person", "ann", "How is web?"), Said("assistant", "builtin", "Fine."))


async def test_a_run_that_says_nothing_completes(house: SessionsHouse) -> None:
    run = await house.say()
    assert house.statuses(run.id) == ["queued", "running", "completed"]


async def test_an_expected_failure_is_told_with_its_code(house: SessionsHouse) -> None:
    house.runner.script = [breaks(ModelUnavailable("The model is busy. Try again."))]
    run = await house.say()
    assert (run.state, run.code, run.error) == ("failed", "model_unavailable", "The model is busy. Try again.")
    (error,) = house.of(run.id, "session.error")
    assert (error["code"], error["temporary"]) == ("model_unavailable", True)


async def test_a_runner_with_a_bug_fails_its_run_without_telling_the_details(house: SessionsHouse) -> None:
    house.runner.script = [breaks(RuntimeError("secret"))]
    run = await house.say()
    assert (run.state, run.code) == ("failed", "internal")
    assert "secret" not in str(house.events)


async def test_a_runner_that_cancels_itself_fails_its_run(house: SessionsHouse) -> None:
    house.runner.script = [breaks(asyncio.CancelledError())]
    run = await house.say()
    assert (run.state, run.code) == ("failed", "internal")


async def test_whatever_fails_is_cleaned_up_and_what_is_left_is_named(house: SessionsHouse) -> None:
    house.runner.script = [breaks(ModelUnavailable("Gone."))]
    house.runner.left = ["17 claude"]
    run = await house.say()
    assert house.runner.cleaned == [run.id]
    assert run.error == "Gone. Still there: 17 claude."


async def test_a_stop_is_done_when_it_returns(house: SessionsHouse) -> None:
    house.runner.script = [hangs]
    run = await house.say()
    stopped = await house.conductor.stop(run.id, "bob")
    assert (stopped.state, stopped.stopped_by, stopped.code) == ("stopped", "bob", None)
    assert house.statuses(run.id) == ["queued", "running", "stopping", "stopped"]
    assert house.runner.cleaned == [run.id]
    assert house.runner.under_way == []


async def test_a_stop_that_leaves_something_behind_says_so(house: SessionsHouse) -> None:
    house.runner.script = [hangs]
    house.runner.left = ["17 sleep", "18 sh"]
    run = await house.say()
    stopped = await house.conductor.stop(run.id, "bob")
    assert (stopped.state, stopped.code) == ("failed", "stop_incomplete")
    assert stopped.error is not None
    assert "17 sleep, 18 sh" in stopped.error


async def test_a_stop_whose_outcome_cannot_be_verified_is_not_called_one(house: SessionsHouse) -> None:
    house.runner.script = [hangs]
    house.runner.clean_up_error = OSError("no /proc")
    run = await house.say()
    assert (await house.conductor.stop(run.id, "bob")).code == "stop_incomplete"


async def test_a_stop_waits_for_a_runner_that_takes_its_time(house: SessionsHouse) -> None:
    done = asyncio.Event()
    house.runner.script = [ignores_cancellation(done)]
    run = await house.say()
    stopping = asyncio.ensure_future(house.conductor.stop(run.id, "bob"))  # noqa: TID251
    await house.settle()
    assert not stopping.done()
    done.set()
    assert (await stopping).state == "stopped"


async def test_a_runner_that_never_ends_is_given_up_and_named(house: SessionsHouse) -> None:
    house.runner.script = [ignores_cancellation(asyncio.Event())]
    run = await house.say()
    stopping = asyncio.ensure_future(house.conductor.stop(run.id, "bob"))  # noqa: TID251
    await house.advance(60)
    stopped = await stopping
    assert (stopped.state, stopped.code) == ("failed", "stop_incomplete")
    assert "the runner itself" in str(stopped.error)


async def test_what_a_runner_says_after_its_run_was_given_up_does_not_count(house: SessionsHouse) -> None:
    late = asyncio.Event()
    house.runner.script = [ignores_cancellation(late), says("I am still here.")]
    run = await house.say()
    stopping = asyncio.ensure_future(house.conductor.stop(run.id, "bob"))  # noqa: TID251
    await house.advance(60)
    await stopping
    late.set()
    await house.settle()
    assert house.texts(run.id) == []
    assert house.statuses(run.id)[-1] == "failed"


async def test_a_runner_may_finish_its_sentence_when_it_is_stopped(house: SessionsHouse) -> None:
    house.runner.script = [swallows_cancellation(says("Interrupted."))]
    run = await house.say()
    assert (await house.conductor.stop(run.id, "bob")).state == "stopped"
    assert house.texts(run.id) == ["Interrupted."]


async def test_stopping_twice_and_after_the_end_changes_nothing(house: SessionsHouse) -> None:
    house.runner.script = [hangs]
    run = await house.say()
    both = await asyncio.gather(house.conductor.stop(run.id, "bob"), house.conductor.stop(run.id, "ann"))
    again = await house.conductor.stop(run.id, "ann")
    assert [view.stopped_by for view in (*both, again)] == ["bob"] * 3
    assert house.statuses(run.id) == ["queued", "running", "stopping", "stopped"]


async def test_a_stop_in_the_moment_of_completion_leaves_one_end(house: SessionsHouse) -> None:
    house.runner.by_hand = True
    for turns in range(40):
        run = await house.say()
        house.runner.hand(run.id, None)
        for _ in range(turns):
            await asyncio.sleep(0)
        stopped = await house.conductor.stop(run.id, "bob")
        ends = [state for state in house.statuses(run.id) if state in ("completed", "stopped", "failed")]
        assert ends == [stopped.state]


async def test_there_is_nothing_to_stop_without_a_run(house: SessionsHouse) -> None:
    with pytest.raises(RunNotFound):
        await house.conductor.stop("01J0000000000000000000000", "bob")


async def test_more_runs_than_seats_wait_and_begin_in_order(house: SessionsHouse) -> None:
    house.runner.by_hand = True
    runs = [await house.say(f"{n}") for n in range(4)]
    assert [(await house.store.run(run.id)).state for run in runs] == ["running", "running", "queued", "queued"]
    house.runner.hand(runs[1].id, None)
    await house.settle()
    assert [(await house.store.run(run.id)).state for run in runs] == ["running", "completed", "running", "queued"]


async def test_a_queued_run_can_be_stopped_and_never_begins(house: SessionsHouse) -> None:
    house.runner.by_hand = True
    runs = [await house.say(f"{n}") for n in range(3)]
    assert (await house.conductor.stop(runs[2].id, "bob")).state == "stopped"
    house.runner.hand(runs[0].id, None)
    await house.settle()
    assert house.statuses(runs[2].id) == ["queued", "stopped"]
    assert [turn.text for turn in house.runner.turns] == ["0", "1"]


async def test_a_run_that_was_appended_and_not_launched_yet_can_be_stopped(house: SessionsHouse) -> None:
    house.runner.script = [hangs]
    session = await house.open_session()
    launch, house.conductor.launch = house.conductor.launch, lambda run: None  # type: ignore[method-assign]
    run = await house.post(session, "hello")
    assert run is not None
    assert (await house.conductor.stop(run.id, "bob")).state == "stopped"
    launch(run)
    await house.settle()
    assert house.statuses(run.id)[-1] == "stopped"


async def test_messages_that_come_meanwhile_are_answered_by_one_run_when_the_first_has_ended(
    house: SessionsHouse,
) -> None:
    house.runner.by_hand = True
    session = await house.open_session()
    first = await house.post(session, "one")
    assert first is not None
    assert await house.post(session, "two") is None
    assert await house.post(session, "three") is None
    house.runner.hand(first.id, None)
    await house.settle()
    assert [turn.text for turn in house.runner.turns] == ["one", "two\n\nthree"]
    assert house.runner.turns[1].history == (Said("person", "ann", "one"),)
    house.runner.hand(house.runner.turns[1].run, None)
    await house.settle()
    assert not house.conductor.is_active(session)


async def test_two_peoples_messages_are_never_one_request(house: SessionsHouse) -> None:
    session = await house.open_session()
    house.runner.by_hand = True
    first = await house.post(session, "one")
    assert first is not None
    await house.post(session, "remove everything", by="bob")
    await house.post(session, "thanks")
    for _ in range(3):
        house.runner.hand(house.runner.turns[-1].run, None)
        await house.settle()
    assert [(turn.text, turn.by) for turn in house.runner.turns] == [
        ("one", "ann"),
        ("remove everything", "bob"),
        ("thanks", "ann"),
    ]


async def test_nothing_answers_in_a_session_that_a_person_has_taken(house: SessionsHouse) -> None:
    house.runner.by_hand = True
    session = await house.open_session()
    first = await house.post(session, "one")
    assert first is not None
    await house.post(session, "two")
    await house.change(session, "taken")
    house.runner.hand(first.id, None)
    await house.settle()
    assert len(house.runner.turns) == 1


async def test_nothing_answers_in_a_session_that_was_closed(house: SessionsHouse) -> None:
    house.runner.by_hand = True
    session = await house.open_session()
    first = await house.post(session, "one")
    assert first is not None
    await house.post(session, "two")
    await house.change(session, "closed")
    house.runner.hand(first.id, None)
    await house.settle()
    assert len(house.runner.turns) == 1


async def test_what_was_streamed_when_a_run_died_is_kept_as_a_partial_message(house: SessionsHouse) -> None:
    house.runner.script = [streams("I thi", "nk that"), breaks(ModelUnavailable("The stream was cut."))]
    run = await house.say()
    (data,) = house.of(run.id, "session.message")
    assert (data["message"]["text"], data["message"]["partial"]) == ("I think that", True)
    order = [event["type"] for event in house.events if event["channel"].startswith("session:")]
    assert order[-3:] == ["session.message", "session.error", "session.status"]


async def test_a_partial_message_has_the_id_under_which_it_was_streamed(house: SessionsHouse) -> None:
    house.runner.script = [streams("I thi"), hangs]
    run = await house.say()
    (delta,) = house.deltas(run.session)
    assert delta is not None
    await house.conductor.stop(run.id, "bob")
    (data,) = house.of(run.id, "session.message")
    assert data["message"]["id"] == delta["message"]
    assert house.deltas(run.session) == [delta, None]


async def test_what_was_said_whole_is_not_said_again_when_the_run_dies(house: SessionsHouse) -> None:
    house.runner.script = [streams("Al", "l fine."), says("All fine."), breaks(ModelUnavailable("Gone."))]
    assert house.texts((await house.say()).id) == ["All fine."]


async def test_the_end_of_a_run_waits_for_the_storage(house: SessionsHouse) -> None:
    house.runner.by_hand = True
    run = await house.say()
    house.runner.hand(run.id, streams("So far"))
    await house.settle()
    log_of(house).full = True
    house.runner.hand(run.id, None)
    await house.advance(30)
    assert house.statuses(run.id) == ["queued", "running"]
    assert house.conductor.is_active(run.session)
    log_of(house).full = False
    await house.advance(30)
    assert house.statuses(run.id) == ["queued", "running", "completed"]
    assert house.texts(run.id) == ["So far"]


async def test_a_stop_is_a_stop_although_the_storage_refuses_to_hear_of_it(house: SessionsHouse) -> None:
    house.runner.script = [hangs]
    run = await house.say()
    log_of(house).full = True
    stopping = asyncio.ensure_future(house.conductor.stop(run.id, "bob"))  # noqa: TID251
    await house.settle()
    assert house.runner.under_way == []
    log_of(house).full = False
    await house.advance(1)
    assert (await stopping).state == "stopped"


async def test_a_run_that_cannot_be_begun_fails(house: SessionsHouse) -> None:
    session = await house.open_session()
    house.runner.by_hand = True
    house.conductor.launch = lambda run: None  # type: ignore[method-assign]
    run = await house.post(session, "hello")
    assert run is not None
    log_of(house).full = True
    type(house.conductor).launch(house.conductor, run)
    await house.settle()
    log_of(house).full = False
    await house.advance(1)
    assert (await house.store.run(run.id)).code == StorageUnavailable.code
    assert house.statuses(run.id) == ["queued", "failed"]


async def test_a_stop_while_people_are_asked_takes_the_request_back(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.asks(CALL)]
    run = await house.say()
    assert run.state == "waiting"
    assert (await house.conductor.stop(run.id, "bob")).state == "stopped"
    assert house.statuses(run.id) == ["queued", "running", "waiting", "stopping", "stopped"]
    (permission,) = await house.store.permissions(run.session)
    assert permission.state == "cancelled"
    assert house.store.pending() == []


async def test_a_message_cancels_no_request_and_is_answered_after_the_run(house: SessionsHouse) -> None:
    house.runner.script = [house.runner.asks(CALL)]
    run = await house.say("one")
    assert await house.post(run.session, "two") is None
    assert len(house.store.pending()) == 1
    await house.decide("allow")
    assert house.statuses(run.id) == ["queued", "running", "waiting", "running", "completed"]
    assert [turn.text for turn in house.runner.turns] == ["one", "two"]


async def test_a_run_of_a_runner_that_is_not_there_fails(house: SessionsHouse) -> None:
    house.conductor._runners = {}  # noqa: SLF001
    run = await house.say()
    assert (run.state, run.code) == ("failed", "runner_unavailable")


async def test_what_is_being_written_can_be_read(house: SessionsHouse) -> None:
    house.runner.by_hand = True
    run = await house.say()
    assert house.conductor.delta(run.session) is None
    house.runner.hand(run.id, streams("So far"))
    await house.settle()
    delta = house.conductor.delta(run.session)
    assert delta is not None
    assert (delta.text, delta.run) == ("So far", run.id)
    house.runner.hand(run.id, None)
    await house.settle()
    assert house.conductor.delta(run.session) is None


async def test_a_session_that_is_full_still_ends_its_run(house: SessionsHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    house.runner.by_hand = True
    run = await house.say()
    house.runner.hand(run.id, streams("So far"))
    await house.settle()
    monkeypatch.setattr("server.sessions.memory.MOST_EVENTS", 3)
    house.runner.hand(run.id, says("More."))
    await house.settle()
    assert (await house.store.run(run.id)).code == "session_full"
