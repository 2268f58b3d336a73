from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.errors import StorageUnavailable
from server.sessions import journal, memory
from server.sessions.errors import (
    SessionFull,
    TooManyPermissions,
    TooManySessions,
)
from server.sessions.store import Store
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.log import HandledLog
from tests.fakes.session_views import (
    asked,
    changed,
    decided,
    message_view,
    opened,
    permission_view,
    run_view,
    session_summary,
    status,
    told,
    tool_call,
)


async def test_nothing_more_is_appended_when_too_many_events_have_no_rows(
    store: Store, database: HandledDatabase, log: HandledLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MOST_WAITING", 3)
    database.failures = [StorageUnavailable("The disk is full.")] * 2
    await store.append("s1", [opened()])
    await store.append("s1", [told(message_view())])
    head = (await log.position()).head
    with pytest.raises(StorageUnavailable):
        await store.append("s1", [told(message_view())])
    assert (await log.position()).head == head


async def test_a_full_session_takes_only_what_ends_something(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_view()
    permission = permission_view(run)
    await store.append("s1", [opened(), status(run), asked(permission)])
    monkeypatch.setattr(memory, "MOST_EVENTS", 3)
    with pytest.raises(SessionFull):
        await store.append("s1", [told(message_view())])
    done = replace(permission, state="cancelled")
    await store.append("s1", [decided(done), status(replace(run, state="failed")), changed("s1", "closed")])
    assert store.get("s1").state == "closed"


async def test_a_session_is_as_full_after_a_restart(
    store: Store, log: HandledLog, database: HandledDatabase, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.append("s1", [opened(), told(message_view())])
    again = await Store.open(log, database, clock)
    monkeypatch.setattr(memory, "MOST_EVENTS", 2)
    with pytest.raises(SessionFull):
        await again.append("s1", [told(message_view())])


async def test_the_closed_session_that_changed_longest_ago_makes_room_for_a_new_one(
    store: Store, log: HandledLog, database: HandledDatabase, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST_SESSIONS", 3)
    for one in ("s1", "s2", "s3"):
        await store.append(one, [opened(session_summary(one)), told(message_view(), one)])
    await store.append("s3", [changed("s3", "closed")])
    await store.append("s2", [changed("s2", "closed")])
    await store.append("s4", [opened(session_summary("s4"))])
    assert [one.id for one in store.all()] == ["s4", "s2", "s1"]
    assert await store.said("s3", limit=1) == []
    again = await Store.open(log, database, clock)
    assert again.newest_first() == store.newest_first()


async def test_no_session_is_opened_when_all_that_fit_are_open(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_SESSIONS", 1)
    await store.append("s1", [opened()])
    with pytest.raises(TooManySessions):
        await store.append("s2", [opened(session_summary("s2"))])


async def test_no_permission_is_asked_for_when_as_many_wait_as_fit(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST_PENDING", 1)
    run = run_view()
    permission = permission_view(run)
    await store.append("s1", [opened(), asked(permission)])
    await store.append("s1", [asked(permission)])
    with pytest.raises(TooManyPermissions):
        await store.append("s1", [asked(permission_view(run, tool_call("c2")))])
