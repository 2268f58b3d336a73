"""Which words of a message can be a container's name, and what people call containers. Pure; it knows no container."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from server.sessions.builtin.intents import LOOKED_AT
from server.sessions.builtin.spelling import LEAST
from server.sessions.builtin.vocabulary import subjects
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
    "결제": ("payment", "payments"),
    "페이먼트": ("payment", "payments"),
    "주문": ("order", "orders"),
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
    r"\s?(?:lines?|rows?|seconds?|secs?|minutes?|mins?|hours?|days?|times|percent|[kmg]i?b)\b"
    r"|\s?(?:%|줄|라인|행|개|분|시간|초|퍼센트)",
    re.IGNORECASE,
)


def named(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield what in `text` has the form of a name, or is what people call one: where it stands, and the word."""
    for found in _NAME.finditer(text):
        word = found.group().rstrip(".-_")
        yield found.start(), found.start() + len(word), word.lower()
    for found in re.finditer(r"[가-힣]+", text):
        if called := _called(found.group()):
            yield found.start(), found.start() + len(called), called


def pairs(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield, as `named` does, each two words side by side that may be a name together."""
    spans = [span for span in named(text) if span[2].isascii() and can_name(text, *span)]
    for (start, end, first), (after, last, second) in pairwise(spans):
        if text[end:after].isspace() and subjects(first) and (second.isdigit() or subjects(second)):
            yield start, last, f"{first}-{second}"


def can_name(text: str, start: int, end: int, word: str) -> bool:
    """Whether `word`, which stands there in `text`, is no ordinary word and no number that counts something."""
    if word.isdigit():
        return _COUNTING.search(text[:start]) is None and _COUNTED.match(text[end:]) is None
    return word not in _ORDINARY or _MARKED.search(text[:start]) is not None


def candidates(text: str) -> list[str]:
    """Return the words of `text` that can be a name as they stand, those that say nothing else first."""
    text = text[:LOOKED_AT]
    found = [word for start, end, word in named(text) if word.isascii() and can_name(text, start, end, word)]
    return sorted(found, key=lambda word: not (word.isdigit() or subjects(word)))


def called(text: str) -> list[str]:
    """Return what those may be called that `text` names in Korean or in general."""
    return [name for *_, word in named(text[:LOOKED_AT]) for name in names_called(word)]


def halves(text: str) -> list[str]:
    """Return the halves of the words of `text` that may be misspelt: one slip leaves one of them as it is."""
    wrong = [word for word in candidates(text) if len(word) >= LEAST and word.isalpha() and subjects(word)]
    return [half for word in wrong for half in (word[: max(3, len(word) // 2)], word[-max(3, len(word) // 2) :])]


def names_called(word: str) -> tuple[str, ...]:
    """Return the names that those may bear who are called `word`."""
    return _CALLED.get(word, ())


def _called(word: str) -> str | None:
    """What of the Hangul `word` is a name, if the rest of it is grammar."""
    # The longest first: 포스트그레스 before 포스트그레.
    for called in sorted(_CALLED, key=len, reverse=True):
        if word.startswith(called) and _BEHIND.fullmatch(word.removeprefix(called)):
            return called
    return None
