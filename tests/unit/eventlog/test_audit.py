"""The audit trail is written before anything changes, and no number of refusals fills it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest

from server.errors import StorageUnavailable
from server.eventlog.audit import MAX_TEXT, Audit
from server.eventlog.log import IdempotencyKey, NewEvent, StoredEvent
from server.eventlog.refusals import INTERVAL_S
from server.protocol.events import AuditData, AuditRecorded
from server.tasks import Tasks
from tests.fakes.clock import FakeClock
from tests.fakes.log import HandledLog
from tests.fakes.sink import Sink


@pytest.fixture
def memory(clock: FakeClock) -> HandledLog:
    return HandledLog(clock=clock)


@pytest.fixture
def sink(memory: HandledLog) -> Sink:
    return Sink(memory)


@pytest.fixture
async def audit(memory: HandledLog, clock: FakeClock) -> AsyncIterator[Audit]:
    audit = Audit(memory, clock=clock)
    yield audit
    await audit.close()


def wrong(actor: str | None = "eve") -> AuditData:
    return AuditData(actor=actor, action="sign_in", outcome="refused", code="wrong_credentials", address="192.0.2.1")


def written(sink: Sink) -> list[tuple[str | None, int]]:
    """Who, and how many more."""
    found = [msgspec.json.decode(event.text, type=AuditRecorded).data for event in sink.events]
    return [(data.actor, data.repeated) for data in found]


async def test_what_is_recorded_is_durable_before_it_returns(audit: Audit, sink: Sink) -> None:
    await audit.record(wrong())
    assert [(event.channel, event.type) for event in sink.events] == [("audit", "audit.recorded")]


async def test_every_record_is_written_however_many_and_alike(audit: Audit, sink: Sink) -> None:
    for _ in range(100):
        await audit.record(wrong())
    assert len(sink.events) == 100


async def test_a_record_that_cannot_be_written_is_an_error(audit: Audit, memory: HandledLog) -> None:
    memory.full = True
    with pytest.raises(StorageUnavailable):
        await audit.record(wrong())


async def test_what_somebody_sent_is_cut_and_made_text(audit: Audit, sink: Sink) -> None:
    data = AuditData(
        actor="x" * 10_000, action="access", outcome="refused", agent="curl\udcff\ud800", detail={"path": "/" * 10_000}
    )
    await audit.refused(data)
    await audit.record(data)
    for event in sink.events:
        stored = msgspec.json.decode(event.text, type=AuditRecorded).data
        assert (stored.actor, stored.agent) == ("x" * MAX_TEXT, "curl??")
        assert stored.detail == {"path": "/" * MAX_TEXT}


async def test_a_refusal_is_written_at_once(audit: Audit, sink: Sink) -> None:
    await audit.refused(wrong())
    assert written(sink) == [("eve", 0)]


async def test_the_same_refusal_again_and_again_is_two_entries(audit: Audit, sink: Sink, clock: FakeClock) -> None:
    for _ in range(1000):
        await audit.refused(wrong())
    await clock.advance(INTERVAL_S)
    assert written(sink) == [("eve", 0), ("eve", 998)]


async def test_everything_that_was_left_out_is_written_within_a_minute_of_silence(
    audit: Audit, sink: Sink, clock: FakeClock
) -> None:
    for n in range(1000):
        await audit.refused(wrong(f"{n}"))
    await clock.advance(60)
    assert len(sink.events) <= 60
    assert sum(repeated + 1 for _, repeated in written(sink)) == 1000
    assert clock.sleeping == 0


async def test_it_starts_over_after_a_silence(audit: Audit, sink: Sink, clock: FakeClock) -> None:
    for _ in range(2):
        await audit.refused(wrong())
        await audit.refused(wrong())
        await clock.advance(120)
    assert written(sink) == [("eve", 0), ("eve", 0)] * 2


async def test_a_refusal_that_cannot_be_written_is_logged_and_tried_again(
    audit: Audit, memory: HandledLog, sink: Sink, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    memory.full = True
    await audit.refused(wrong())
    await clock.advance(INTERVAL_S)
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    memory.full = False
    await clock.advance(INTERVAL_S)
    assert written(sink) == [("eve", 0)]


async def test_a_storage_that_refuses_for_long_takes_no_memory_and_no_count(
    audit: Audit, memory: HandledLog, sink: Sink, clock: FakeClock
) -> None:
    memory.full = True
    for _ in range(20):
        for n in range(500):
            await audit.refused(wrong(f"{n}"))
        await clock.advance(INTERVAL_S)
    memory.full = False
    await clock.advance(INTERVAL_S)
    assert sum(repeated + 1 for _, repeated in written(sink)) == 10_000
    assert len(sink.events) <= 5


class SlowLog(HandledLog):
    """A disk that takes its time: until `going_on`."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock=clock)
        self.going_on = asyncio.Event()

    async def append(self, events: Sequence[NewEvent], *, idem: IdempotencyKey | None = None) -> list[StoredEvent]:
        await self.going_on.wait()
        return await super().append(events, idem=idem)


async def test_nobody_who_is_refused_can_tell_by_the_time_whether_it_was_written(clock: FakeClock) -> None:
    log = SlowLog(clock)
    shown, audit = Sink(log), Audit(log, clock=clock)
    # The name of an account is an entry of its own, names of nobody are one: the disk would tell them apart.
    for actor in (None, "ann", None, "bob"):
        await audit.refused(wrong(actor))
    assert written(shown) == []
    log.going_on.set()
    await audit.close()
    assert sorted(written(shown), key=str) == [("ann", 0), ("bob", 0), (None, 1)]


async def test_a_refusal_whose_caller_goes_away_leaves_its_trace(clock: FakeClock) -> None:
    log = SlowLog(clock)
    shown, audit, tasks = Sink(log), Audit(log, clock=clock), Tasks("test")
    tasks.spawn("refused", audit.refused(wrong()))
    await asyncio.sleep(0)
    await tasks.close()
    log.going_on.set()
    await clock.advance(INTERVAL_S)
    assert written(shown) == [("eve", 0)]
    await audit.close()


async def test_closing_writes_what_is_being_written(clock: FakeClock) -> None:
    log = SlowLog(clock)
    shown, audit, tasks = Sink(log), Audit(log, clock=clock), Tasks("test")
    for actor in ("ann", "bob"):
        await audit.refused(wrong(actor))
    closing = tasks.spawn("close", audit.close())
    await asyncio.sleep(0)
    log.going_on.set()
    await closing
    assert sorted(written(shown), key=str) == [("ann", 0), ("bob", 0)]


async def test_closing_writes_what_is_held(memory: HandledLog, sink: Sink, clock: FakeClock) -> None:
    audit = Audit(memory, clock=clock)
    for _ in range(5):
        await audit.refused(wrong())
    await audit.close()
    assert written(sink) == [("eve", 0), ("eve", 3)]


async def test_closing_says_what_could_not_be_written(
    memory: HandledLog, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    audit = Audit(memory, clock=clock)
    memory.full = True
    await audit.refused(wrong())
    await audit.close()
    assert "missing from the audit trail" in caplog.records[-1].message


async def test_closing_twice_is_closing_once(memory: HandledLog, sink: Sink, clock: FakeClock) -> None:
    audit = Audit(memory, clock=clock)
    await audit.refused(wrong())
    await audit.refused(wrong())
    await audit.close()
    await audit.close()
    assert written(sink) == [("eve", 0), ("eve", 0)]
