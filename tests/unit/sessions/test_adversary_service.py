"""What somebody who lost their place, or never had one, could still get out of the service."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from server.access import MemberRole, Principal
from server.auth.directory import Directory
from server.auth.records import Workspace
from server.protocol.sessions import NewSessionBody
from server.sessions.errors import SessionNotFound
from server.sessions.service import Sessions
from tests.fakes.conducting import FakeConductor

People = Callable[..., Principal]


async def test_who_was_removed_does_not_get_their_session_again_by_opening_it_again(
    sessions: Sessions, directory: Directory, people: People
) -> None:
    body = NewSessionBody()
    session = await sessions.open(people("bob"), body, command_id="open-1")
    await sessions.post(people("ann"), session.id, "the password is hunter2", command_id="m1")
    await directory.put_workspace(Workspace(id="w1", name="One", created_at=1, members={"ann": MemberRole.OWNER}))
    await directory.put_workspace(Workspace(id="w3", name="Three", created_at=3, members={"bob": MemberRole.OWNER}))
    with pytest.raises(SessionNotFound):
        await sessions.open(people("bob"), body, command_id="open-1")


async def test_the_first_session_of_somebody_is_the_same_when_it_is_opened_twice_at_once(
    sessions: Sessions, people: People
) -> None:
    zoe = people("zoe")
    first = await sessions.open(zoe, NewSessionBody(), command_id="open-1")
    assert await sessions.open(zoe, NewSessionBody(), command_id="open-1") == first


async def test_a_stop_of_somebody_else_s_command_id_is_their_own(
    sessions: Sessions, conductor: FakeConductor, people: People
) -> None:
    session = await sessions.open(people("ann"), NewSessionBody(workspace="w1"), command_id="o")
    theirs = await sessions.post(people("ann"), session.id, "hello", command_id="k")
    mine = await sessions.post(people("bob"), session.id, "good day", command_id="k")
    assert (theirs.message.by, mine.message.by) == ("ann", "bob")
    assert mine.message.text == "good day"
