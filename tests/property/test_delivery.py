"""Per channel every durable event exactly once and in order, or an explicit gap: whatever happens between."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.property.delivery.client import ModelClient
from tests.property.delivery.faults import Fault
from tests.property.delivery.rights import hears, person
from tests.property.delivery.rights_faults import FAULTS
from tests.property.delivery.truth import Violation
from tests.property.delivery.world import LIMITS, RING, World
from tests.property.machines import explore, find

CHANNELS = ["system", "session:a", "session:b"]
SHARED_MEMORY = Path("/dev/shm")

channels = st.lists(st.sampled_from(CHANNELS[:2]), min_size=1, max_size=3)
who = st.integers(0, 1)
quiet = st.lists(st.sampled_from(CHANNELS[:2]), max_size=2)
few = st.integers(1, 4)
rights = st.lists(st.sampled_from(CHANNELS), max_size=3, unique=True)


class Delivery(RuleBasedStateMachine):
    """Two clients, one of which does not see everything at first, on two channels; tiny limits everywhere."""

    fault: type[Fault] = Fault

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None)
        self.world = World(Path(self.folder.name), self.fault())
        self.backed_up = False

    def run(self, *steps: Coroutine[Any, Any, object]) -> None:
        async def all_of_them() -> None:
            for step in steps:
                await step

        try:
            self.loop.run_until_complete(all_of_them())
        finally:
            # After a violation the later steps are not taken.
            for step in steps:
                step.close()

    def client(self, index: int) -> ModelClient:
        return self.world.clients[index]

    @initialize()
    def open(self) -> None:
        world = self.world
        self.run(world.start())
        for name, filtered in (("ann", False), ("ben", True)):
            world.people.now[name] = person(name, CHANNELS, filtered=filtered)
            client = world.fault.client(name, CHANNELS[:2], world.truth, too_many=LIMITS.replay_events)
            world.clients.append(client)
            self.run(world.connect(client), world.deliver(client))

    # Single steps.

    @rule(channels=channels)
    def publish(self, channels: list[str]) -> None:
        self.run(self.world.publish(channels))

    @rule(index=who, frames=few)
    def read_some(self, index: int, frames: int) -> None:
        self.run(self.world.deliver(self.client(index), frames))

    @rule(index=who)
    def read_all(self, index: int) -> None:
        self.run(self.world.deliver(self.client(index)))

    @rule(index=who)
    def read_stale(self, index: int) -> None:
        self.run(self.world.deliver(self.client(index), stale=True))

    @rule(index=who)
    def reconnect_half_open(self, index: int) -> None:
        self.run(self.world.connect(self.client(index)))

    @rule()
    def heartbeat(self) -> None:
        self.world.hub.heartbeat()

    @rule()
    def sweep(self) -> None:
        self.world.hub.sweep()

    @rule()
    def open_gates(self) -> None:
        self.run(self.world.open_gates())

    @rule(keep=st.integers(0, 6))
    def prune(self, keep: int) -> None:
        self.run(self.world.open_gates(), self.world.prune(self.world.truth.head - keep))

    @rule(lost=st.booleans())
    def kill(self, lost: bool) -> None:
        self.run(self.world.kill())
        if lost:
            for client in self.world.clients:
                if client.socket is not None:
                    client.socket.transport.abort()
        self.run(self.world.start())

    @rule()
    def back_up(self) -> None:
        self.world.back_up()
        self.backed_up = True

    @precondition(lambda self: self.backed_up)
    @rule()
    def restore(self) -> None:
        self.run(self.world.restore())

    @precondition(lambda self: len(self.client(0).channels) == 2)
    @rule(back=st.none() | st.integers(0, 5))
    def add_channel(self, back: int | None) -> None:
        truth = self.world.truth
        since = None if back is None else max(truth.floor(truth.epoch), self.world.hub.published - back)
        self.run(self.world.subscribe(self.client(0), CHANNELS[2], since))

    @rule(index=who, heard=rights, filtered=st.booleans())
    def change_rights(self, index: int, heard: list[str], filtered: bool) -> None:
        self.run(self.world.change_rights(self.client(index), heard, filtered=filtered))

    @rule(index=who)
    def ask_for_what_was_lost(self, index: int) -> None:
        self.run(self.world.ask_again(self.client(index)))

    # Steps that belong together: single rules seldom meet in this order.

    @rule(index=who, before=channels, during=channels, after=channels)
    def reconnect_while_publishing(self, index: int, before: list[str], during: list[str], after: list[str]) -> None:
        world = self.world
        world.database.reading.clear()
        self.run(
            world.publish(before),
            world.connect(self.client(index)),
            world.publish(during),
            world.open_gates(),
            world.publish(after),
        )

    @rule(index=who, heard=rights, filtered=st.booleans())
    def change_rights_of_a_live_client(self, index: int, heard: list[str], filtered: bool) -> None:
        """Nothing waits for it. Of the events after the change there is one for every kind of filter and channel."""
        world, client = self.world, self.client(index)
        world.hub.sweep()
        self.run(world.deliver(client), world.change_rights(client, heard, filtered=filtered))
        for _ in range(3):
            self.run(world.publish(CHANNELS[:2]), world.deliver(client))

    @rule(index=who, lost=st.sampled_from(CHANNELS[:2]), filtered=st.booleans(), during=quiet, after=channels)
    def lose_rights_during_a_replay(
        self, index: int, lost: str, filtered: bool, during: list[str], after: list[str]
    ) -> None:
        """What was missed is being read, with or without events that are held back meanwhile."""
        world, client = self.world, self.client(index)
        self.run(world.change_rights(client, CHANNELS, filtered=False), world.bring_up(client))
        if client.socket is not None:
            client.socket.connection.cut(1000)  # type: ignore[arg-type]
        # Few that it wants, and so far back that they have to be read from the file.
        self.run(world.publish(CHANNELS[:2]), *[world.publish([CHANNELS[2]]) for _ in range(RING)])
        world.database.reading.clear()
        self.run(
            world.connect(client),
            *[world.publish([channel]) for channel in during],
            world.change_rights(client, [c for c in CHANNELS if c != lost], filtered=filtered),
            world.open_gates(),
            world.publish(after),
        )

    @rule(index=who, count=st.integers(3, 6), lost=st.sampled_from(CHANNELS[:2]), filtered=st.booleans())
    def lose_rights_while_slow(self, index: int, count: int, lost: str, filtered: bool) -> None:
        world, client = self.world, self.client(index)
        self.run(world.change_rights(client, CHANNELS, filtered=False), world.bring_up(client))
        for _ in range(count):
            self.run(world.publish([lost]))
        heard = [channel for channel in CHANNELS if channel != lost]
        self.run(world.change_rights(client, heard, filtered=filtered), world.deliver(client))
        world.hub.sweep()
        self.run(world.settle())

    @rule(index=who, events=channels)
    def reconnect_between_commit_and_fan_out(self, index: int, events: list[str]) -> None:
        world = self.world
        world.database.reply.clear()
        self.run(world.publish(events), world.connect(self.client(index)), world.open_gates())

    @rule(events=channels, after=channels)
    def publisher_goes_away_after_its_commit(self, events: list[str], after: list[str]) -> None:
        world = self.world
        world.database.reply.clear()
        self.run(world.publish(events), world.cancel_publishers(), world.open_gates(), world.publish(after))

    @rule(events=channels, index=who, then=channels)
    def kill_while_committing(self, events: list[str], index: int, then: list[str]) -> None:
        world = self.world
        world.database.commit.clear()
        self.run(
            world.publish(events),
            world.deliver(self.client(index)),
            world.kill(),
            world.start(),
            world.publish(then),
        )

    @rule(index=who, count=st.integers(1, 8), later=channels)
    def fall_behind(self, index: int, count: int, later: list[str]) -> None:
        """Stop reading until frames wait, then read what the transport holds."""
        world, client = self.world, self.client(index)
        self.run(world.change_rights(client, CHANNELS, filtered=index == 1), world.bring_up(client))
        for _ in range(count):
            self.run(world.publish(["system"]))
        self.world.hub.heartbeat()
        self.run(world.deliver(client), world.publish(later))
        self.world.hub.sweep()

    @rule(index=who, count=st.integers(5, 18))
    def come_back_after_long(self, index: int, count: int) -> None:
        world, client = self.world, self.client(index)
        if client.socket is not None:
            client.socket.connection.cut(1000)  # type: ignore[arg-type]
        for _ in range(count):
            self.run(world.publish(["system"]))
        self.run(world.connect(client), world.deliver(client))

    @rule(then=channels)
    def restart_with_everything_pruned(self, then: list[str]) -> None:
        world = self.world
        self.run(world.open_gates(), world.prune(world.truth.head), world.kill(), world.start(), world.publish(then))

    @rule(index=who, more=channels, then=st.lists(channels, min_size=1, max_size=3))
    def go_back_in_time(self, index: int, more: list[str], then: list[list[str]]) -> None:
        """Restore a backup that is older than what a client has seen, while it has an old socket."""
        world, client = self.world, self.client(index)
        self.run(world.open_gates())
        world.back_up()
        self.run(world.publish(more), world.deliver(client), world.publish(more), world.restore())
        for events in then:
            self.run(world.publish(events))
        self.run(world.connect(client), world.deliver(client), world.deliver(client, stale=True))

    def teardown(self) -> None:
        with ExitStack() as last:
            last.callback(self.folder.cleanup)
            last.callback(self.loop.close)
            last.callback(lambda: self.run(self.world.kill()))
            self.run(self.world.come_to_rest())
            for client in self.world.clients:
                client.check_complete(partial(hears, self.world.people.now[client.name]))


def machine(fault: type[Fault]) -> type[Delivery]:
    return type(f"Delivery{fault.__name__}", (Delivery,), {"fault": fault})


# A violation is worth the time that it takes to find the shortest way to it.
@pytest.mark.timeout(600)
def test_every_event_arrives_once_and_in_order_or_is_declared_lost() -> None:
    explore(machine(Fault), examples=60, steps=25)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_machine_notices(fault: type[Fault]) -> None:
    # Most are found within 150 examples; which ones are tried depends on what else the run has imported, so the bound
    # leaves room.
    with pytest.raises(Violation):
        find(machine(fault), examples=2000, steps=25)


def test_there_are_nineteen_faults() -> None:
    assert len(FAULTS) == 19
