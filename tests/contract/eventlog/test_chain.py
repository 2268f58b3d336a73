"""Every event log chains the entries of the audit trail, each to the one before it."""

from __future__ import annotations

import asyncio
import hashlib
import json

import msgspec
import pytest

from server.eventlog.audit import audit_event
from server.eventlog.log import IdempotencyKey, IdReused, InvalidEvent, NewEvent, StoredEvent
from server.eventlog.retention import TidyLog
from server.protocol.events import AuditData, AuditRecorded
from tests.fakes.notes import noted
from tests.fakes.sink import Sink

ONCE = IdempotencyKey("ann", "01J", b"restart web")


def recorded(actor: str = "ann") -> NewEvent:
    return audit_event(AuditData(actor=actor, action="sign_in", outcome="ok"))


def chained(entries: list[StoredEvent]) -> bool:
    """Whether `entries`, the first of a trail included, form its chain, as the documentation describes it."""
    before = bytes(32)
    for entry in entries:
        body, _, end = entry.text.rpartition(b',"chain":"')
        before = hashlib.sha256(before + body).digest()
        if end != before.hex().encode() + b'"}':
            return False
    return bool(entries)


def audited(sink: Sink) -> list[StoredEvent]:
    return [event for event in sink.events if event.channel == "audit"]


async def test_each_entry_ends_in_the_hash_of_the_one_before_and_of_itself(log: TidyLog) -> None:
    stored = [(await log.append([recorded(f"{n}")]))[0] for n in range(5)]
    assert chained(stored)


async def test_the_hash_is_the_last_field_of_the_message(log: TidyLog) -> None:
    (stored,) = await log.append([recorded()])
    fields = list(json.loads(stored.text))
    assert fields == ["type", "id", "channel", "seq", "prev", "timestamp", "data", "chain"]


async def test_an_entry_is_a_message_of_the_protocol(log: TidyLog) -> None:
    (stored,) = await log.append([recorded()])
    message = msgspec.json.decode(stored.text, type=AuditRecorded)
    assert (message.data.actor, message.chain) == ("ann", stored.text[-66:-2].decode())


async def test_events_of_other_channels_have_no_hash_and_no_part_in_the_chain(log: TidyLog, sink: Sink) -> None:
    await log.append([recorded(), noted(), recorded(), noted("session:a"), recorded()])
    others = [event for event in sink.events if event.channel != "audit"]
    assert chained(audited(sink))
    assert [list(json.loads(event.text))[-1] for event in others] == ["data", "data"]


async def test_entries_that_are_stored_at_the_same_time_form_one_chain(log: TidyLog, sink: Sink) -> None:
    await asyncio.gather(*[log.append([noted(), recorded(f"{n}"), recorded(f"{n}")]) for n in range(30)])
    assert len(audited(sink)) == 60
    assert chained(audited(sink))


async def test_the_chain_goes_on_after_everything_was_pruned(log: TidyLog, sink: Sink) -> None:
    await log.append([recorded(), noted(), recorded()])
    await log.prune(3)
    await log.forget_audit("9999")
    await log.append([recorded()])
    assert chained(audited(sink))


async def test_a_repeated_append_returns_the_same_hashes_and_leaves_the_chain(log: TidyLog, sink: Sink) -> None:
    first = await log.append([recorded()], idem=ONCE)
    assert await log.append([recorded()], idem=ONCE) == first
    await log.append([recorded()])
    assert len(audited(sink)) == 2
    assert chained(audited(sink))


async def test_repeats_between_new_entries_of_one_moment_leave_the_chain(log: TidyLog, sink: Sink) -> None:
    await asyncio.gather(*[log.append([recorded()], idem=ONCE if n % 2 else None) for n in range(9)])
    assert len(audited(sink)) == 6
    assert chained(audited(sink))


async def test_appends_that_fail_leave_the_chain(log: TidyLog, sink: Sink) -> None:
    await log.append([recorded()], idem=ONCE)
    with pytest.raises(InvalidEvent):
        await log.append([recorded(), noted("nowhere")])
    with pytest.raises(IdReused):
        await log.append([recorded()], idem=IdempotencyKey("ann", "01J", b"remove web"))
    await log.append([recorded()])
    assert len(audited(sink)) == 2
    assert chained(audited(sink))
