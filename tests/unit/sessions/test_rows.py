from __future__ import annotations

from functools import partial

import pytest

from server.eventlog.log import StoredEvent
from server.sessions import rows, transcript
from server.sessions.store import Store
from tests.fakes.database import HandledDatabase
from tests.fakes.log import HandledLog
from tests.fakes.session_views import (
    asked,
    decided,
    message_view,
    opened,
    permission_view,
    run_view,
    session_summary,
    status,
    told,
)
from tests.fakes.sink import Sink

RUN = run_view(state="running")
ALL = rows.Loaded(sessions=[], runs=[], permissions=[], policies={})


@pytest.fixture
async def events(store: Store, log: HandledLog) -> list[StoredEvent]:
    """A session with a run that has ended and a permission that was denied."""
    sink = Sink(log)
    await store.append("s1", [opened(), told(message_view()), status(RUN)])
    permission = permission_view(RUN)
    await store.append("s1", [asked(permission)])
    await store.append("s1", [decided(permission_view(RUN, id=permission.id, state="denied"))])
    await store.append("s1", [status(run_view(id=RUN.id, state="completed"))])
    return sink.events


async def test_rows_that_are_written_again_stay_as_they_are(
    database: HandledDatabase, events: list[StoredEvent]
) -> None:
    before = await database.read(rows.load)
    for again in (events, events[:4]):
        await database.write(partial(rows.project, events=again, complete_to=0))
    assert await database.read(rows.load) == before
    assert (before.runs, before.permissions) == ([], [])


async def test_the_events_of_a_session_that_was_dropped_bring_nothing_of_it_back(
    database: HandledDatabase, store: Store, events: list[StoredEvent]
) -> None:
    await store.put_continuation(RUN.id, b"state")
    await database.write(partial(rows.drop, sessions=["s1"]))
    await database.write(partial(rows.project, events=events[1:], complete_to=0))
    assert await database.read(rows.load) == ALL
    assert await database.read(partial(rows.run, id=RUN.id)) is None
    assert await database.read(partial(transcript.page, session="s1", before=None, limit=9)) == ([], None)
    assert await store.continuation(RUN.id) is None


async def test_the_seq_up_to_which_rows_are_complete_never_goes_back(database: HandledDatabase) -> None:
    for complete_to in (7, 3):
        await database.write(partial(rows.project, events=[], complete_to=complete_to))
    assert await database.read(rows.projected) == 7


async def test_a_page_ends_early_when_its_events_are_large(
    database: HandledDatabase, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.append("s1", [opened(session_summary()), *(told(message_view("x" * 1000)) for _ in range(4))])
    monkeypatch.setattr(transcript, "MAX_PAGE_B", 3000)
    texts, before = await database.read(partial(transcript.page, session="s1", before=None, limit=9))
    assert (len(texts), before) == (2, 4)
    monkeypatch.setattr(transcript, "MAX_PAGE_B", 1)
    assert len((await database.read(partial(transcript.page, session="s1", before=None, limit=9)))[0]) == 1
