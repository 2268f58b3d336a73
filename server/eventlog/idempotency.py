"""What makes an append safe to repeat. No I/O: every implementation of the log uses it."""

from __future__ import annotations

import hashlib

import msgspec

from server.eventlog.log import IdempotencyKey, IdReused, StoredEvent

KEEP_S = 24 * 3600.0
"""How long an append can be repeated."""

_decode = msgspec.msgpack.Decoder(list[StoredEvent]).decode
_encode = msgspec.msgpack.Encoder().encode


class Claim(msgspec.Struct, frozen=True):
    """One use of an idempotency key. `request` is the SHA-256 of what was asked for."""

    scope: str
    key: str
    request: bytes


class Answer(msgspec.Struct, frozen=True):
    """What the first append under a key stored. `stored_at` is in seconds since the Unix epoch. `events` are kept here
    whole, packed: a repetition is answered with them even after the log was pruned."""

    request: bytes
    stored_at: float
    events: bytes


def claim(idem: IdempotencyKey) -> Claim:
    return Claim(idem.scope, idem.key, hashlib.sha256(idem.request).digest())


def answer(claim: Claim, events: list[StoredEvent], now_s: float) -> Answer:
    return Answer(claim.request, now_s, _encode(events))


def is_expired(known: Answer, now_s: float) -> bool:
    return known.stored_at <= now_s - KEEP_S


def repeat(claim: Claim, known: Answer) -> list[StoredEvent]:
    """Return the events of the first append under the same key.

    Raises:
        IdReused: that append was another request.
    """
    if known.request != claim.request:
        raise IdReused(f"The id {claim.key!r:.80} was used for another request. Send this one with a new id.")
    return _decode(known.events)
