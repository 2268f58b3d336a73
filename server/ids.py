"""ULIDs: 48 bits of milliseconds and 80 random bits as 26 characters of Crockford's base 32 (github.com/ulid/spec)."""

from __future__ import annotations

import os
import re
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Two characters at a time: a ULID is built for every event, and ten look-ups cost half of twenty.
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def new_id(now_s: float | None = None) -> str:
    """Return a new ULID for `now_s` (seconds since the epoch; default: now)."""
    ms = int((time.time() if now_s is None else now_s) * 1000) & 0xFFFF_FFFF_FFFF
    value = ms << 80 | int.from_bytes(os.urandom(10), "big")
    pairs = _PAIRS
    return "".join([pairs[value >> shift & 1023] for shift in range(120, -1, -10)])


def is_ulid(text: str) -> bool:
    """Whether `text` is a ULID in its canonical, upper-case form."""
    return _ULID.fullmatch(text) is not None
