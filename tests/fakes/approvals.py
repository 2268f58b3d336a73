"""A session whose run asks for permissions, and the people who decide, with the real store behind the real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from server.access import MemberRole, Principal, Role, Scope
from server.clock import rfc3339
from server.eventlog.audit import Audit
from server.eventlog.log import StoredEvent
from server.ids import new_id
from server.protocol.events import AuditData
from server.protocol.session_events import SessionOpenedData, SessionStatusData
from server.protocol.sessions import PermissionView, PolicyMode, PolicyView, Risk, RunState, RunView, SessionSummary
from server.sessions.broker import Broker
from server.sessions.requests import seconds
from server.sessions.runner import Decision, ToolCall
from server.sessions.store import Store
from server.storage.database import Database
from server.tasks import Tasks
from tests.fakes.clock import FakeClock
from tests.fakes.log import HandledLog

SHOP = "shop"
WEB = ("c0ffee" * 10, "web")
RESTART = ToolCall("call-1", "restart_container", {"container": "web", "grace_s": 5})
PERMISSION_S = 1800.0


def person(
    name: str, role: Role = Role.OPERATOR, member: MemberRole | None = MemberRole.MEMBER, workspace: str = SHOP
) -> Principal:
    """Somebody who signed in."""
    workspaces = () if member is None else ((workspace, member),)
    return Principal(id=name, role=role, user=name, credential=f"login-{name}", workspaces=workspaces)


def token_of(owner: Principal) -> Principal:
    """An API token with all that its owner may do, as an agent could hold it."""
    return replace_principal(owner, id=f"{owner.id}:ci", scopes=frozenset(Scope))


def replace_principal(principal: Principal, **fields: Any) -> Principal:
    known = {name: getattr(principal, name) for name in Principal.__slots__}
    return Principal(**known | fields)


ANN = person("ann")
BOB = person("bob", member=MemberRole.OWNER)
VIC = person("vic", role=Role.VIEWER)
GUEST = person("guest", member=MemberRole.VIEWER)
STRANGER = person("stranger", member=None)


class Approvals:
    """`people`: who there is now; `soon`: who there is at the next looks, one after another. `told`: every event, in
    order. Closed and opened again it is a server restarted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = FakeClock()
        self.log = HandledLog(clock=self.clock)
        self.people = {each.id: each for each in (ANN, BOB, VIC, GUEST, STRANGER)}
        self.soon: dict[str, list[Principal | None]] = {}
        self.told: list[StoredEvent] = []
        self.log.attach(self._take)

    def _take(self, batch: Sequence[StoredEvent]) -> None:
        self.told += batch

    async def start(self) -> None:
        self.database = await Database.open(self.path / "pilothouse.db")
        self.store = await Store.open(self.log, self.database, self.clock)
        self.audit = Audit(self.log, clock=self.clock)
        self.tasks = Tasks("sessions.broker")
        self.runs = Tasks("runs")
        self.broker = Broker(self.store, self.find, self.audit, self.clock, PERMISSION_S, self.tasks)
        await self.broker.start()

    async def stop(self) -> None:
        await self.runs.close()
        await self.broker.close()
        await self.tasks.close()
        await self.audit.close()
        await self.store.close()
        await self.database.close()

    async def tasks_at_rest(self) -> None:
        """Let what the clock woke be stored, and those who waited for it be told."""
        async with asyncio.timeout(10):
            while any(seconds(view.expires_at) <= self.clock.now() for view in self.store.pending()):
                # As in `asking`.
                await self.store.said("", limit=1)
        for _ in range(20):
            await asyncio.sleep(0)

    def find(self, id: str) -> Principal | None:
        """Who `id` is now."""
        soon = self.soon.get(id)
        return soon.pop(0) if soon else self.people.get(id)

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def run(self, state: RunState = "running", *, by: str = "ann") -> RunView:
        """A run in a new session of the workspace SHOP."""
        now = rfc3339(self.clock.now())
        session = SessionSummary(
            id=new_id(),
            workspace=SHOP,
            title="web is slow",
            runner="builtin",
            state="open",
            created_by=by,
            created_at=now,
            updated_at=now,
        )
        await self.store.append(session.id, [("session.opened", SessionOpenedData(session=session))])
        run = RunView(
            id=new_id(),
            session=session.id,
            runner="builtin",
            state=state,
            message="m1",
            requested_by=by,
            created_at=now,
        )
        await self.become(run, state)
        return run

    async def become(self, run: RunView, state: RunState) -> None:
        data = SessionStatusData(session=run.session, run=replace(run, state=state))
        await self.store.append(run.session, [("session.status", data)])

    async def ask(
        self,
        run: RunView,
        call: ToolCall = RESTART,
        *,
        title: str = "Restart web",
        risk: Risk = "change",
        container: tuple[str, str] | None = WEB,
    ) -> Decision:
        session = self.store.get(run.session)
        return await self.broker.ask(run, session, call, title=title, risk=risk, container=container)

    async def asking(self, run: RunView, call: ToolCall = RESTART, **more: Any) -> asyncio.Task[Decision]:
        """Begin to ask and return when the request waits."""
        task = self.runs.spawn("run", self.ask(run, call, **more))
        await asyncio.sleep(0)
        async with asyncio.timeout(10):
            while not task.done():
                # A loop that never rests keeps the database's threads waiting.
                if being_made := [one for one in asyncio.all_tasks() if one.get_name() == "sessions.broker.ask"]:
                    await asyncio.wait(being_made)
                elif await self.store.permission_of(run.id, call.id) is not None:
                    break
        return task

    async def asked(self, run: RunView, call: ToolCall = RESTART, **more: Any) -> PermissionView:
        """Begin to ask and return the request that waits."""
        await self.asking(run, call, **more)
        return await self.known(run, call)

    async def known(self, run: RunView, call: ToolCall = RESTART) -> PermissionView:
        found = await self.store.permission_of(run.id, call.id)
        assert found is not None
        return found

    async def allowed(self, run: RunView, call: ToolCall = RESTART, **more: Any) -> PermissionView:
        """A request that bob has allowed."""
        view = await self.asked(run, call, **more)
        return await self.broker.decide(view.id, "allow", None, BOB)

    async def policy(self, mode: PolicyMode, *tools: str, by: str = "bob") -> None:
        policy = PolicyView(mode=mode, tools=list(tools), set_by=by, set_at=rfc3339(self.clock.now()))
        await self.store.set_policy(SHOP, policy)

    def count(self, type: str) -> int:
        return sum(event.type == type for event in self.told)

    def trail(self) -> list[AuditData]:
        """What the audit trail was told."""
        decoder = msgspec.json.Decoder(_Audited)
        return [decoder.decode(event.text).data for event in self.told if event.channel == "audit"]


class _Audited(msgspec.Struct):
    data: AuditData


@asynccontextmanager
async def opened_approvals(path: Path) -> AsyncIterator[Approvals]:
    approvals = Approvals(path)
    await approvals.start()
    try:
        yield approvals
    finally:
        await approvals.stop()
