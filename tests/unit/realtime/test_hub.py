from __future__ import annotations

import asyncio

import pytest

from server.eventlog.log import NewEvent, StoredEvent
from server.eventlog.memory import MemoryLog
from server.realtime.close import Close
from server.realtime.hub import Hub
from server.realtime.pool import PoolFull
from server.tasks import Tasks
from tests.fakes.clock import FakeClock
from tests.fakes.gate import OpenGate
from tests.unit.realtime.conftest import LIMITS, Client, Publish


async def test_an_event_reaches_who_listens_to_its_channel_and_nobody_else(hub: Hub, publish: Publish) -> None:
    listener, other = Client(hub), Client(hub)
    hub.join(listener.connection, ["system"])
    hub.join(other.connection, ["session:a"])
    seqs = await publish("system")
    assert (listener.seqs(), other.seqs()) == (seqs, [])


async def test_all_receivers_share_one_frame(hub: Hub, publish: Publish) -> None:
    clients = [Client(hub) for _ in range(3)]
    for client in clients:
        hub.join(client.connection, ["system"])
    written: list[bytes] = []
    for client in clients:
        client.transport.write = written.append  # type: ignore[method-assign]
    await publish()
    assert len(written) == 3
    assert written[0] is written[1] is written[2]


async def test_a_batch_over_several_channels_arrives_in_the_order_of_its_seqs(hub: Hub, log: MemoryLog) -> None:
    client = Client(hub)
    hub.join(client.connection, ["system", "session:a"])
    channels = ["system", "session:a", "session:a", "system", "session:a"]
    await log.append([NewEvent(type="test.event", channel=channel, data={}) for channel in channels])
    assert client.seqs() == [1, 2, 3, 4, 5]


async def test_who_leaves_a_channel_hears_no_more_of_it(hub: Hub, publish: Publish) -> None:
    client = Client(hub)
    hub.join(client.connection, ["system", "session:a"])
    hub.part(client.connection, ["system"])
    await publish("system")
    seqs = await publish("session:a")
    assert client.seqs() == seqs


async def test_who_joins_a_state_channel_gets_its_latest_state_at_once(hub: Hub) -> None:
    hub.publish_state("metrics", b'{"n":1}')
    hub.publish_state("metrics", b'{"n":2}')
    client = Client(hub)
    hub.join(client.connection, ["metrics"])
    assert client.transport.take() == [{"n": 2}]


async def test_joining_a_channel_twice_changes_nothing(hub: Hub, publish: Publish) -> None:
    hub.publish_state("metrics", b'{"n":1}')
    client = Client(hub)
    hub.join(client.connection, ["metrics", "system"])
    hub.join(client.connection, ["metrics", "system"])
    await publish()
    assert len(client.transport.take()) == 2


async def test_a_hidden_event_is_sent_as_its_place_in_the_order(hub: Hub, gate: OpenGate, publish: Publish) -> None:
    gate.sees = lambda event: event.seq % 2 == 1
    client = Client(hub)
    hub.join(client.connection, ["system"])
    await publish(count=3)
    messages = client.transport.take()
    assert [m["type"] for m in messages] == ["test.event", "skip", "test.event"]
    assert messages[1] == {"type": "skip", "channel": "system", "seq": 2, "prev": 1}


async def test_a_heartbeat_carries_the_cursor_and_the_heads_of_the_own_channels(hub: Hub, publish: Publish) -> None:
    client = Client(hub)
    hub.join(client.connection, ["session:a", "metrics"])
    await publish("session:a")
    await publish("session:b")
    client.transport.take()
    hub.heartbeat()
    (beat,) = client.transport.take()
    assert (beat["seq"], beat["data"]) == (2, {"heads": {"session:a": 1}})


async def test_a_heartbeat_never_overtakes_an_event_that_waits(hub: Hub, publish: Publish) -> None:
    client = Client(hub)
    hub.join(client.connection, ["system"])
    client.fill()
    await publish()
    client.transport.take()
    hub.heartbeat()
    assert client.transport.take() == []
    hub.sweep()
    assert [m["type"] for m in client.transport.take()] == ["test.event", "heartbeat"]


async def test_what_is_under_way_in_a_channel_of_events_is_sent_to_who_listens_and_to_who_comes(hub: Hub) -> None:
    listener = Client(hub)
    hub.join(listener.connection, ["session:a"])
    hub.publish_state("session:a", b'{"text":"I"}')
    late = Client(hub)
    hub.join(late.connection, ["session:a"])
    assert (listener.transport.take(), late.transport.take()) == ([{"text": "I"}], [{"text": "I"}])


async def test_what_has_ended_in_a_channel_is_sent_to_nobody_any_more(hub: Hub, publish: Publish) -> None:
    slow, late = Client(hub), Client(hub)
    hub.join(slow.connection, ["session:a"])
    slow.fill()
    hub.publish_state("session:a", b'{"text":"I am"}')
    (seq,) = await publish("session:a")
    hub.end_state("session:a")
    hub.join(late.connection, ["session:a"])
    slow.transport.take()
    hub.sweep()
    assert [m["seq"] for m in slow.transport.take()] == [seq]
    assert late.transport.take() == []


async def test_a_state_among_events_waits_until_what_was_missed_was_sent(hub: Hub) -> None:
    client = Client(hub)
    client.connection.hold()
    hub.publish_state("session:a", b'{"text":"I"}')
    hub.join(client.connection, ["session:a"])
    hub.publish_state("session:a", b'{"text":"I am"}')
    assert client.transport.take() == []
    client.connection.release()
    assert client.transport.take() == [{"text": "I am"}]


async def test_a_state_that_ended_during_a_replay_is_not_sent_after_it(hub: Hub) -> None:
    client = Client(hub)
    client.connection.hold()
    hub.join(client.connection, ["session:a"])
    hub.publish_state("session:a", b'{"text":"I"}')
    hub.end_state("session:a")
    client.connection.release()
    assert client.transport.take() == []


async def test_the_pool_is_bounded_and_a_leaver_makes_room(hub: Hub) -> None:
    clients = [Client(hub) for _ in range(LIMITS.pool)]
    with pytest.raises(PoolFull):
        Client(hub)
    hub.leave(clients[0].connection)
    Client(hub)
    assert len(hub) == LIMITS.pool


async def test_a_peer_without_a_sign_of_life_is_cut_off(hub: Hub, clock: FakeClock) -> None:
    silent, alive = Client(hub), Client(hub)
    hub.join(silent.connection, ["system"])
    hub.join(alive.connection, ["system"])
    await clock.advance(LIMITS.dead_s)
    alive.connection.heard(clock.monotonic())
    hub.check_liveness()
    assert (silent.connection.closed_as, alive.connection.closed_as) == (Close.NO_LIFE, None)


async def test_who_listens_to_nothing_is_let_go_after_the_idle_limit(hub: Hub, clock: FakeClock) -> None:
    client = Client(hub)
    hub.join(client.connection, ["system"])
    hub.part(client.connection, ["system"])
    await clock.advance(LIMITS.idle_s)
    client.connection.heard(clock.monotonic())
    hub.check_liveness()
    assert client.connection.closed_as is Close.DONE


async def test_a_peer_that_never_answers_the_close_frame_is_cut_off(hub: Hub, clock: FakeClock) -> None:
    client = Client(hub)
    hub.close()
    await clock.advance(LIMITS.heartbeat_s)
    hub.check_liveness()
    assert client.transport.aborted


async def test_only_the_latest_closes_are_remembered(hub: Hub) -> None:
    first, *others = [Client(hub) for _ in range(LIMITS.remembered_closes + 1)]
    for client in (first, *others):
        client.connection.cut(Close.TOO_SLOW)
    assert hub.previous_close(first.connection.id) is None
    assert all(hub.previous_close(client.connection.id) == "too_slow" for client in others)


async def test_a_long_poll_wakes_when_something_is_published(tasks: Tasks, hub: Hub, publish: Publish) -> None:
    waiting = [tasks.spawn("work", hub.changed(0, timeout_s=60)) for _ in range(2)]
    await asyncio.sleep(0)
    await publish()
    await asyncio.gather(*waiting)
    assert hub.published == 1


async def test_a_long_poll_that_is_given_up_leaves_the_others_waiting(tasks: Tasks, hub: Hub, publish: Publish) -> None:
    given_up, waiting = (tasks.spawn("work", hub.changed(0, timeout_s=60)) for _ in range(2))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    assert not waiting.done()
    await publish()
    await waiting


async def test_a_hub_over_an_older_log_starts_at_its_head(log: MemoryLog, clock: FakeClock, gate: OpenGate) -> None:
    await log.append([NewEvent(type="test.event", channel="session:a", data={})])
    hub = Hub(log, clock=clock, limits=LIMITS, gate=gate)
    await hub.start()
    client = Client(hub)
    hub.join(client.connection, ["session:a"])
    hub.heartbeat()
    assert client.transport.take()[0]["data"]["heads"] == {"session:a": 1}


async def test_a_listener_that_leaves_while_a_batch_is_fanned_out_hurts_nobody(hub: Hub) -> None:
    clients = [Client(hub) for _ in range(3)]
    for client in clients:
        hub.join(client.connection, ["system"])
        client.fill()
        client.connection.send(b"\x81\x02{}" * (LIMITS.outbox_b // 4))
    event = StoredEvent(seq=1, prev=0, channel="system", type="t", id="i", timestamp="", text=b'{"seq":1,"prev":0}')
    hub.publish([event])
    assert [client.connection.closed_as for client in clients] == [Close.TOO_SLOW] * 3
    assert hub.status() == {}


async def test_a_peer_that_is_lost_while_a_batch_is_fanned_out_takes_nothing_from_the_others(
    hub: Hub, publish: Publish
) -> None:
    clients = [Client(hub) for _ in range(3)]
    for client in clients:
        hub.join(client.connection, ["system"])
    clients[1].transport.lost = True
    seqs = await publish()
    assert [client.seqs() for client in clients] == [seqs, [], seqs]
    assert hub.published == seqs[-1]
    assert len(hub) == 2


@pytest.mark.parametrize("behind", [False, True])
async def test_nothing_that_is_sent_to_a_lost_peer_fails(hub: Hub, behind: bool) -> None:
    client = Client(hub)
    hub.join(client.connection, ["metrics", "system"])
    if behind:
        client.fill()
        client.connection.send(b"\x81\x02{}")
        client.transport.take()
    client.transport.lost = True
    hub.sweep()
    hub.heartbeat()
    hub.publish_state("metrics", b"{}")
    client.connection.send(b"\x81\x02{}")
    assert client.connection.closed_as is Close.LOST
    assert hub.previous_close(client.connection.id) is None
    hub.leave(client.connection)
