"""What people decide about agents."""

from __future__ import annotations

import pytest

from server.access import Scope
from server.auth.workspaces import WorkspaceNotFound
from server.errors import Forbidden
from server.protocol.sessions import PolicyBody, SessionSummary
from server.sessions.policies import PolicyInvalid
from server.sessions.service import Sessions
from server.sessions.store import Store
from tests.fakes.conducting import FakeBroker
from tests.fakes.log import HandledLog
from tests.fakes.session_views import asked, permission_view, run_view
from tests.fakes.sink import Sink
from tests.unit.sessions.conftest import People, audits


async def test_a_policy_is_set_by_an_owner_who_signed_in_and_is_audited(
    sessions: Sessions, people: People, log: HandledLog
) -> None:
    sink, ann = Sink(log), people("ann")
    body = PolicyBody(mode="allow_tools", tools=["restart_container"])
    policy = await sessions.set_policy(ann, "w1", body)
    assert (policy.mode, policy.tools, policy.set_by) == ("allow_tools", ["restart_container"], "ann")
    assert sessions.policy(people("vic"), "w1") == policy
    assert [(one["action"], one["target"]) for one in audits(sink)] == [("policy_changed", "w1")]
    for by in (people("bob"), people("ann", scopes=frozenset(Scope))):
        with pytest.raises(Forbidden):
            await sessions.set_policy(by, "w1", body)
    with pytest.raises(WorkspaceNotFound):
        await sessions.set_policy(people("eve"), "w1", body)
    with pytest.raises(PolicyInvalid):
        await sessions.set_policy(ann, "w1", PolicyBody(mode="allow_tools", tools=["remove_container"]))


async def test_permissions_are_told_to_those_who_may_read_in_their_workspace(
    sessions: Sessions, store: Store, session: SessionSummary, people: People
) -> None:
    permission = permission_view(run_view(session=session.id))
    await store.append(session.id, [asked(permission)])
    assert (await sessions.pending(people("vic"))).permissions == [permission]
    assert (await sessions.pending(people("eve"))).permissions == []
    assert (await sessions.pending(people("vic"), state="denied")).permissions == []
    assert await sessions.permission(people("vic"), permission.id) == permission


async def test_decisions_are_the_brokers(
    sessions: Sessions, store: Store, broker: FakeBroker, session: SessionSummary, people: People
) -> None:
    permission = permission_view(run_view(session=session.id))
    await store.append(session.id, [asked(permission)])
    assert await sessions.decide(people("bob"), permission.id, "deny", "no") == permission
    assert await sessions.extend(people("bob"), permission.id) == permission
    assert broker.asked == [(permission.id, "deny", "no", "bob"), (permission.id, "extend", None, "bob")]
