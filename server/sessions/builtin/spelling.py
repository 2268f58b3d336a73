"""One slip of the finger in one of the words that matter is forgiven. Pure."""

from __future__ import annotations

import re

from server.sessions.runbooks.endings import listed

LEAST = 5
"""Shorter words have too many neighbours: `stop`, `shop`, `step`."""

_WORDS = listed(
    """restart start remove delete unpause pause resume status state running containers container memory usage
    metrics network diagnose crashed crashes crashing unhealthy problem errors error person human operator
    procedure certificate database backup restore release disk space"""
)
# Right as they are, though they are next to one of the above.
_FINE = listed(
    """restarts starts stars stare stark smart started restarted removed removes deleted deletes unpaused paused
    pauses resumed resumes states stats stated stately static status contained contains contain persons humans
    operators procedures certificates databases backups restored restores releases released disks spaces spare
    problems crash terror mirror chart statue cause causes paste passed reason person's"""
)
_WORD = re.compile(r"(?<![\w.-])[a-z]{5,}(?![\w.-]*[\w])")


def corrected(line: str) -> str:
    """Return `line`, in small letters, with each word that is one slip away from one that matters spelt right."""
    return _WORD.sub(lambda found: _right(found.group()), line)


def _right(word: str) -> str:
    if word in _WORDS or word in _FINE:
        return word
    return next((other for other in sorted(_WORDS) if len(other) >= LEAST and one_slip(word, other)), word)


def one_slip(one: str, other: str) -> bool:
    """Whether one letter left out, added or changed, or two that changed places, makes `one` into `other`."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, wanted = one[at:], other[at:]
    changed = rest[1:] == wanted[1:]
    added, left_out = rest[1:] == wanted, rest == wanted[1:]
    swapped = rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:] and len(rest) > 1
    return changed or added or left_out or swapped
