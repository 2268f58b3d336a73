"""Which of the live containers a message means. Pure; nothing is a target that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from functools import lru_cache

import msgspec

from server.sessions.builtin.intents import LOOKED_AT
from server.sessions.builtin.naming import can_name, named, names_called, pairs
from server.sessions.builtin.observed import Container
from server.sessions.builtin.spelling import LEAST, one_slip
from server.sessions.builtin.vocabulary import subjects
from server.sessions.runbooks.bigrams import words

_BEGINS = 4
"""Letters of a beginning; shorter ones begin too much."""


class Closeness(IntEnum):
    """How a word of a message fits a container; the closest ones count."""

    SLIP = 1
    BEGINNING = 2
    CALLED_PART = 3
    CALLED = 4
    PART = 5
    PARTS = 6
    NAME = 7


class Targets(msgspec.Struct, frozen=True):
    """The containers that are meant, in the list's order, and the message without the words that named them. `closest`:
    how well they fit."""

    names: list[str]
    rest: str
    closest: Closeness | None = None


def find(text: str, containers: Sequence[Container]) -> Targets:
    """Return which of `containers` the message `text` means; several if it fits several alike."""
    text = text[:LOOKED_AT]
    hits = [hit for start, end, word in named(text) for hit in _fits(text, start, end, word, containers)]
    for start, end, word in pairs(text):
        for pair in _fits(text, start, end, word, containers):
            # `shop web` is the web of the shop, whoever else is called `web`.
            if pair[0] >= Closeness.PARTS:
                hits = [hit for hit in hits if hit[1] < start or hit[2] > end] + [pair]
    # A number alone is nobody's name but that of one who is called just so; with another word it tells which one.
    if all(closeness < Closeness.NAME and text[start:end].isdigit() for closeness, start, end, _ in hits):
        return Targets([], text)
    closest = max(closeness for closeness, *_ in hits)
    by_word = {(start, end): names for closeness, start, end, names in hits if closeness == closest}
    every = list(by_word.values())
    common = set.intersection(*every)
    if not common and closest < Closeness.NAME:
        by_word = {(start, end): names for (start, end), names in by_word.items() if not text[start:end].isdigit()}
        every = list(by_word.values())
        common = set.intersection(*every)
    # `shop api`: both words mean the same. Two names of their own mean two containers.
    meant = common if common and closest < Closeness.NAME else set.union(*every)
    return Targets([other.name for other in containers if other.name in meant], _without(text, by_word), closest)


def _fits(
    text: str, start: int, end: int, word: str, containers: Sequence[Container]
) -> Iterator[tuple[Closeness, int, int, set[str]]]:
    if not can_name(text, start, end, word):
        return
    telling = word.isalpha() and bool(subjects(word))
    fits = {other.name: _closeness(word, other, telling=telling) for other in containers}
    best = max((fit for fit in fits.values() if fit is not None), default=None)
    if best is None:
        return
    # Who is called so comes before a service of compose that is.
    own = {name for name in fits if name.lower() == word}
    yield best, start, end, own or {name for name, fit in fits.items() if fit == best}


def _closeness(word: str, container: Container, *, telling: bool) -> Closeness | None:
    """`telling`: the word may be the beginning of a name, or one that is misspelt. Not if it has a meaning of its own,
    and not with digits: another digit is another container."""
    name = container.name.lower()
    whole = {name, (container.service or "").lower()}
    if word in whole:
        return Closeness.NAME
    texts = [text.lower() for text in (name, container.service, container.project) if text]
    own = _parts(word)
    if any(_holds(_parts(text), own) for text in texts):
        return Closeness.PARTS if len(own) > 1 else Closeness.PART
    parts = [part for text in texts for part in _parts(text)]
    called = names_called(word)
    if whole.intersection(called):
        return Closeness.CALLED
    if any(other in parts for other in called):
        return Closeness.CALLED_PART
    if not telling:
        return None
    if len(word) >= _BEGINS and any(part.startswith(word) for part in parts):
        return Closeness.BEGINNING
    if len(word) >= LEAST and any(len(other) >= LEAST and one_slip(word, other) for other in [name, *parts]):
        return Closeness.SLIP
    return None


@lru_cache(maxsize=10_000)  # the same few containers, message after message
def _parts(text: str) -> tuple[str, ...]:
    return tuple(re.split(r"[-_.]+", text))


def _holds(parts: Sequence[str], own: Sequence[str]) -> bool:
    """Whether `own` stand in `parts`, one behind the other."""
    return any(parts[at : at + len(own)] == own for at in range(len(parts)))


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + " " + text[end:]
    return text


def mentioned(text: str) -> bool:
    """Whether `text` says *it* or *that one*: what was spoken of before."""
    return (
        bool({"it", "that", "this", "one"}.intersection(words(text)))
        or re.search(r"그거|그것|그걸|그 ?컨테이너|이거|얘|걔", text) is not None
    )
