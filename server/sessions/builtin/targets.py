"""Which of the live containers a message means. Pure; nothing is a target that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum

import msgspec

from server.sessions.builtin.intents import LOOKED_AT
from server.sessions.builtin.observed import Container
from server.sessions.builtin.spelling import LEAST, one_slip
from server.sessions.runbooks.bigrams import words
from server.sessions.runbooks.endings import listed

# How people say in Korean, or in general, what images and containers are called.
_CALLED: dict[str, tuple[str, ...]] = {
    "웹": ("web",),
    "레디스": ("redis",),
    "포스트그레스": ("postgres", "postgresql", "pg"),
    "포스트그레": ("postgres", "postgresql", "pg"),
    "마이에스큐엘": ("mysql",),
    "마리아디비": ("mariadb",),
    "몽고디비": ("mongo", "mongodb"),
    "몽고": ("mongo", "mongodb"),
    "엔진엑스": ("nginx",),
    "그라파나": ("grafana",),
    "프로메테우스": ("prometheus",),
    "워커": ("worker",),
    "프록시": ("proxy",),
    "캐시": ("cache", "redis"),
    "디비": ("db", "database", "postgres", "mysql", "mariadb", "mongo"),
    "데이터베이스": ("db", "database", "postgres", "mysql", "mariadb", "mongo"),
    "db": ("database", "postgres", "mysql", "mariadb", "mongo"),
    "database": ("db", "postgres", "mysql", "mariadb", "mongo"),
    "큐": ("queue", "rabbitmq"),
    "카프카": ("kafka",),
    "래빗": ("rabbitmq", "rabbit"),
    "프론트엔드": ("frontend", "front"),
    "프론트": ("frontend", "front"),
    "백엔드": ("backend", "back"),
    "에이피아이": ("api",),
    "앱": ("app",),
    "배치": ("batch",),
    "게이트웨이": ("gateway",),
    "스케줄러": ("scheduler",),
    "키바나": ("kibana",),
}
# What may stand behind a name in Korean; anything else makes another word of it: 웹툰, 큐브.
_BEHIND = re.compile(
    r"(?:서버|컨테이너|서비스|쪽)?(?:이랑|에서|한테|부터|까지|으로|인데|이가|[이가은는을를의도만에로와과랑야요좀])?"
    # Written without the space behind it.
    r"(?:(?:로그|상태|재시작|재기동|시작|중지|정지|종료|삭제|왜|진단|살아|떠|죽).*)?"
)
# Ordinary words, which are a name only where they are marked as one.
_ORDINARY = listed(
    """a all an and are at container containers cpu disk docker down every everything for from get health host how
    i in is it list log logs me memory my now of off on or out please restart run running server service show
    start state status stop system tail that the this to up what why with web-server"""
)
_NAME = re.compile(r"(?<![A-Za-z0-9_.-])[A-Za-z0-9][A-Za-z0-9_.-]*(?![A-Za-z0-9_])")
_MARKED = re.compile(r"[`'\"“‘]$|\bcontainers? (?:called |named )?$", re.IGNORECASE)


# `the last 50 lines`, `5 minutes ago`: no part of a name.
_COUNTING = re.compile(r"(?:\b(?:last|tail|first|top|past)|-n|최근|마지막)\s*$", re.IGNORECASE)
_COUNTED = re.compile(
    r"\s?(?:lines?|rows?|seconds?|secs?|minutes?|mins?|hours?|days?|times|percent|[kmg]i?b)\b|\s?(?:%|줄|라인|행|개|분|시간|초|일|번|퍼센트)",
    re.IGNORECASE,
)
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
    hits = [hit for start, end, word in _words(text) for hit in _fits(text, start, end, word, containers)]
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


def candidates(text: str) -> list[str]:
    """Return the words of `text` that can be a name as they stand, those that say nothing else first."""
    text = text[:LOOKED_AT]
    found = [word for start, end, word in _words(text) if word.isascii() and _can_name(text, start, end, word)]
    return sorted(found, key=lambda word: not (word.isdigit() or subjects(word)))


def called(text: str) -> list[str]:
    """Return what those may be called that `text` names in Korean or in general."""
    return [name for *_, word in _words(text[:LOOKED_AT]) for name in _CALLED.get(word, ())]


def halves(text: str) -> list[str]:
    """Return the halves of the words of `text` that may be misspelt: one slip leaves one of them as it is."""
    wrong = [word for word in candidates(text) if len(word) >= LEAST and word.isalpha() and subjects(word)]
    return [half for word in wrong for half in (word[: max(3, len(word) // 2)], word[-max(3, len(word) // 2) :])]


def _words(text: str) -> Iterator[tuple[int, int, str]]:
    for found in _NAME.finditer(text):
        word = found.group().rstrip(".-_")
        yield found.start(), found.start() + len(word), word.lower()
    for found in re.finditer(r"[가-힣]+", text):
        if called := _called(found.group()):
            yield found.start(), found.start() + len(called), called


def _fits(
    text: str, start: int, end: int, word: str, containers: Sequence[Container]
) -> Iterator[tuple[Closeness, int, int, set[str]]]:
    if not _can_name(text, start, end, word):
        return
    fits = {other.name: _closeness(word, other) for other in containers}
    best = max((fit for fit in fits.values() if fit is not None), default=None)
    if best is None:
        return
    # Who is called so comes before a service of compose that is.
    own = {name for name in fits if name.lower() == word}
    yield best, start, end, own or {name for name, fit in fits.items() if fit == best}


def _can_name(text: str, start: int, end: int, word: str) -> bool:
    if word.isdigit():
        return _COUNTING.search(text[:start]) is None and _COUNTED.match(text[end:]) is None
    return word not in _ORDINARY or _MARKED.search(text[:start]) is not None


def _closeness(word: str, container: Container) -> Closeness | None:
    name = container.name.lower()
    whole = {name, (container.service or "").lower()}
    if word in whole:
        return Closeness.NAME
    parts = [re.split(r"[-_.]+", text) for text in (name, container.service, container.project) if text]
    called = _CALLED.get(word, ())
    if whole.intersection(called):
        return Closeness.CALLED
    if any(other in parts for other in called):
        return Closeness.CALLED_PART
    # Another digit is another container.
    if (
        len(word) >= LEAST
        and word.isalpha()
        and any(len(other) >= LEAST and one_slip(word, other) for other in [name, *parts])
    ):
        return Closeness.SLIP
    return None


def _called(word: str) -> str | None:
    """What of the Hangul `word` is a name, if the rest of it is grammar."""
    # The longest first: 포스트그레스 before 포스트그레.
    for called in sorted(_CALLED, key=len, reverse=True):
        if word.startswith(called) and _BEHIND.fullmatch(word.removeprefix(called)):
            return called
    return None


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
