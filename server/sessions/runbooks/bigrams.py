"""Words as the index knows them. Pure.

Korean puts particles and endings behind its words, and SQLite has no stemmer for it: `디스크가` and `디스크를` are two
words there. Hangul is cut into overlapping pairs of syllables instead (`디스 스크 크가`), before indexing and before
asking; all else is left to SQLite's `porter unicode61`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from server.sessions.runbooks.endings import STOP, without_ending

MAX_TERMS = 64
"""Of one question. A page of pasted logs is not looked up whole."""

# Letters and digits in one piece, Hangul apart from all others: `web이` is `web` and `이`.
_WORD = re.compile(r"[가-힣]+|[^\W_가-힣]+")
# Unicode puts the 28 syllables that differ in their final consonant alone in a row.
_FIRST, _FINALS = ord("가"), 28
_HANGUL = re.compile(r"[가-힣]")


def words(text: str) -> Iterator[str]:
    """Yield the words of `text` in small letters, composed as on a keyboard (macOS stores Hangul taken apart)."""
    for found in _WORD.finditer(unicodedata.normalize("NFC", text).lower()):
        yield found.group()


def is_hangul(word: str) -> bool:
    return _HANGUL.match(word) is not None


def is_stop(word: str) -> bool:
    """Whether `word`, as `words` gives it, only says that something is asked."""
    return word in STOP


def indexed(text: str) -> str:
    """Return `text` as it goes into the index."""
    return " ".join(map(_stored, words(text)))


def asked(question: str) -> list[list[str]]:
    """Return the words of a question that say what it is about, each as its terms, at most `MAX_TERMS` in all."""
    seen: set[str] = set()
    found: list[list[str]] = []
    for word in words(question):
        terms = [term for term in _wanted(word) if term not in seen]
        if len(seen) + len(terms) > MAX_TERMS:
            break
        seen.update(terms)
        if terms:
            found.append(terms)
    return found


@lru_cache(maxsize=10_000)  # people use few words, again and again
def _stored(word: str) -> str:
    if not is_hangul(word):
        return word
    stem = without_ending(word)
    # The single syllable before a particle too: `웹이` is found by `웹`.
    return " ".join([*_pairs(word), stem] if len(stem) == 1 < len(word) else _pairs(word))


def _wanted(word: str) -> list[str]:
    if not is_hangul(word):
        return [] if is_stop(word) else [word]
    if is_stop(word):
        return []
    stem = without_ending(word)
    return [] if is_stop(stem) else _pairs(stem)


def _pairs(word: str) -> list[str]:
    return [word] if len(word) == 1 else [word[at] + _open(word[at + 1]) for at in range(len(word) - 1)]


def _open(syllable: str) -> str:
    """The syllable without its final consonant, where verbs take their endings: `밀리면` and `밀릴 때` meet."""
    at = ord(syllable) - _FIRST
    return chr(_FIRST + at - at % _FINALS)
