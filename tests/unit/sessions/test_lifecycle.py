"""Opening, naming and closing sessions."""

from __future__ import annotations

import asyncio

import pytest

from server.access import LOCAL, MemberRole, Principal, Role, Scope
from server.auth.directory import Directory
from server.auth.workspaces import WorkspaceNotFound
from server.errors import Forbidden
from server.eventlog.log import IdReused
from server.protocol.sessions import NewSessionBody, SessionSummary
from server.sessions.errors import (
    EmptyMessage,
    RunnerUnavailable,
    SessionBusy,
    SessionNotFound,
    WorkspaceNeeded,
)
from server.sessions.service import Sessions
from server.sessions.store import Store
from tests.fakes.conducting import FakeConductor
from tests.fakes.log import HandledLog
from tests.fakes.session_views import asked, permission_view, run_view, status
from tests.fakes.sink import Sink
from tests.unit.sessions.conftest import IN_W1, People, audits


async def test_a_session_is_opened_once_for_each_command(sessions: Sessions, people: People) -> None:
    ann = people("ann")
    first = await sessions.open(ann, IN_W1, command_id="c1")
    assert await sessions.open(ann, IN_W1, command_id="c1") == first
    assert (first.workspace, first.runner, first.title, first.created_by) == ("w1", "builtin", "", "ann")
    with pytest.raises(IdReused):
        await sessions.open(ann, NewSessionBody(workspace="w1", title="Other"), command_id="c1")


async def test_a_session_has_the_runner_and_the_title_it_was_given(sessions: Sessions, people: People) -> None:
    body = NewSessionBody(workspace="w1", runner="llm", title="  Web \n is down ")
    opened = await sessions.open(people("bob"), body, command_id="c1")
    assert (opened.runner, opened.title) == ("llm", "Web is down")


async def test_no_session_has_a_runner_that_is_not_configured(sessions: Sessions, people: People) -> None:
    with pytest.raises(RunnerUnavailable):
        await sessions.open(people("ann"), NewSessionBody(workspace="w1", runner="claude"), command_id="c1")


@pytest.mark.parametrize(("name", "error"), [("vic", Forbidden), ("eve", WorkspaceNotFound)])
async def test_a_session_is_opened_by_who_takes_part_in_its_workspace(
    sessions: Sessions, people: People, name: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await sessions.open(people(name), IN_W1, command_id="c1")


async def test_an_administrator_opens_none_in_a_workspace_that_is_not_there(sessions: Sessions) -> None:
    with pytest.raises(WorkspaceNotFound):
        await sessions.open(LOCAL, NewSessionBody(workspace="w9"), command_id="c1")


async def test_without_a_workspace_it_is_the_first_in_which_one_takes_part(sessions: Sessions, people: People) -> None:
    root = Principal("root", Role.ADMIN, user="eve", workspaces=people("eve").workspaces)
    for by, workspace in ((people("bob"), "w1"), (people("eve"), "w2"), (root, "w2"), (LOCAL, "w1")):
        assert (await sessions.open(by, NewSessionBody(), command_id="c1")).workspace == workspace


@pytest.mark.parametrize("by", [Principal("zoe", Role.OPERATOR, user="zoe"), LOCAL])
async def test_who_has_no_workspace_gets_one_of_their_own_once(
    sessions: Sessions, directory: Directory, by: Principal
) -> None:
    if by is LOCAL:
        directory._workspaces.clear()  # noqa: SLF001 - as on the first day
    both = [sessions.open(by, NewSessionBody(), command_id=f"c{n}") for n in range(2)]
    first, second = await asyncio.gather(*both)
    made = directory.workspaces[first.workspace]
    assert second.workspace == first.workspace
    assert (made.name, made.members) == ("Operations", {} if by is LOCAL else {"zoe": MemberRole.OWNER})


@pytest.mark.parametrize(
    "by", [Principal("zoe", Role.VIEWER, user="zoe"), Principal("token:ci", Role.OPERATOR, scopes=frozenset(Scope))]
)
async def test_who_may_make_no_workspace_is_told_to_be_added_to_one(sessions: Sessions, by: Principal) -> None:
    with pytest.raises(WorkspaceNeeded):
        await sessions.open(by, NewSessionBody(), command_id="c1")


async def test_an_outside_name_is_one_session_for_each_who_uses_it(sessions: Sessions, people: People) -> None:
    ann, bob = people("ann"), people("bob")
    first, again = await asyncio.gather(sessions.named(ann, "call/17"), sessions.named(ann, "call/17"))
    assert again == first
    assert (await sessions.named(bob, "call/17")).id != first.id
    assert await sessions.named(bob, first.id) == first


async def test_an_id_that_is_anothers_is_an_outside_name_like_any_other(
    sessions: Sessions, session: SessionSummary, people: People
) -> None:
    named = await sessions.named(people("eve"), session.id)
    assert (named.workspace, named.id == session.id) == ("w2", False)


@pytest.mark.parametrize("alias", ["", "a" * 201, "a\nb"])
async def test_what_can_be_no_name_is_not_found(sessions: Sessions, people: People, alias: str) -> None:
    with pytest.raises(SessionNotFound):
        await sessions.named(people("ann"), alias)


async def test_a_session_is_renamed_once(
    sessions: Sessions, session: SessionSummary, people: People, log: HandledLog
) -> None:
    sink, ann = Sink(log), people("ann")
    assert (await sessions.rename(ann, session.id, " Web ")).title == "Web"
    assert (await sessions.rename(ann, session.id, "Web")).title == "Web"
    assert [event.type for event in sink.events] == ["session.changed", "workspace.session"]
    with pytest.raises(EmptyMessage):
        await sessions.rename(ann, session.id, "  ")


async def test_closing_stops_the_run_cancels_what_it_asked_and_is_audited(
    sessions: Sessions, store: Store, session: SessionSummary, people: People, log: HandledLog
) -> None:
    run = run_view(session=session.id, state="waiting")
    await store.append(session.id, [status(run), asked(permission_view(run))])
    sink, bob = Sink(log), people("bob")
    closed = await sessions.close(bob, session.id)
    assert closed.run is not None
    assert (closed.state, closed.run.state, closed.run.stopped_by, closed.pending) == ("closed", "stopped", "bob", 0)
    assert await sessions.close(bob, session.id) == closed
    assert [(one["actor"], one["action"], one["target"]) for one in audits(sink)] == [
        ("bob", "session_closed", session.id)
    ]
    assert [event.type for event in sink.batches[-1]] == ["session.changed", "workspace.session", "audit.recorded"]


async def test_closing_stops_the_runs_that_begin_meanwhile_and_gives_up_at_last(
    sessions: Sessions, store: Store, conductor: FakeConductor, session: SessionSummary, people: People
) -> None:
    ann = people("ann")
    await conductor.put(run_view(session=session.id, state="running"))
    conductor.follow_up = 100
    with pytest.raises(SessionBusy):
        await sessions.close(ann, session.id)
    conductor.follow_up = 2
    assert (await sessions.close(ann, session.id)).state == "closed"
    assert store.unfinished() == []
