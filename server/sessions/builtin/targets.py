"""Which of the live containers a message means. Pure; nothing is a target that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum

import msgspec

from server.sessions.builtin.intents import LOOKED_AT
from server.sessions.builtin.naming import can_name, named, names_called, pairs
from server.sessions.builtin.observed import Container
from server.sessions.builtin.spelling import LEAST, one_slip
from server.sessions.builtin.vocabulary import subjects
from server.sessions.runbooks.bigrams import words

_BEGINS = 4
"""Letters of a beginning; shorter ones begin too much."""
_SEPARATOR = re.compile(r"[-_.]+")
_IT = re.compile(r"그거|그것|그걸|그 ?컨테이너|이거|얘|걔")


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
    live = _Live(containers)
    hits = [hit for start, end, word in named(text) for hit in _fits(text, start, end, word, live)]
    for start, end, word in pairs(text):
        for pair in _fits(text, start, end, word, live):
            # `shop web` is the web of the shop, whoever else is called `web`.
            if pair[0] >= Closeness.PARTS:
                hits = [hit for hit in hits if hit[1] < start or hit[2] > end] + [pair]
    # A number alone is nobody's name but that of one who is called just so; with another word it tells which one.
    numbers = [hit for hit in hits if hit[0] < Closeness.NAME and text[hit[1] : hit[2]].isdigit()]
    telling = [hit for hit in hits if hit not in numbers]
    if not telling:
        return Targets([], text)
    closest = max(closeness for closeness, *_ in telling)
    by_word = {(start, end): names for closeness, start, end, names in telling if closeness == closest}
    common = set.intersection(*by_word.values())
    # `shop api`: both words mean the same. Two names of their own mean two containers.
    meant = common if common and closest < Closeness.NAME else set.union(*by_word.values())
    for _, start, end, names in numbers:
        if closest < Closeness.NAME and meant & names:
            meant &= names
            by_word[start, end] = names
    return Targets([other.name for other in containers if other.name in meant], _without(text, by_word), closest)


class _Shape(msgspec.Struct, frozen=True):
    """What a container is called, in small letters. `parts` are those of its name, its service and its project, each of
    these between dashes."""

    name: str
    whole: frozenset[str]
    parts: str


class _Live:
    """The containers that there are. A page of words is held against hundreds of them: most words fit none, and one
    look at all names at once tells these."""

    def __init__(self, containers: Iterable[Container]) -> None:
        self._shapes = [_shape(one) for one in containers]
        self._text = "\n".join(shape.parts for shape in self._shapes)
        self._parts = frozenset(re.split(r"[-\n]+", self._text)) | {shape.name.lower() for shape in self._shapes}

    def closest(self, word: str) -> tuple[Closeness, set[str]] | None:
        """Return how well `word` fits those that it fits best, and their names."""
        dashed = _SEPARATOR.sub("-", word)
        called = names_called(word)
        # Not if it has a meaning of its own, and not with digits: another digit is another container.
        telling = word.isalpha() and bool(subjects(word))
        slips = self._slips(word) if telling and len(word) >= LEAST else frozenset()
        if dashed not in self._text and not slips and not any(name in self._text for name in called):
            return None
        fits = {shape.name: _closeness(word, dashed, called, shape, slips, telling=telling) for shape in self._shapes}
        best = max((fit for fit in fits.values() if fit is not None), default=None)
        if best is None:
            return None
        # Who is called so comes before a service of compose that is.
        own = {name for name in fits if name.lower() == word}
        return best, own or {name for name, fit in fits.items() if fit == best}

    def _slips(self, word: str) -> frozenset[str]:
        near = (part for part in self._parts if abs(len(part) - len(word)) <= 1 and len(part) >= LEAST)
        return frozenset(part for part in near if one_slip(word, part))


def _shape(container: Container) -> _Shape:
    texts = [text.lower() for text in (container.name, container.service, container.project) if text]
    whole = frozenset(text.lower() for text in (container.name, container.service) if text)
    return _Shape(container.name, whole, "\n".join(f"-{_SEPARATOR.sub('-', text)}-" for text in texts))


def _fits(text: str, start: int, end: int, word: str, live: _Live) -> Iterator[tuple[Closeness, int, int, set[str]]]:
    if can_name(text, start, end, word) and (fit := live.closest(word)):
        yield fit[0], start, end, fit[1]


def _closeness(
    word: str, dashed: str, called: Sequence[str], shape: _Shape, slips: frozenset[str], *, telling: bool
) -> Closeness | None:
    if word in shape.whole:
        return Closeness.NAME
    if f"-{dashed}-" in shape.parts:
        return Closeness.PARTS if "-" in dashed else Closeness.PART
    if not shape.whole.isdisjoint(called):
        return Closeness.CALLED
    if any(f"-{name}-" in shape.parts for name in called):
        return Closeness.CALLED_PART
    if telling and len(word) >= _BEGINS and f"-{word}" in shape.parts:
        return Closeness.BEGINNING
    if slips and (shape.name.lower() in slips or any(f"-{part}-" in shape.parts for part in slips)):
        return Closeness.SLIP
    return None


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + " " + text[end:]
    return text


def mentioned(text: str) -> bool:
    """Whether `text` says *it* or *that one*: what was spoken of before."""
    return not {"it", "that", "this", "one"}.isdisjoint(words(text)) or _IT.search(text) is not None
