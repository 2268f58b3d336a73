"""What happens to live connections when somebody's rights change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from server.access import Identity, Principal, Role
from server.errors import Forbidden
from server.eventlog.log import Page
from server.eventlog.memory import MemoryLog
from server.realtime.close import Close
from server.realtime.connection import EventFilter
from server.realtime.hub import Hub
from server.realtime.limits import GRACE_S
from server.realtime.pool import PoolFull, UserLimit
from server.realtime.replay import Replays, ResumeRequest
from server.tasks import Tasks
from tests.fakes.clock import FakeClock
from tests.fakes.gate import OpenGate
from tests.unit.realtime.conftest import LIMITS, Client, Publish

ANN = Principal("ann", Role.VIEWER, user="ann", credential="1")
TEAM = replace(ANN, labels=("team=a",))
BEN = Principal("ben", Role.VIEWER, user="ben", credential="2")


class RoleGate(OpenGate):
    """Admins may hear the audit trail; who has labels does not see odd events, and of a state only its labels."""

    def joins(self, principal: Principal, channel: str) -> bool:
        return channel not in self.closed and (channel != "audit" or principal.role is Role.ADMIN)

    def filter(self, principal: Principal) -> EventFilter | None:
        return (lambda event: event.seq % 2 == 0) if principal.labels else None

    def narrow(self, principal: Principal, channel: str, message: bytes) -> bytes:
        self.narrowed += 1
        return b'{"type":"part","of":"%b"}' % principal.labels[0].encode()


@pytest.fixture
def gate() -> OpenGate:
    return RoleGate()


def change(before: Principal, after: Principal | None) -> Callable[[Principal], Principal | None]:
    """What says of everybody but one that they are as they were."""
    return lambda principal: after if principal == before else principal


def admin(of: Principal) -> Principal:
    return replace(of, role=Role.ADMIN)


def types(client: Client) -> list[str]:
    return [message["type"] for message in client.transport.take()]


async def test_who_is_no_more_is_let_go_and_the_others_are_not(hub: Hub, publish: Publish) -> None:
    ann, ben = Client(hub, ANN), Client(hub, BEN)
    for client in (ann, ben):
        hub.join(client.connection, ["system"])
    hub.reauthorise(change(ANN, None))
    seqs = await publish()
    assert ann.goodbyes == [(Close.TOKEN_REVOKED, "token_revoked")]
    assert (ann.seqs(), ben.seqs()) == ([], seqs)


async def test_nothing_happens_to_who_has_not_changed(hub: Hub) -> None:
    ann = Client(hub, ANN)
    hub.join(ann.connection, ["system"])
    hub.reauthorise(lambda principal: replace(principal))
    assert (ann.transport.waiting, ann.goodbyes) == ([], [])


async def test_a_channel_that_is_lost_is_left_and_said_and_the_others_go_on(hub: Hub, publish: Publish) -> None:
    ann = Client(hub, admin(ANN))
    hub.join(ann.connection, ["audit", "system"])
    await publish("audit")
    hub.reauthorise(change(admin(ANN), ANN))
    await publish("audit")
    await publish("system")
    first, told, last = ann.transport.take()
    assert (first["channel"], last["channel"]) == ("audit", "system")
    assert (told["type"], told["data"]) == ("unsubscribed", {"channels": ["audit"], "reason": "permission"})
    assert ann.connection.channels == {"system"}


async def test_who_has_no_channel_left_is_told_and_let_go(hub: Hub) -> None:
    ann = Client(hub, admin(ANN))
    hub.join(ann.connection, ["audit"])
    hub.reauthorise(change(admin(ANN), ANN))
    assert types(ann) == ["unsubscribed"]
    assert [code for code, _ in ann.goodbyes] == [Close.FORBIDDEN]


async def test_who_listens_to_nothing_stays(hub: Hub) -> None:
    ann = Client(hub, admin(ANN))
    hub.reauthorise(change(admin(ANN), ANN))
    assert ann.connection.open


async def test_a_filter_holds_from_the_change_on_and_no_longer_than_it_is_there(hub: Hub, publish: Publish) -> None:
    ann = Client(hub, ANN)
    hub.join(ann.connection, ["system"])
    await publish()
    hub.reauthorise(change(ANN, TEAM))
    await publish(count=2)
    hub.reauthorise(change(TEAM, ANN))
    await publish(count=2)
    assert types(ann) == ["test.event", "test.event", "skip", "test.event", "test.event"]


async def test_states_come_anew_to_who_sees_another_part_of_them(hub: Hub) -> None:
    hub.publish_state("containers", b'{"type":"whole"}')
    ann = Client(hub, ANN)
    hub.join(ann.connection, ["containers", "system"])
    hub.reauthorise(change(ANN, TEAM))
    hub.reauthorise(change(TEAM, ANN))
    assert types(ann) == ["whole", "part", "whole"]


async def test_a_state_is_narrowed_once_for_all_with_the_same_labels(hub: Hub, gate: OpenGate) -> None:
    ours = [Client(hub, replace(TEAM, id=f"{n}", user=f"{n}")) for n in range(3)]
    other = Client(hub, replace(BEN, labels=("team=b",)))
    for client in (*ours, other):
        hub.join(client.connection, ["containers"])
    hub.publish_state("containers", b'{"type":"whole"}')
    assert [client.transport.take() for client in ours] == [[{"type": "part", "of": "team=a"}]] * 3
    assert other.transport.take() == [{"type": "part", "of": "team=b"}]
    assert gate.narrowed == 2
    late = Client(hub, TEAM)
    hub.join(late.connection, ["containers"])
    assert (types(late), gate.narrowed) == (["part"], 2)
    hub.publish_state("containers", b'{"type":"next"}')
    assert gate.narrowed == 4


async def test_a_state_that_waits_for_a_slow_client_is_replaced_by_what_it_may_see(hub: Hub) -> None:
    ann = Client(hub, ANN)
    hub.join(ann.connection, ["containers", "metrics"])
    ann.fill()
    hub.publish_state("containers", b'{"type":"whole"}')
    hub.reauthorise(change(ANN, TEAM))
    ann.transport.take()
    hub.sweep()
    assert types(ann) == ["part"]


async def test_a_state_of_a_channel_that_is_lost_waits_no_longer(hub: Hub, gate: OpenGate) -> None:
    ann = Client(hub, ANN)
    hub.join(ann.connection, ["containers", "system"])
    ann.fill()
    hub.publish_state("containers", b'{"type":"whole"}')
    gate.closed = {"containers"}
    hub.reauthorise(change(ANN, admin(ANN)))
    ann.transport.take()
    hub.sweep()
    assert types(ann) == ["unsubscribed"]


@pytest.mark.parametrize(("before", "after"), [(admin(ANN), ANN), (ANN, TEAM), (TEAM, replace(TEAM, labels=("b",)))])
async def test_who_loses_something_while_events_wait_is_cut_and_comes_back(
    hub: Hub, publish: Publish, before: Principal, after: Principal
) -> None:
    ann = Client(hub, before)
    hub.join(ann.connection, ["system", "session:a", "audit"] if before.role is Role.ADMIN else ["system"])
    ann.fill()
    await publish("system")
    hub.reauthorise(change(before, after))
    assert ann.connection.closed_as is Close.RIGHTS_CHANGED
    assert ann.transport.aborted
    assert hub.previous_close(ann.connection.id) == "rights_changed"


async def test_who_only_gains_keeps_what_waits(hub: Hub, publish: Publish) -> None:
    ann = Client(hub, TEAM)
    hub.join(ann.connection, ["system"])
    ann.fill()
    await publish(count=2)
    hub.reauthorise(change(TEAM, admin(ANN)))
    ann.transport.take()
    hub.sweep()
    assert ann.seqs() == [1, 2]


async def test_who_loses_something_during_a_replay_is_let_go_before_it_is_shown(
    hub: Hub, clock: FakeClock, log: MemoryLog, publish: Publish
) -> None:
    await publish("audit", count=2)

    class Changing(MemoryLog):
        async def read(self, after: int, **bounds: Any) -> Page:
            page = await log.read(after, **bounds)
            hub.reauthorise(change(admin(ANN), ANN))
            return page

    ann = Client(hub, admin(ANN))
    await Replays(hub, Changing(clock=clock), ann.connection, clock).connect(ResumeRequest(("system", "audit"), 0))
    assert ann.transport.waiting == []
    assert ann.goodbyes == [(Close.RIGHTS_CHANGED, "rights_changed")]


async def test_who_loses_something_between_two_pages_is_not_shown_the_second(
    tasks: Tasks, hub: Hub, clock: FakeClock, log: MemoryLog, publish: Publish
) -> None:
    await publish("audit", count=LIMITS.single_page_events + 1)
    ann = Client(hub, admin(ANN))
    replays = Replays(hub, log, ann.connection, clock)
    span = await replays.connect(ResumeRequest(("system", "audit"), 0))
    assert span is not None
    finishing = tasks.spawn("finish", replays.finish(span))
    while len(ann.transport.waiting) < 2:
        await asyncio.sleep(0)
    page = ann.transport.take()[-1]["data"]
    hub.reauthorise(change(admin(ANN), ANN))
    replays.acknowledge(page["to"])
    await finishing
    assert ann.transport.waiting == []


async def test_a_state_that_is_lost_while_the_log_is_read_is_forbidden_and_not_sent(
    hub: Hub, gate: OpenGate, clock: FakeClock, log: MemoryLog, publish: Publish
) -> None:
    await publish("system")
    hub.publish_state("containers", b'{"type":"whole"}')

    class Changing(MemoryLog):
        async def read(self, after: int, **bounds: Any) -> Page:
            gate.closed = {"containers"}
            hub.reauthorise(change(ANN, admin(ANN)))
            return await log.read(after, **bounds)

    ann = Client(hub, ANN)
    await Replays(hub, Changing(clock=clock), ann.connection, clock).connect(
        ResumeRequest(("system", "containers"), last_seq=0)
    )
    connected, page = ann.transport.take()
    assert connected["data"]["channels"]["containers"] == {"recovered": None, "forbidden": True}
    assert page["type"] == "missed_events"


async def test_a_subscription_that_waited_its_turn_is_refused_if_it_may_not_be_any_more(
    tasks: Tasks, hub: Hub, gate: OpenGate, clock: FakeClock, log: MemoryLog, publish: Publish
) -> None:
    await publish("system", count=LIMITS.single_page_events + 1)
    ann = Client(hub, ANN)
    replays = Replays(hub, log, ann.connection, clock)
    span = await replays.connect(ResumeRequest(("system",), 0))
    assert span is not None
    finishing = tasks.spawn("finish", replays.finish(span))
    await asyncio.sleep(0)
    asking = tasks.spawn("subscribe", replays.subscribe_since(["session:a"], 0, "7"))
    await asyncio.sleep(0)
    gate.closed = {"session:a"}
    hub.reauthorise(change(ANN, admin(ANN)))
    while not finishing.done():
        for message in ann.transport.take():
            if message["type"] == "missed_events":
                replays.acknowledge(message["data"]["to"])
        await asyncio.sleep(0)
    with pytest.raises(Forbidden):
        await asking
    assert ann.connection.channels == {"system"}


async def test_a_newer_token_moves_the_end_and_brings_the_rights_of_now(hub: Hub, clock: FakeClock) -> None:
    ann = Client(hub, admin(ANN), expires_at_s=clock.now() + 1)
    hub.join(ann.connection, ["audit", "system"])
    hub.renew(ann.connection, Identity(ANN, clock.now() + 900))
    assert types(ann) == ["unsubscribed"]
    await clock.advance(60)
    ann.connection.heard(clock.monotonic())
    hub.check_liveness()
    assert ann.connection.open


async def test_a_connection_outlives_its_token_by_the_time_to_refresh_it(hub: Hub, clock: FakeClock) -> None:
    ann = Client(hub, ANN, expires_at_s=clock.now() + 60)
    hub.join(ann.connection, ["system"])
    for ahead, goodbyes in ((60 + GRACE_S - 1, []), (1, [(Close.TOKEN_EXPIRED, "token_expired")])):
        await clock.advance(ahead)
        ann.connection.heard(clock.monotonic())
        hub.check_liveness()
        assert ann.goodbyes == goodbyes


async def test_one_user_has_only_so_many_connections_whatever_tokens_they_come_with(
    log: MemoryLog, clock: FakeClock, gate: OpenGate
) -> None:
    hub = Hub(log, clock=clock, limits=replace(LIMITS, per_user=2), gate=gate)
    first = Client(hub, ANN)
    Client(hub, replace(ANN, id="ann:ci", credential="3"))
    with pytest.raises(UserLimit):
        Client(hub, ANN)
    Client(hub, BEN)
    hub.reauthorise(change(ANN, admin(ANN)))
    hub.leave(first.connection)
    Client(hub, ANN)


async def test_without_a_limit_of_their_own_one_user_may_fill_the_pool(
    log: MemoryLog, clock: FakeClock, gate: OpenGate
) -> None:
    hub = Hub(log, clock=clock, limits=replace(LIMITS, per_user=0), gate=gate)
    for _ in range(LIMITS.pool):
        Client(hub, ANN)
    with pytest.raises(PoolFull):
        Client(hub, ANN)
