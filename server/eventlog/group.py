"""Appends that are stored together: who gets which seq, and who is answered with what is there already. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from server.eventlog.envelope import Prepared, prepare, seal, seal_linked
from server.eventlog.idempotency import Answer, Claim, answer, claim, is_expired, repeat
from server.eventlog.log import IdempotencyKey, IdReused, NewEvent, StoredEvent
from server.protocol.channels import AUDIT

Outcome = list[StoredEvent] | IdReused
LookUp = Callable[[Claim], Answer | None]


class Append(msgspec.Struct, frozen=True):
    """One append, valid and encoded. `size_b` is what it takes to hold it in memory, nearly."""

    events: list[Prepared]
    claim: Claim | None
    size_b: int


class Group(msgspec.Struct, frozen=True):
    """Appends after they got their places. `outcomes` has one entry for each of them; `events` is all that is new, in
    seq order; `heads` the channels it moved; `answers` the keys it used; `chain` the audit trail's newest hash."""

    outcomes: list[Outcome]
    events: list[StoredEvent]
    heads: dict[str, int]
    answers: dict[tuple[str, str], Answer]
    chain: bytes


def new_append(events: Sequence[NewEvent], idem: IdempotencyKey | None) -> Append:
    """Return the append of `events`.

    Raises:
        InvalidEvent: one of them cannot be stored.
    """
    prepared = []
    size_b = 0
    for event in events:
        ready = prepare(event)
        prepared.append(ready)
        size_b += len(ready.data)
    return Append(prepared, None if idem is None else claim(idem), size_b)


def number(
    appends: Sequence[Append],
    *,
    head: int,
    heads: Mapping[str, int],
    chain: bytes,
    look_up: LookUp,
    now_s: float,
    timestamp: str,
) -> Group:
    """Give the events of `appends` their places after `head`, the log's, and `heads`, those of its channels; those of
    the audit trail theirs in its chain after the hash `chain`.

    `look_up` finds the answer that a key was given earlier; a key used twice in this group is answered once too.
    `timestamp` is `now_s` in RFC 3339.
    """
    stamp = timestamp.encode()
    outcomes: list[Outcome] = []
    new: list[StoredEvent] = []
    moved: dict[str, int] = {}
    answers: dict[tuple[str, str], Answer] = {}
    for append in appends:
        if append.claim is not None:
            known = _known(append.claim, answers, look_up, now_s)
            if known is not None:
                outcomes.append(_repeat(append.claim, known))
                continue
        stored = []
        for event in append.events:
            channel = event.channel
            prev = moved.get(channel)
            if prev is None:
                prev = heads.get(channel, 0)
            head += 1
            moved[channel] = head
            if channel == AUDIT:
                entry, chain = seal_linked(event, head, prev, timestamp, stamp, chain)
                stored.append(entry)
            else:
                stored.append(seal(event, head, prev, timestamp, stamp))
        new.extend(stored)
        outcomes.append(stored)
        if append.claim is not None:
            answers[append.claim.scope, append.claim.key] = answer(append.claim, stored, now_s)
    return Group(outcomes, new, moved, answers, chain)


def _known(claim: Claim, answers: Mapping[tuple[str, str], Answer], look_up: LookUp, now_s: float) -> Answer | None:
    known = answers.get((claim.scope, claim.key)) or look_up(claim)
    return None if known is None or is_expired(known, now_s) else known


def _repeat(claim: Claim, known: Answer) -> Outcome:
    try:
        return repeat(claim, known)
    except IdReused as error:
        return error
