"""Each permission is decided once and used once, by and for people who may, whatever happens in whatever order."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from server.access import MemberRole, Permission, Principal, allows, allows_in
from server.errors import AppError
from server.protocol.session_events import SessionPermissionDecision
from server.protocol.sessions import PermissionView, RunView
from server.sessions.grants import digest
from server.sessions.requests import seconds
from server.sessions.runner import Decision, GrantInvalid, ToolCall
from tests.fakes.approvals import (
    ANN,
    BOB,
    GUEST,
    PERMISSION_S,
    SHOP,
    STRANGER,
    VIC,
    Approvals,
    person,
    replace_principal,
    token_of,
)

T = TypeVar("T")
SHARED_MEMORY = Path("/dev/shm")
CONTAINERS = [("a" * 64, "web"), ("b" * 64, "web"), None]
DECIDERS = [ANN, BOB, GUEST, VIC, STRANGER, token_of(ANN)]

calls = st.builds(
    lambda number, container: ToolCall(f"call-{number}", "restart_container", {"container": container}),
    st.integers(1, 2),
    st.sampled_from(["web", "db"]),
)
containers = st.sampled_from(CONTAINERS)
answers = st.tuples(st.sampled_from(DECIDERS), st.sampled_from(["allow", "deny"]))
roles: st.SearchStrategy[Principal | None] = st.sampled_from(
    [BOB, None, person("bob", member=None), person("bob", VIC.role), replace_principal(BOB, scopes=frozenset())]
)


class PermissionMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None)
        self.approvals = Approvals(Path(self.folder.name))
        self.loop.run_until_complete(self.approvals.start())
        self.runs: list[RunView] = [self.loop.run_until_complete(self.approvals.run())]
        self.asking: list[asyncio.Task[Decision]] = []
        self.uses: list[str] = []

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(what)

    @rule(by=st.sampled_from(["ann", "bob"]))
    def begin_a_run(self, by: str) -> None:
        self.runs.append(self.do(self.approvals.run(by=by)))

    @rule(by=st.sampled_from([ANN, BOB]), call=calls, container=containers)
    def ask_in_a_new_run_and_allow(self, by: Principal, call: ToolCall, container: tuple[str, str] | None) -> None:
        run = self.do(self.approvals.run())
        self.runs.append(run)
        self.asking.append(self.do(self.approvals.asking(run, call, container=container)))
        view = self.do(self.approvals.known(run, call))
        assert self.do(self.approvals.broker.decide(view.id, "allow", None, by)).state == "allowed"

    @rule(data=st.data(), call=calls, container=containers)
    def ask(self, data: st.DataObject, call: ToolCall, container: tuple[str, str] | None) -> None:
        run = data.draw(st.sampled_from(self.runs))
        self.asking.append(self.do(self.approvals.asking(run, call, container=container)))

    @rule(data=st.data(), many=st.lists(answers, min_size=1, max_size=4))
    def answer_all_at_once(self, data: st.DataObject, many: list[tuple[Principal, Literal["allow", "deny"]]]) -> None:
        views = self.permissions()
        if not views:
            return
        view = data.draw(st.sampled_from(views))
        broker = self.approvals.broker

        async def decide() -> list[PermissionView | BaseException]:
            asked = (broker.decide(view.id, decision, None, by) for by, decision in many)
            return await asyncio.gather(*asked, return_exceptions=True)

        for (by, decision), answer in zip(many, self.do(decide()), strict=True):
            if isinstance(answer, BaseException):
                assert isinstance(answer, AppError), answer
                continue
            assert answer.decided_by == by.id
            assert answer.state == {"allow": "allowed", "deny": "denied"}[decision]
            assert by in (ANN, BOB)

    @rule(data=st.data(), by=st.sampled_from(DECIDERS))
    def give_more_time(self, data: st.DataObject, by: Principal) -> None:
        views = self.permissions()
        if views:
            with contextlib.suppress(AppError):
                self.do(self.approvals.broker.extend(data.draw(st.sampled_from(views)).id, by))
                assert by in (ANN, BOB)

    @rule(by=st.sampled_from([1.0, 60.0, PERMISSION_S - 1, PERMISSION_S, 24 * 3600.0]))
    def wait(self, by: float) -> None:
        self.do(self.approvals.clock.advance(by))
        self.do(self.approvals.tasks_at_rest())

    @rule(data=st.data())
    def cancel_a_run(self, data: st.DataObject) -> None:
        self.do(self.approvals.broker.cancel_run(data.draw(st.sampled_from(self.runs)).id, "the run was stopped."))

    @rule(data=st.data())
    def end_a_run(self, data: st.DataObject) -> None:
        self.do(self.approvals.become(data.draw(st.sampled_from(self.runs)), "completed"))

    @rule(now=roles)
    def change_what_bob_may(self, now: Principal | None) -> None:
        self.approvals.people.pop("bob", None)
        if now is not None:
            self.approvals.people["bob"] = now

    @rule()
    def restart(self) -> None:
        self.do(self.approvals.restart())
        # A request of a run that has ended does not outlive a start.
        unfinished = {run.id for run in self.approvals.store.unfinished()}
        assert all(view.run in unfinished for view in self.approvals.store.pending())

    @rule(data=st.data(), call=calls, container=containers, once=st.booleans(), as_asked=st.booleans())
    def use(
        self, data: st.DataObject, call: ToolCall, container: tuple[str, str] | None, once: bool, as_asked: bool
    ) -> None:
        views = self.permissions()
        if not views:
            return
        view, run = data.draw(st.sampled_from(views)), data.draw(st.sampled_from(self.runs))
        there = None if container is None else container[0]
        if as_asked:
            view = data.draw(st.sampled_from([view for view in views if view.state == "allowed"] or views))
            call, there = ToolCall(view.call.id, view.call.tool, view.call.arguments), view.container_id
            run = next(run for run in self.runs if run.id == view.run)
        try:
            by = self.do(self.approvals.broker.redeem(view.id, call, there, run=run, once=once))
        except GrantInvalid:
            return
        assert (view.state, view.run, view.call.id, view.container_id) == ("allowed", run.id, call.id, there)
        assert digest(call.tool, call.arguments) == digest(view.call.tool, view.call.arguments)
        assert allows(by, Permission.APPROVE)
        assert allows_in(by, SHOP, MemberRole.MEMBER)
        assert by == self.approvals.people[view.decided_by or ""]
        assert view.requested_by in self.approvals.people
        assert self.approvals.clock.now() - seconds(view.decided_at or "") < PERMISSION_S
        assert not (once and view.id in self.uses)
        self.uses.append(view.id)

    @invariant()
    def each_is_decided_once_and_stays_as_it_was_decided(self) -> None:
        decided: dict[str, PermissionView] = {}
        for stored in self.approvals.told:
            if stored.type == "session.permission_decision":
                view = msgspec.json.decode(stored.text, type=SessionPermissionDecision).data.permission
                assert view.id not in decided
                decided[view.id] = view
        known = {view.id: view for view in self.permissions()}
        assert decided == {name: view for name, view in known.items() if view.state != "pending"}
        told = [data.detail["permission"] for data in self.approvals.trail() if "decision" in data.detail]
        assert sorted(told) == sorted(decided)

    @invariant()
    def who_waits_is_told_what_was_decided(self) -> None:
        known = {view.id: view for view in self.permissions()}
        waiting = [task for task in self.asking if not task.done()]
        for task in self.asking:
            if task.done() and not task.cancelled() and task.exception() is None:
                decision = task.result()
                assert decision.allowed == (known[decision.permission].state == "allowed")
        if not any(view.state == "pending" for view in known.values()):
            assert not waiting

    @invariant()
    def nothing_waits_beyond_its_time(self) -> None:
        for view in self.approvals.store.pending():
            assert seconds(view.expires_at) > self.approvals.clock.now()
            assert seconds(view.expires_at) <= seconds(view.requested_at) + 24 * 3600

    def permissions(self) -> list[PermissionView]:
        async def read() -> list[PermissionView]:
            return [view for run in self.runs for view in await self.approvals.store.permissions(run.session)]

        return self.do(read())

    def teardown(self) -> None:
        for task in self.asking:
            if task.done() and not task.cancelled():
                error = task.exception()
                assert error is None or isinstance(error, AppError), error
        self.do(self.approvals.stop())
        self.loop.close()
        self.folder.cleanup()


TestPermissions = PermissionMachine.TestCase
TestPermissions.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
