from __future__ import annotations

from server.realtime.close import Close
from server.realtime.frames import text_frame
from server.realtime.hub import Hub
from tests.fakes.clock import FakeClock
from tests.unit.realtime.conftest import LIMITS, Client, Publish


def message(n: int) -> bytes:
    return text_frame(b'{"seq":%d,"prev":%d}' % (n, n - 1))


async def test_a_frame_for_a_healthy_client_goes_straight_to_its_transport(hub: Hub) -> None:
    client = Client(hub)
    client.connection.send(message(1))
    assert client.seqs() == [1]
    assert client.connection.outbox is None


async def test_frames_for_a_slow_client_wait_in_order_and_leave_in_one_write(hub: Hub) -> None:
    client = Client(hub)
    client.fill()
    for n in (1, 2, 3):
        client.connection.send(message(n))
    client.transport.take()
    hub.sweep()
    assert client.seqs() == [1, 2, 3]


async def test_nothing_overtakes_a_waiting_frame_even_when_the_transport_has_room_again(hub: Hub) -> None:
    client = Client(hub)
    client.fill()
    client.connection.send(message(1))
    client.transport.take()
    client.connection.send(message(2))
    hub.sweep()
    assert client.seqs() == [1, 2]


async def test_a_client_whose_outbox_is_full_is_cut_off(hub: Hub) -> None:
    client = Client(hub)
    client.fill()
    for n in range(LIMITS.outbox_messages + 1):
        client.connection.send(message(n))
    assert client.transport.aborted
    assert hub.previous_close(client.connection.id) == "too_slow"


async def test_an_outbox_is_also_bounded_in_bytes(hub: Hub) -> None:
    client = Client(hub)
    client.fill()
    client.connection.send(text_frame(b"x" * LIMITS.outbox_b))
    assert client.connection.closed_as is Close.TOO_SLOW


async def test_a_client_that_takes_nothing_is_cut_off_when_the_stall_limit_is_over(hub: Hub, clock: FakeClock) -> None:
    client = Client(hub)
    client.fill()
    client.connection.send(message(1))
    await clock.advance(LIMITS.stall_s - 0.1)
    hub.sweep()
    assert not client.transport.aborted
    await clock.advance(0.1)
    hub.sweep()
    assert client.transport.aborted


async def test_a_client_that_reads_slowly_but_reads_stays(hub: Hub, clock: FakeClock) -> None:
    client = Client(hub)
    client.transport.waiting += [b"\x89\x00"] * LIMITS.mark_b
    client.connection.send(message(1))
    for _ in range(4):
        await clock.advance(LIMITS.stall_s - 0.1)
        client.transport.take(1)
        hub.sweep()
    assert not client.transport.aborted


async def test_only_the_latest_state_of_a_channel_waits_for_a_slow_client(hub: Hub) -> None:
    client = Client(hub)
    hub.join(client.connection, ["metrics"])
    client.fill()
    for n in range(100):
        hub.publish_state("metrics", b'{"type":"metrics","n":%d}' % n)
    client.transport.take()
    hub.sweep()
    assert [m["n"] for m in client.transport.take()] == [99]


async def test_held_events_come_after_what_is_sent_during_a_replay_and_in_order(hub: Hub, publish: Publish) -> None:
    client = Client(hub)
    client.connection.hold()
    hub.join(client.connection, ["system"])
    await publish(count=2)
    client.connection.send(text_frame(b'{"seq":0,"prev":0}'))
    client.connection.release()
    assert client.seqs() == [0, 1, 2]


async def test_a_client_for_which_too_much_is_held_back_is_cut_off(hub: Hub, publish: Publish) -> None:
    client = Client(hub)
    client.connection.hold()
    hub.join(client.connection, ["system"])
    await publish(count=LIMITS.outbox_messages + 1)
    assert client.connection.closed_as is Close.TOO_SLOW


async def test_a_slow_client_is_closed_and_the_others_keep_receiving(hub: Hub, publish: Publish) -> None:
    slow, fast = Client(hub), Client(hub)
    hub.join(slow.connection, ["system"])
    hub.join(fast.connection, ["system"])
    slow.fill()
    received = []
    for _ in range(LIMITS.outbox_messages + 1):
        await publish()
        received += fast.seqs()
    assert slow.connection.closed_as is Close.TOO_SLOW
    assert received == list(range(1, LIMITS.outbox_messages + 2))


async def test_a_client_without_room_is_cut_off_rather_than_asked_to_close(hub: Hub) -> None:
    client = Client(hub)
    client.fill()
    hub.close()
    assert client.transport.aborted
    assert client.goodbyes == []


async def test_a_healthy_client_is_told_why_its_connection_ends(hub: Hub) -> None:
    client = Client(hub)
    hub.close()
    assert client.goodbyes == [(Close.RESTART, "the server restarts")]
    assert not client.transport.aborted
