"""What the tests of sessions share: a clock that stands still, a real database, and a log in memory."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from server.access import MemberRole, Principal, Role, Scope
from server.auth.directory import Directory
from server.auth.records import User, Workspace
from server.auth.workspaces import Workspaces
from server.eventlog.audit import Audit
from server.protocol.sessions import NewSessionBody, Risk, RunnerName, SessionSummary
from server.sessions.places import Places
from server.sessions.runner import Runner
from server.sessions.service import Sessions
from server.sessions.store import Store
from tests.fakes.clock import FakeClock
from tests.fakes.conducting import FakeBroker, FakeConductor, NamedRunner
from tests.fakes.database import HandledDatabase
from tests.fakes.log import HandledLog
from tests.fakes.sink import Sink

People = Callable[..., Principal]
IN_W1 = NewSessionBody(workspace="w1")


def audits(sink: Sink) -> list[dict[str, Any]]:
    """What the trail was told."""
    return [json.loads(event.text)["data"] for event in sink.events if event.type == "audit.recorded"]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[HandledDatabase]:
    database = await HandledDatabase.open(tmp_path / "pilothouse.db")
    assert isinstance(database, HandledDatabase)
    yield database
    await database.close()


@pytest.fixture
def log(clock: FakeClock) -> HandledLog:
    return HandledLog(clock=clock)


@pytest.fixture
async def store(log: HandledLog, database: HandledDatabase, clock: FakeClock) -> AsyncIterator[Store]:
    store = await Store.open(log, database, clock)
    yield store
    await store.close()


@pytest.fixture
async def directory(database: HandledDatabase) -> Directory:
    """Workspace w1 with ann its owner, bob a member and vic a viewer; and w2 of eve alone; zoe
    has none."""
    directory = await Directory.open(database)
    for name in ("ann", "bob", "vic", "eve", "zoe"):
        await directory.put_user(User(name=name, role=Role.OPERATOR, created_at=0))
    roles = {"ann": MemberRole.OWNER, "bob": MemberRole.MEMBER, "vic": MemberRole.VIEWER}
    await directory.put_workspace(Workspace(id="w1", name="One", created_at=1, members=roles))
    await directory.put_workspace(Workspace(id="w2", name="Two", created_at=2, members={"eve": MemberRole.OWNER}))
    return directory


@pytest.fixture
def people(directory: Directory) -> People:
    """Give somebody by name, who is an operator unless it is said otherwise."""

    def person(name: str, role: Role = Role.OPERATOR, scopes: frozenset[Scope] | None = None) -> Principal:
        return Principal(name, role, user=name, scopes=scopes, workspaces=directory.memberships(name))

    return person


@pytest.fixture
def ann(people: People) -> Principal:
    return people("ann")


@pytest.fixture
def bob(people: People) -> Principal:
    return people("bob")


@pytest.fixture
def conductor(store: Store) -> FakeConductor:
    return FakeConductor(store)


@pytest.fixture
def broker(store: Store) -> FakeBroker:
    return FakeBroker(store)


@pytest.fixture
def published() -> list[int]:
    """The newest seq that clients were handed, as the one item."""
    return [1000]


@pytest.fixture
async def sessions(
    store: Store,
    conductor: FakeConductor,
    broker: FakeBroker,
    directory: Directory,
    log: HandledLog,
    clock: FakeClock,
    published: list[int],
) -> AsyncIterator[Sessions]:
    risks: dict[str, Risk] = {"restart_container": "change", "remove_container": "destructive"}
    runners: dict[RunnerName, Runner] = {
        "builtin": cast(Runner, NamedRunner("built-in (rules)")),
        "llm": cast(Runner, NamedRunner("a model")),
    }
    sessions = Sessions(
        store=store,
        conductor=conductor,
        broker=broker,
        places=Places(Workspaces(directory, Audit(log, clock=clock), clock), directory),
        runners=runners,
        default="builtin",
        risk_of=risks.get,
        published=lambda: published[0],
        clock=clock,
    )
    yield sessions
    await sessions.end()


@pytest.fixture
async def session(sessions: Sessions, people: People) -> SessionSummary:
    """Ann's, in w1."""
    return await sessions.open(people("ann"), IN_W1, command_id="open")
