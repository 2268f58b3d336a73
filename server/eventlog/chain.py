"""The chain of the audit trail. No I/O: every implementation of the log and every reader of the trail uses it.

The text of an event of the channel `audit` ends in one more field, `"chain":"<64 hexadecimal digits>"`: the SHA-256 of
the hash of the entry before it (32 bytes) followed by the text up to that field, its comma left out. The hash before
the first entry is 32 zero bytes and not one of the log's own, so that any program can verify an exported trail by
itself. Two logs share no hash all the same: each entry holds its random id.
"""

from __future__ import annotations

import re
from hashlib import sha256

GENESIS = bytes(32)
"""The hash before the first entry."""

_FIELD = b',"chain":"%b"}'
_HEX = 64
FIELD_B = len(_FIELD % (b"0" * _HEX)) - len(b"}")
"""What the field adds to a text."""

_END = re.compile(rb',"chain":"([0-9a-f]{64})"\}')


def link(before: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Return the whole text and the hash of an entry after the hash `before`. `body` is its text without the brace that
    closes it."""
    chain = sha256(before + body).digest()
    return body + _FIELD % chain.hex().encode(), chain


def split(text: bytes) -> tuple[bytes, bytes] | None:
    """Return what `link` was given and the hash it wrote, None for a text that does not end in one."""
    at = len(text) - FIELD_B - 1
    found = _END.fullmatch(text, at) if at > 0 else None
    return None if found is None else (text[:at], bytes.fromhex(found[1].decode()))


def follows(before: bytes, body: bytes, chain: bytes) -> bool:
    """Whether `chain` is the hash of `body` after `before`."""
    return sha256(before + body).digest() == chain
