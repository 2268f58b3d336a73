"""Whatever people, runners, the storage and crashes do: every run ends once, and every message is answered once."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.property.machines import explore, find
from tests.property.runs.faults import FAULTS
from tests.property.runs.truth import Violation
from tests.property.runs.world import World

which = st.integers(0, 2)
session = st.integers(0, 1)
people = st.sampled_from(["ann", "bob"])
kinds = st.sampled_from(["say", "stream", "ask", "ask and keep", "call", "break", "finish"])
turns = st.integers(0, 60)


class Runs(RuleBasedStateMachine):
    world_class: type[World] = World

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.world = self.world_class()
        self.run(self.world.begin(Path(self.folder.name)))

    def run(self, *doings: Coroutine[Any, Any, None]) -> None:
        for doing in doings:
            self.loop.run_until_complete(doing)

    @rule(session=session, by=people)
    def post(self, session: int, by: str) -> None:
        self.run(self.world.speak(session, by))

    @rule(which=which, kind=kinds)
    def step(self, which: int, kind: str) -> None:
        self.run(self.world.step(which, kind))

    @rule(session=session, which=which)
    def be_answered(self, session: int, which: int) -> None:
        self.run(self.world.speak(session, "ann"), self.world.step(which, "say"))

    @rule(session=session, which=which, kind=st.sampled_from(["ask", "ask and keep", "call"]))
    def be_asked(self, session: int, which: int, kind: str) -> None:
        self.run(self.world.speak(session, "ann"), self.world.step(which, kind))

    @rule(which=which, decision=st.sampled_from(["allow", "deny"]))
    def decide(self, which: int, decision: str) -> None:
        self.run(self.world.answer(which, decision))

    @rule(which=which)
    def stop(self, which: int) -> None:
        self.run(self.world.at_once(self.world.halt(which)))

    @rule(session=session, change=st.sampled_from(["taken", "released"]))
    def hand_over(self, session: int, change: str) -> None:
        self.run(self.world.hand_over(session, change))

    @rule(count=st.integers(1, 3))
    def refuse(self, count: int) -> None:
        """The storage will refuse what comes next."""
        self.world.database.refusals = count

    @rule(which=which, session=session)
    def post_while_a_run_ends(self, which: int, session: int) -> None:
        world = self.world
        self.run(world.at_once(world.step(which, "finish"), world.speak(session, "ann")))

    @rule(which=which, kind=kinds)
    def stop_while_something_happens(self, which: int, kind: str) -> None:
        world = self.world
        self.run(world.at_once(world.step(which, kind), world.halt(which)))

    @rule(which=which)
    def decide_while_it_is_stopped(self, which: int) -> None:
        world = self.world
        self.run(world.at_once(world.answer(which, "allow"), world.halt(which)))

    @rule(which=which, kind=kinds, session=session, after=turns)
    def crash(self, which: int, kind: str, session: int, after: int) -> None:
        world = self.world
        self.run(world.at_once(world.step(which, kind), world.speak(session, "ann"), crash_after=after))

    @rule(which=which, after=turns)
    def crash_in_a_stop(self, which: int, after: int) -> None:
        self.run(self.world.at_once(self.world.halt(which), crash_after=after))

    @rule()
    def end_and_start(self) -> None:
        """An orderly end."""
        world = self.world
        world.database.refusals = 0
        self.run(world.close(), world.crash(), world.boot())

    @invariant()
    def nothing_waits_in_vain(self) -> None:
        if not self.world.database.refusals:
            self.run(self.world.settle())
            self.world.check_now()

    def teardown(self) -> None:
        with ExitStack() as last:
            last.callback(self.folder.cleanup)
            last.callback(self.loop.close)
            last.callback(lambda: self.run(self.world.crash()))
            self.run(self.world.come_to_rest())


def machine(world: type[World]) -> type[Runs]:
    return type(f"Runs{world.__name__}", (Runs,), {"world_class": world})


# A violation is worth the time that it takes to find the shortest way to it.
@pytest.mark.timeout(600)
def test_every_run_ends_once_and_every_message_is_answered_once() -> None:
    explore(machine(World), examples=25, steps=15)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("world", FAULTS, ids=lambda world: world.__name__)
def test_the_machine_notices(world: type[World]) -> None:
    with pytest.raises(Violation):
        find(machine(world), examples=500, steps=15)
