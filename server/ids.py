"""ULIDs: 48 bits of milliseconds and 80 random bits as 26 characters of Crockford's base 32 (github.com/ulid/spec)."""

from __future__ import annotations

import os
import re
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Two characters at a time: a ULID is built for every event, and ten look-ups cost half of twenty.
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


# The milliseconds of the last id and their text, in one tuple: threads that meet here see a pair that belongs together.
_last: tuple[int, str] = (-1, "")


def new_id(now_s: float | None = None) -> str:
    """Return a new ULID for `now_s` (seconds since the epoch; default: now)."""
    global _last
    ms = int((time.time() if now_s is None else now_s) * 1000) & 0xFFFF_FFFF_FFFF
    known, time_part = _last
    pairs = _PAIRS
    if ms != known:
        time_part = "".join([pairs[ms >> shift & 1023] for shift in range(40, -1, -10)])
        _last = (ms, time_part)
    # Written out: an id is built for every event, and the loop costs as much as all the rest.
    low = int.from_bytes(os.urandom(10))
    a, b = low >> 40, low & 0xFF_FFFF_FFFF
    return (
        f"{time_part}{pairs[a >> 30]}{pairs[a >> 20 & 1023]}{pairs[a >> 10 & 1023]}{pairs[a & 1023]}"
        f"{pairs[b >> 30]}{pairs[b >> 20 & 1023]}{pairs[b >> 10 & 1023]}{pairs[b & 1023]}"
    )


def is_ulid(text: str) -> bool:
    """Whether `text` is a ULID in its canonical, upper-case form."""
    return _ULID.fullmatch(text) is not None
