"""Markdown cut at its headings. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

PART_B = 4096
"""A longer section is cut between paragraphs: an answer quotes one part."""

WHOLE = 1500
"""An introduction is read out with what follows it, up to so many characters: by itself it helps nobody, and a long
document as a whole helps nobody at 3 a.m. either."""

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_HANGUL = re.compile("[가-힣]")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")


class Section(msgspec.Struct, frozen=True):
    """What stands below one heading. `path` names the headings that lead to it, below the document's title. `shown` is
    what is read out where it is found: of an introduction also what it introduces."""

    title: str
    path: str
    text: str
    shown: str


def sections(markdown: str, *, name: str) -> list[Section]:
    """Return the sections of a document that have text, in order. Without a heading the title is made from `name`."""
    title = ""
    above: list[tuple[int, str]] = []
    found: list[tuple[str, str]] = []
    for level, heading, text in _cut(_without_front_matter(markdown)):
        if level == 1 and not title:
            title = heading
        elif level:
            above = [(other, words) for other, words in above if other < level]
            above.append((level, heading))
        found.extend((" › ".join(words for _, words in above), part) for part in _parts(text))
    title = title or name.rpartition("/")[2].rpartition(".")[0].replace("-", " ").replace("_", " ")
    return [Section(title, path, text, text if path else _whole(found[at:])) for at, (path, text) in enumerate(found)]


def _whole(found: list[tuple[str, str]]) -> str:
    """The introduction that `found` begins with, and as many whole sections after it as `WHOLE` has room for; not those
    in another language, which say the same again."""
    shown = found[0][1]
    for path, text in found[1:]:
        if bool(_HANGUL.search(text)) != bool(_HANGUL.search(found[0][1])):
            continue
        longer = f"{shown}\n\n**{path}**\n\n{text}" if path else f"{shown}\n\n{text}"
        if len(longer) > WHOLE:
            break
        shown = longer
    return shown


def _cut(markdown: str) -> Iterator[tuple[int, str, str]]:
    """Yield (level, heading, text below it); level 0 is what stands before the first heading."""
    level, heading, lines, fence = 0, "", list[str](), ""
    for line in markdown.splitlines():
        fence = _fence_after(line, fence)
        found = None if fence else _heading(line, lines)
        if found is None:
            lines.append(line)
            continue
        if found[2]:
            lines.pop()
        yield level, heading, "\n".join(lines).strip("\n")
        level, heading, lines = found[0], found[1], []
    yield level, heading, "\n".join(lines).strip("\n")


def _heading(line: str, before: list[str]) -> tuple[int, str, bool] | None:
    """(level, words, whether the words are the line before) if `line` makes a heading."""
    if match := _HEADING.match(line):
        return len(match[1]), match[2], False
    match = _UNDERLINE.match(line)
    if match and before and before[-1].strip() and (len(before) == 1 or not before[-2].strip()):
        words = before[-1].strip()
        if not words.startswith(("-", "*", ">", "|", "`")):
            return (1 if match[1][0] == "=" else 2), words, True
    return None


def _fence_after(line: str, fence: str) -> str:
    """The fence that is open after `line`, where `fence` was before: a # in a script is no heading."""
    match = _FENCE.match(line)
    if match is None:
        return fence
    if not fence:
        return match[1]
    closes = match[1].startswith(fence) and not line.strip().strip(fence[0])
    return "" if closes else fence


def _without_front_matter(markdown: str) -> str:
    if not markdown.startswith("---\n"):
        return markdown
    end = markdown.find("\n---\n", 3)
    return markdown if end < 0 else markdown[end + 5 :]


def _parts(text: str) -> Iterator[str]:
    """`text` in parts of at most `PART_B` characters, cut between paragraphs, else lines, else anywhere."""
    while len(text) > PART_B:
        at = max(text.rfind("\n\n", 0, PART_B), 0) or max(text.rfind("\n", 0, PART_B), 0) or PART_B
        yield text[:at].strip("\n")
        text = text[at:].strip("\n")
    if text.strip():
        yield text
