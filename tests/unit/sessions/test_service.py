"""Who may do what with a session, and what the others hear."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.access import Scope
from server.errors import Forbidden
from server.protocol.sessions import SessionSummary
from server.sessions.errors import (
    PermissionNotFound,
    RunNotFound,
    SessionNotFound,
)
from server.sessions.service import Sessions
from server.sessions.store import Store
from tests.fakes.session_views import asked, permission_view, run_view, status
from tests.unit.sessions.conftest import People


async def test_strangers_hear_the_same_of_what_is_there_and_what_is_not(
    sessions: Sessions, store: Store, session: SessionSummary, people: People
) -> None:
    run = run_view(session=session.id)
    permission = permission_view(run)
    await store.append(session.id, [status(run), asked(permission)])
    eve = people("eve")
    calls: list[tuple[type[Exception], str, Callable[[str], Awaitable[Any]]]] = [
        (SessionNotFound, session.id, lambda it: sessions.detail(eve, it, limit=1)),
        (SessionNotFound, session.id, lambda it: sessions.page(eve, it, before=None, limit=1)),
        (SessionNotFound, session.id, lambda it: sessions.rename(eve, it, "mine")),
        (SessionNotFound, session.id, lambda it: sessions.close(eve, it)),
        (SessionNotFound, session.id, lambda it: sessions.post(eve, it, "hello", command_id="c1")),
        (SessionNotFound, session.id, lambda it: sessions.command(eve, it, "stop", command_id="c1")),
        (SessionNotFound, session.id, lambda it: sessions.handover(eve, it, "take", None)),
        (RunNotFound, run.id, lambda it: sessions.run(eve, it)),
        (RunNotFound, run.id, lambda it: sessions.stop_run(eve, it)),
        (PermissionNotFound, permission.id, lambda it: sessions.permission(eve, it)),
    ]
    for error, there, call in calls:
        with pytest.raises(error) as of_theirs:
            await call(there)
        with pytest.raises(error) as of_nothing:
            await call("nowhere")
        assert str(of_theirs.value) == str(of_nothing.value)


async def test_who_only_looks_reads_and_changes_nothing(
    sessions: Sessions, session: SessionSummary, people: People
) -> None:
    vic = people("vic")
    assert sessions.list(vic, workspace=None, state=None, before=None, limit=10).sessions == [session]
    await sessions.detail(vic, session.id, limit=10)
    for call in (
        sessions.rename(vic, session.id, "mine"),
        sessions.close(vic, session.id),
        sessions.post(vic, session.id, "hello", command_id="c1"),
        sessions.command(vic, session.id, "resume", command_id="c1"),
        sessions.handover(vic, session.id, "ask", None),
    ):
        with pytest.raises(Forbidden):
            await call


async def test_a_token_that_may_not_read_is_refused(
    sessions: Sessions, session: SessionSummary, people: People
) -> None:
    token = people("ann", scopes=frozenset({Scope.OPERATE}))
    with pytest.raises(Forbidden):
        sessions.list(token, workspace=None, state=None, before=None, limit=10)
    with pytest.raises(Forbidden):
        await sessions.detail(token, session.id, limit=10)
