from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from server.errors import StorageUnavailable, TooBusy
from server.eventlog.log import Page
from server.eventlog.memory import MemoryLog
from server.realtime.hub import Hub
from server.realtime.replay import Replays, ResumeRequest
from server.tasks import Tasks
from tests.fakes.clock import FakeClock
from tests.fakes.gate import OpenGate
from tests.unit.realtime.conftest import LIMITS, Client, Publish


class Resumer:
    """A client that connects with a position and keeps every message it read."""

    def __init__(self, hub: Hub, log: MemoryLog, clock: FakeClock) -> None:
        self.client = Client(hub)
        self.replays = Replays(hub, log, self.client.connection, clock)
        self.messages: list[Any] = []

    async def connect(self, *channels: str, last_seq: int | None = None, **rest: str) -> Any:
        """Connect; return `connected`."""
        self._unfinished = await self.replays.connect(ResumeRequest(channels, last_seq, **rest))
        self.read()
        return self.messages[0]["data"]

    async def finish(self) -> None:
        """Send the pages that `connect` left to send."""
        assert self._unfinished is not None
        await self.replays.finish(self._unfinished)

    def read(self) -> None:
        self.messages += self.client.transport.take()

    def seqs(self) -> list[int]:
        """Every event read so far, from pages and live."""
        self.read()
        seqs: list[int] = []
        for message in self.messages:
            seqs += [e["seq"] for e in message["data"].get("events", ())] if "data" in message else []
            seqs += [message["seq"]] if "prev" in message else []
        return seqs

    def of_type(self, kind: str) -> list[Any]:
        self.read()
        return [m["data"] for m in self.messages if m["type"] == kind]


@pytest.fixture
def resumer(hub: Hub, log: MemoryLog, clock: FakeClock) -> Resumer:
    return Resumer(hub, log, clock)


async def test_without_a_position_a_client_is_live_from_now(resumer: Resumer, publish: Publish) -> None:
    await publish(count=3)
    connected = await resumer.connect("system")
    await publish()
    assert (connected["recovered"], connected["server_seq"], resumer.seqs()) == (None, 3, [4])


async def test_what_was_missed_comes_in_one_page_and_then_what_is_live(resumer: Resumer, publish: Publish) -> None:
    await publish(count=5)
    connected = await resumer.connect("system", last_seq=2)
    await publish()
    assert (connected["recovered"], resumer.seqs()) == (True, [3, 4, 5, 6])
    (page,) = resumer.of_type("missed_events")
    assert (page["from"], page["to"], page["has_more"]) == (2, 5, False)


async def test_only_the_channels_asked_for_are_replayed(resumer: Resumer, publish: Publish) -> None:
    for channel in ("system", "session:a", "session:b"):
        await publish(channel)
    await resumer.connect("system", "session:b", last_seq=0)
    assert resumer.seqs() == [1, 3]


async def test_an_event_published_while_the_log_is_read_comes_once_and_after_the_page(
    hub: Hub, log: MemoryLog, clock: FakeClock, publish: Publish
) -> None:
    await publish(count=2)

    class Publishing(MemoryLog):
        async def read(self, after: int, **bounds: Any) -> Page:
            page = await log.read(after, **bounds)
            await publish()
            return page

    resumer = Resumer(hub, Publishing(clock=clock), clock)
    await resumer.connect("system", last_seq=0)
    assert resumer.seqs() == [1, 2, 3]


async def test_a_long_replay_comes_in_pages_that_wait_for_their_acknowledgement(
    tasks: Tasks, resumer: Resumer, publish: Publish
) -> None:
    await publish(count=LIMITS.single_page_events + 1)
    await resumer.connect("system", last_seq=0)
    finishing = tasks.spawn("work", resumer.finish())
    counts = []
    while not finishing.done():
        for _ in range(20):
            await asyncio.sleep(0)
        counts.append(len(resumer.seqs()))
        if not finishing.done():
            resumer.replays.acknowledge(resumer.of_type("missed_events")[-1]["to"])
            for _ in range(20):
                await asyncio.sleep(0)
    assert resumer.seqs() == list(range(1, 12))
    assert counts == [4, 8]


async def test_events_published_during_a_paged_replay_follow_its_last_page(
    tasks: Tasks, resumer: Resumer, publish: Publish
) -> None:
    await publish(count=LIMITS.single_page_events + 1)
    await resumer.connect("system", last_seq=0)
    finishing = tasks.spawn("work", resumer.finish())
    await publish(count=2)
    while not finishing.done():
        for page in resumer.of_type("missed_events"):
            resumer.replays.acknowledge(page["to"])
        await asyncio.sleep(0)
    assert resumer.seqs() == list(range(1, 14))


async def test_a_page_that_is_not_acknowledged_ends_in_a_gap_and_the_client_is_live(
    log: MemoryLog, clock: FakeClock, gate: OpenGate, publish: Publish
) -> None:
    hub = Hub(log, clock=clock, limits=replace(LIMITS, replay_ack_s=0.001), gate=gate)
    await hub.start()
    await publish(count=LIMITS.single_page_events + 1)
    resumer = Resumer(hub, log, clock)
    await resumer.connect("system", last_seq=0)
    await resumer.finish()
    await publish()
    assert resumer.of_type("gap") == [{"channels": ["system"], "from": 4, "to": 11, "reason": "not_acknowledged"}]
    assert resumer.seqs() == [1, 2, 3, 4, 12]


async def test_events_pruned_during_a_replay_are_said_to_be_gone(
    resumer: Resumer, log: MemoryLog, publish: Publish
) -> None:
    await publish(count=LIMITS.single_page_events + 1)
    await resumer.connect("system", last_seq=0)
    await log.prune(6)
    await resumer.finish()
    assert resumer.of_type("gap") == [{"channels": ["system"], "from": 0, "to": 11, "reason": "expired"}]


@pytest.mark.parametrize(
    ("last_seq", "epoch", "reason"), [(3, None, "expired"), (99, None, "ahead"), (8, "another", "epoch_changed")]
)
async def test_a_position_that_cannot_be_resumed_from_is_said_and_the_client_is_live(
    resumer: Resumer, log: MemoryLog, publish: Publish, last_seq: int, epoch: str | None, reason: str
) -> None:
    await publish(count=8)
    await log.prune(5)
    connected = await resumer.connect("system", last_seq=last_seq, **({} if epoch is None else {"epoch": epoch}))
    await publish()
    assert (connected["recovered"], connected["reason"], connected["floor_seq"]) == (False, reason, 5)
    assert resumer.seqs() == [9]


async def test_too_much_to_replay_is_said_before_anything_is_sent(resumer: Resumer, publish: Publish) -> None:
    await publish(count=LIMITS.replay_events + 1)
    connected = await resumer.connect("system", last_seq=0)
    assert (connected["recovered"], connected["reason"], resumer.seqs()) == (False, "too_many", [])


async def test_too_many_bytes_to_replay_are_too_many(
    log: MemoryLog, clock: FakeClock, gate: OpenGate, publish: Publish
) -> None:
    hub = Hub(log, clock=clock, limits=replace(LIMITS, replay_b=300), gate=gate)
    await hub.start()
    await publish(count=4)
    connected = await Resumer(hub, log, clock).connect("system", last_seq=0)
    assert connected["reason"] == "too_many"


async def test_a_page_never_carries_more_bytes_than_allowed_but_always_an_event(
    tasks: Tasks, log: MemoryLog, clock: FakeClock, gate: OpenGate, publish: Publish
) -> None:
    hub = Hub(log, clock=clock, limits=replace(LIMITS, page_b=10, replay_ack_s=0.001), gate=gate)
    await hub.start()
    await publish(count=2)
    resumer = Resumer(hub, log, clock)
    await resumer.connect("system", last_seq=0)
    finishing = tasks.spawn("work", resumer.finish())
    await asyncio.sleep(0)
    resumer.replays.acknowledge(1)
    await finishing
    assert [(p["to"], len(p["events"]), p["has_more"]) for p in resumer.of_type("missed_events")] == [
        (1, 1, True),
        (2, 1, False),
    ]


async def test_a_hidden_event_is_a_skip_in_a_replay_too(resumer: Resumer, gate: OpenGate, publish: Publish) -> None:
    await publish(count=2)
    resumer.client.connection.sees = lambda event: event.seq != 1
    await resumer.connect("system", last_seq=0)
    (page,) = resumer.of_type("missed_events")
    assert [e["type"] for e in page["events"]] == ["skip", "test.event"]


async def test_a_forbidden_channel_is_named_and_the_others_work(
    resumer: Resumer, gate: OpenGate, publish: Publish
) -> None:
    gate.closed = {"session:a"}
    connected = await resumer.connect("system", "session:a", last_seq=0)
    await publish("session:a")
    await publish("system")
    assert connected["channels"] == {
        "system": {"recovered": True},
        "session:a": {"recovered": None, "forbidden": True},
    }
    assert resumer.seqs() == [2]


async def test_connected_comes_before_the_first_state(resumer: Resumer, hub: Hub) -> None:
    hub.publish_state("metrics", b'{"type":"metrics","data":{}}')
    await resumer.connect("metrics", "system", last_seq=0)
    assert [m["type"] for m in resumer.messages] == ["connected", "missed_events", "metrics"]


async def test_a_channel_added_without_a_position_is_live_from_the_seq_of_its_ack(
    resumer: Resumer, publish: Publish
) -> None:
    await resumer.connect("system")
    await publish("session:a", count=2)
    resumer.replays.subscribe(["session:a"], "7")
    await publish("session:a")
    assert resumer.of_type("ack") == [{"channels": ["session:a"], "from": 2}]
    assert resumer.seqs() == [3]


async def test_a_channel_added_with_a_position_is_replayed_below_the_others(resumer: Resumer, publish: Publish) -> None:
    await resumer.connect("system")
    await publish("session:a", count=2)
    await publish("system")
    await resumer.replays.subscribe_since(["session:a"], 0, "7")
    await publish("session:a")
    assert [m["type"] for m in resumer.messages + resumer.client.transport.take()][-3:] == [
        "ack",
        "missed_events",
        "test.event",
    ]


async def test_a_channel_added_from_too_far_back_is_a_gap(resumer: Resumer, log: MemoryLog, publish: Publish) -> None:
    await publish("session:a", count=4)
    await log.prune(3)
    await resumer.connect("system")
    await resumer.replays.subscribe_since(["session:a"], 0, "7")
    assert resumer.of_type("gap") == [{"channels": ["session:a"], "from": 0, "to": 4, "reason": "expired"}]


async def test_the_subscriptions_that_wait_for_their_replay_are_bounded(
    tasks: Tasks, resumer: Resumer, hub: Hub, publish: Publish
) -> None:
    await publish(count=LIMITS.single_page_events + 1)
    await resumer.connect("system", last_seq=0)
    work = [tasks.spawn("work", resumer.finish())]
    await asyncio.sleep(0)
    work += [
        tasks.spawn("work", resumer.replays.subscribe_since([f"session:{n}"], 0, str(n)))
        for n in range(LIMITS.waiting_replays)
    ]
    await asyncio.sleep(0)
    with pytest.raises(TooBusy):
        await resumer.replays.subscribe_since(["session:x"], 0, "x")
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)


async def test_a_log_that_cannot_be_read_is_an_error_and_not_an_empty_page(
    hub: Hub, clock: FakeClock, publish: Publish
) -> None:
    await publish()

    class Unreadable(MemoryLog):
        async def read(self, after: int, **bounds: Any) -> Page:
            raise StorageUnavailable("The disk is full.")

    resumer = Resumer(hub, Unreadable(clock=clock), clock)
    with pytest.raises(StorageUnavailable):
        await resumer.connect("system", last_seq=0)
    assert resumer.messages == []


async def test_the_next_connection_is_told_why_the_last_one_was_cut(hub: Hub, log: MemoryLog, clock: FakeClock) -> None:
    first, second = Resumer(hub, log, clock), Resumer(hub, log, clock)
    connected = await first.connect("system")
    first.client.fill()
    for _ in range(LIMITS.outbox_messages + 1):
        first.client.connection.send(b"\x81\x02{}")
    again = await second.connect("system", previous=connected["connection_id"])
    assert again["previous_close"] == "too_slow"
