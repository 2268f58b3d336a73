"""What one person or workspace could take from all others, and what has a bound that could be walked around."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from server.sessions import memory
from server.sessions.errors import SessionFull, TooManySessions
from server.sessions.limits import RunLimits
from server.sessions.runner import ToolCall
from server.sessions.store import Store
from tests.fakes.runner import FakeRunner
from tests.fakes.session_views import changed, message_view, opened, run_view, session_summary, status, told
from tests.fakes.sessions import SessionsHouse, sessions_house

CALL = ToolCall("1", "Bash", {"command": "uptime"})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SessionsHouse]:
    runner = FakeRunner()
    runner.script = [runner.asks(CALL)]
    async with sessions_house(tmp_path, runner=runner, limits=RunLimits(runs=64)) as house:
        yield house


async def test_a_full_session_takes_no_new_title(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await store.append("s1", [opened(), told(message_view())])
    monkeypatch.setattr(memory, "MOST_EVENTS", 2)
    with pytest.raises(SessionFull):
        await store.append("s1", [changed("s1", "title", title="Another")])


async def test_nothing_is_begun_anew_in_a_full_session(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await store.append("s1", [opened(), told(message_view())])
    monkeypatch.setattr(memory, "MOST_EVENTS", 2)
    with pytest.raises(SessionFull):
        await store.append("s1", [status(run_view())])


async def test_a_run_ends_in_a_full_session_also_where_messages_wait_for_the_next_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_view()
    await store.append("s1", [opened(), status(run)])
    monkeypatch.setattr(memory, "MOST_EVENTS", 2)
    await store.append("s1", [status(replace(run, state="completed")), status(run_view("m2"))])
    assert store.get("s1").run is not None


async def test_who_opens_and_closes_sessions_without_end_makes_room_among_their_own(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST_SESSIONS", 4)
    await store.append("ours", [opened(session_summary("ours")), changed("ours", "closed")])
    for number in range(8):
        name = f"theirs-{number}"
        await store.append(name, [opened(session_summary(name, created_by="eve:ci")), changed(name, "closed")])
    assert store.find("ours") is not None
    assert len(store.all()) == 4


async def test_one_person_s_runs_that_wait_do_not_keep_others_from_being_answered(house: SessionsHouse) -> None:
    for _ in range(70):
        await house.post(await house.open_session(), "restart it", by="ann")
    run = await house.post(await house.open_session(), "restart it", by="bob")
    assert run is not None
    assert house.statuses(run.id)[-1] == "waiting"


async def test_one_person_leaves_places_for_the_sessions_of_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST_OPEN_OF_ONE", 2)
    await store.append("a", [opened(session_summary("a", created_by="eve"))])
    await store.append("b", [opened(session_summary("b", created_by="eve:ci"))])
    with pytest.raises(TooManySessions):
        await store.append("c", [opened(session_summary("c", created_by="eve:other"))])
    await store.append("d", [opened(session_summary("d", created_by="ann"))])
    await store.append("a", [changed("a", "closed")])
    await store.append("c", [opened(session_summary("c", created_by="eve"))])


async def test_a_full_session_is_not_taken_and_released_without_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.append("s1", [opened(), changed("s1", "taken")])
    monkeypatch.setattr(memory, "MOST_EVENTS", 2)
    await store.append("s1", [changed("s1", "released")])
    with pytest.raises(SessionFull):
        await store.append("s1", [changed("s1", "taken")])


async def test_a_session_that_holds_too_many_bytes_is_full_also_after_a_restart(
    house: SessionsHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.store.append("s1", [opened(), told(message_view("x" * 5000))])
    await house.restart()
    monkeypatch.setattr(memory, "MOST_B", 5000)
    with pytest.raises(SessionFull):
        await house.store.append("s1", [told(message_view("y"))])
    await house.store.append("s1", [changed("s1", "closed")])
