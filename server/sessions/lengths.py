"""Text of a runner, as events can hold it. Pure."""

from __future__ import annotations

import msgspec

MAX_MESSAGE_B = 128 * 1024
"""Of a message's text as JSON: half of what an event may hold."""

_encode = msgspec.json.Encoder().encode


def clean(text: str) -> str:
    """Return `text` without what no UTF-8 can carry: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def cut(text: str, most_b: int) -> str:
    """Return the beginning of `text`, clean and at most `most_b` bytes of UTF-8."""
    return text[:most_b].encode("utf-8", "replace")[:most_b].decode("utf-8", "ignore")


def parts(text: str) -> list[str]:
    """Cut `text` into parts of at most MAX_MESSAGE_B as JSON, at the end of a line where one is near; together they are
    the text."""
    found: list[str] = []
    while len(text) * _MOST_B > MAX_MESSAGE_B and len(_encode(text)) > MAX_MESSAGE_B:
        size = _fitting(text)
        newline = text.rfind("\n", size // 2, size)
        size = size if newline < 0 else newline + 1
        found.append(text[:size])
        text = text[size:]
    return [*found, text]


_MOST_B = 6
"""Bytes of JSON that a character takes at most."""


def _fitting(text: str) -> int:
    """How many characters from the beginning of `text` fit, or somewhat fewer."""
    size = min(len(text), MAX_MESSAGE_B)
    while len(_encode(text[:size])) > MAX_MESSAGE_B:
        size = size * 3 // 4
    return size
