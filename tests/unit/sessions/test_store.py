from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from msgspec.structs import replace

from server.errors import StorageUnavailable
from server.eventlog.audit import audit_event
from server.eventlog.log import IdempotencyKey, IdReused
from server.protocol.events import AuditData
from server.protocol.session_events import SessionMessage, SessionStatus
from server.protocol.sessions import PolicyView
from server.sessions.errors import (
    PermissionNotFound,
    RunNotFound,
    SessionNotFound,
)
from server.sessions.store import Store
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase
from tests.fakes.log import HandledLog
from tests.fakes.session_views import (
    asked,
    called,
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
from tests.fakes.sink import Sink

AUDIT = audit_event(AuditData(actor="ann", action="session_closed", outcome="ok"))


def types(sink: Sink) -> list[list[str]]:
    return [[event.type for event in batch] for batch in sink.batches]


async def test_a_change_that_shows_is_told_to_the_workspace_in_the_same_append(store: Store, log: HandledLog) -> None:
    await store.append("s1", [opened()])
    sink = Sink(log)
    message = message_view("why is web down?\nIt was up.")
    run = run_view(message.id)
    await store.append("s1", [told(message), status(run)], also=[AUDIT])
    assert types(sink) == [["session.message", "session.status", "workspace.session", "audit.recorded"]]
    short = json.loads(sink.events[2].text)
    assert (short["channel"], short["data"]["event"]) == ("workspace:w1", "session.status")
    summary = store.get("s1")
    assert short["data"]["session"]["title"] == summary.title == "why is web down?"
    assert (summary.messages, summary.run, summary.preview) == (1, run, "why is web down? It was up.")


async def test_what_does_not_show_in_short_is_told_to_the_session_alone(store: Store, log: HandledLog) -> None:
    run = run_view()
    await store.append("s1", [opened(), status(run)])
    sink = Sink(log)
    await store.append("s1", [called(run)])
    assert types(sink) == [["session.tool_call"]]


async def test_after_a_restart_everything_is_as_it_was(
    store: Store, log: HandledLog, database: HandledDatabase, clock: FakeClock
) -> None:
    message, policy = message_view(), PolicyView(mode="ask_always", set_by="ann", set_at="2026-11-20T09:00:00.000Z")
    run = run_view(message.id, state="waiting")
    permission = permission_view(run)
    await store.append("s1", [opened(), told(message), status(run), asked(permission)])
    await store.append("s2", [opened(session_summary("s2", workspace="w2"))])
    await store.set_policy("w1", policy, also=[AUDIT])
    again = await Store.open(log, database, clock)
    assert again.newest_first() == store.newest_first()
    assert [one.id for one in again.all()] == ["s2", "s1"]
    assert (again.unfinished(), again.pending(), again.policy("w1")) == ([run], [permission], policy)
    assert again.get("s1").pending == 1
    assert await again.said("s1", limit=10) == [message]


async def test_events_whose_rows_a_crash_prevented_have_them_after_the_next_start(
    store: Store, log: HandledLog, database: HandledDatabase, clock: FakeClock
) -> None:
    await store.append("s1", [opened()])
    database.failures = [StorageUnavailable("The disk is full.")]
    message = message_view()
    await store.append("s1", [told(message)])
    again = await Store.open(log, database, clock)
    assert again.get("s1") == store.get("s1")
    assert again.newest_first() == store.newest_first()
    assert await again.said("s1", limit=10) == [message]


async def test_rows_that_could_not_be_written_are_written_before_the_next_reading(
    store: Store, database: HandledDatabase
) -> None:
    await store.append("s1", [opened()])
    database.failures = [StorageUnavailable("The disk is full."), StorageUnavailable("It still is.")]
    await store.append("s1", [told(message_view("first"))])
    with pytest.raises(StorageUnavailable):
        await store.said("s1", limit=10)
    await store.append("s1", [told(message_view("second"))])
    assert [message.text for message in await store.said("s1", limit=10)] == ["first", "second"]


async def test_an_append_that_was_refused_changes_nothing(store: Store, log: HandledLog) -> None:
    await store.append("s1", [opened()])
    before = store.newest_first()
    log.full = True
    with pytest.raises(StorageUnavailable):
        await store.append("s1", [told(message_view())])
    log.full = False
    assert store.newest_first() == before
    assert store.known_to(100) == 100


async def test_a_repetition_has_the_events_of_the_first_and_no_effect(store: Store) -> None:
    await store.append("s1", [opened()])
    idem, message = IdempotencyKey("ann", "c1", b"request"), message_view()
    first = await store.append("s1", [told(message), status(run_view(message.id))], idem=idem)
    again = await store.append("s1", [told(message_view()), status(run_view())], idem=idem)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.events == first.events
    assert again.first(SessionMessage).data.message == message
    assert store.get("s1").messages == 1
    with pytest.raises(IdReused):
        await store.append("s1", [told(message)], idem=IdempotencyKey("ann", "c1", b"another"))


async def test_an_event_that_is_not_there_is_not_found_among_those_of_an_append(store: Store) -> None:
    appended = await store.append("s1", [opened()])
    assert appended.find(SessionStatus) is None
    with pytest.raises(LookupError):
        appended.first(SessionStatus)


async def test_appends_to_one_session_at_once_each_rest_on_the_one_before(
    store: Store, log: HandledLog, database: HandledDatabase, clock: FakeClock
) -> None:
    await store.append("s1", [opened()])
    await asyncio.gather(*[store.append("s1", [told(message_view())]) for _ in range(3)])
    assert store.get("s1").messages == 3
    again = await Store.open(log, database, clock)
    assert again.newest_first() == store.newest_first()


async def test_who_is_cancelled_in_an_append_is_so_when_memory_shows_it(
    store: Store, database: HandledDatabase
) -> None:
    await store.append("s1", [opened()])
    database.held.clear()

    async def say() -> None:
        async with store.changing("s1"):
            await store.append("s1", [told(message_view())])

    saying = asyncio.get_running_loop().create_task(say())
    await database.until_held()
    saying.cancel()
    await asyncio.sleep(0)
    assert not saying.done()
    database.held.set()
    with pytest.raises(asyncio.CancelledError):
        await saying
    assert store.get("s1").messages == 1
    assert [one.text for one in await store.said("s1", limit=5)] == ["why is web down?"]


async def test_what_is_shown_before_its_append_returned_is_not_said_to_be_known(store: Store, log: HandledLog) -> None:
    await store.append("s1", [opened()])
    known: list[int] = []
    log.attach(lambda batch: known.append(store.known_to(batch[-1].seq)))
    await store.append("s1", [told(message_view())])
    # Seq 1 and 2 were the opening, 3 and 4 are on their way.
    assert known == [2]
    assert store.known_to(4) == 4


async def test_a_run_and_a_permission_are_found_while_they_last_and_afterwards(store: Store) -> None:
    run = run_view(state="running")
    permission = permission_view(run, tool_call("c1"))
    await store.append("s1", [opened(), status(run), asked(permission)])
    assert (await store.run(run.id), await store.permission(permission.id)) == (run, permission)
    denied, done = replace(permission, state="denied", decided_by="bob"), replace(run, state="completed")
    await store.append("s1", [decided(denied), status(done)])
    assert (store.unfinished(), store.pending(), store.get("s1").pending) == ([], [], 0)
    assert (await store.run(run.id), await store.last_run("s1")) == (done, done)
    assert await store.permission(permission.id) == denied
    assert await store.permission_of(run.id, "c1") == denied
    assert await store.permission_of(run.id, "c2") is None
    assert await store.permissions("s1") == await store.permissions_in("denied") == [denied]


async def test_more_time_for_a_permission_does_not_show_in_short(store: Store, log: HandledLog) -> None:
    permission = permission_view(run_view())
    await store.append("s1", [opened(), asked(permission)])
    sink = Sink(log)
    await store.append("s1", [asked(replace(permission, expires_at="2026-11-20T10:00:00.000Z"))])
    assert types(sink) == [["session.permission_request"]]
    assert store.pending()[0].expires_at == "2026-11-20T10:00:00.000Z"


async def test_what_is_not_there_is_not_found(store: Store) -> None:
    assert (store.find("s1"), store.workspace_of("s1")) == (None, None)
    with pytest.raises(SessionNotFound):
        store.get("s1")
    with pytest.raises(SessionNotFound):
        await store.append("s1", [told(message_view())])
    with pytest.raises(RunNotFound):
        await store.run("r1")
    with pytest.raises(PermissionNotFound):
        await store.permission("p1")


async def test_a_transcript_is_read_page_by_page_from_its_end(store: Store) -> None:
    await store.append("s1", [opened(), *(told(message_view(f"{n}")) for n in range(5))])
    newest, before = await store.transcript("s1", before=None, limit=4)
    oldest, end = await store.transcript("s1", before=before, limit=4)
    assert [json.loads(text)["seq"] for text in oldest + newest] == [1, 2, 3, 4, 5, 6]
    assert (len(newest), end) == (4, None)


async def test_unanswered_is_what_people_said_since_what_the_newest_run_answers(store: Store) -> None:
    answered, after = message_view("one"), message_view("two")
    reply = message_view("an answer", speaker="assistant", by="builtin")
    await store.append("s1", [opened(), told(answered), status(run_view(answered.id)), told(after), told(reply)])
    assert await store.unanswered("s1") == [after]


@pytest.mark.parametrize("change", ["taken", "released"])
async def test_what_was_said_before_a_person_took_or_left_the_session_waits_for_no_run(
    store: Store, change: Any
) -> None:
    await store.append("s1", [opened(), told(message_view("one")), changed("s1", change), changed("s1", "title")])
    await store.append("s1", [told(after := message_view("two"))])
    assert await store.unanswered("s1") == [after]


async def test_a_workspace_without_a_policy_reads_without_asking(store: Store) -> None:
    assert store.policy("w1") == PolicyView(mode="allow_reads")
