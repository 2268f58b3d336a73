"""Takes secrets out of what a model or a transcript gets to see. Pure.

It knows how secrets are usually written, not what they are: a password in the middle of a sentence stays. What is known
to hold them, the values of environment variables, is therefore never read at all. Where it errs, it takes too much.

Every pattern starts at a literal and is bounded: the text comes from whoever writes a container's log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

REDACTED = "<redacted>"

# What a name must hold for its value to be a secret. `tokens=4096` counts some, PASSWORD_FILE says where one is.
_TELLING = (
    r"(?:pass(?:word|wd|phrase|code)|pwd|secret|token(?!s)|api[_-]?key|access[_-]?key(?!s)|private[_-]?key|"
    r"encryption[_-]?key|signing[_-]?key|credential|dsn)"
    r"(?![\w-]{0,20}[_-](?:file|path|dir|name)(?![\w-]))"
)
# The rest of such a name, in quotes or not (and these escaped, in JSON within JSON), and what parts it from its value.
_IS = r"[\w.-]{0,40}(?:\\{0,3}[\"'])?\s{0,8}(?:=>|:=|[:=])\s{0,8}"
_VALUE = r"(?:\\{1,3}\"[^\"\\\n]*(?:\\{1,3}\")?|\"(?:[^\"\\\n]|\\.)*\"?|'[^'\n]*'?|[^\s&\"'`\\]+)"

_NAMED = re.compile(rf"({_TELLING}{_IS})(?!\s){_VALUE}", re.IGNORECASE)
_PASS = re.compile(rf"((?<![a-zA-Z])pass(?:\\{{0,3}}[\"'])?\s{{0,8}}=\s{{0,8}}){_VALUE}", re.IGNORECASE)
_FLAG = re.compile(rf"((?<!\S)--?[\w-]{{0,40}}?{_TELLING}[\w-]{{0,40}}[ \t]{{1,8}})(?!-){_VALUE}", re.IGNORECASE)
_AUTHORIZATION = re.compile(
    r"(authorization(?:\\{0,3}[\"'])?\s{0,8}[:=]\s{0,8}(?:\\{0,3}[\"'])?(?:[a-z-]{1,20}[ \t]{1,8})?)[^\s\"'\\,;]+",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(\bbearer[ \t]{1,8})[\w.~+/=-]{8,}", re.IGNORECASE)
_COOKIE = re.compile(r"(\bcookie\s{0,4}:\s{0,4})[^\r\n\"]+", re.IGNORECASE)
# Up to the last @ of the authority: a password may hold one that somebody forgot to escape.
_USERINFO = re.compile(r"(://[^\s/:@?#\"']{0,256}:)[^\s/?#\"'<>]+@")
_KEYS = re.compile(
    r"\b(?:"
    r"(?:AKIA|ASIA)[A-Z0-9]{16}"  # AWS
    r"|gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}"
    r"|xox[abprs]-[\w-]{10,}|sk-[\w-]{20,}|AIza[\w-]{35}|plh_[\w-]{16,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # a JWT
    r")"
)
_BEGIN = r"-----BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY|PGP MESSAGE|CERTIFICATE)[A-Z0-9 ]{0,20}-----"
_END = r"-----END [A-Z0-9 ]{3,60}-----"
_PEM = re.compile(rf"{_BEGIN}.*?(?:{_END}|\Z)", re.DOTALL)
_PEM_BEGIN, _PEM_END = re.compile(_BEGIN), re.compile(_END)
_PEM_LINE = re.compile(r"\s*[A-Za-z0-9+/=]{16,}\s*")

_TELLING_NAME = re.compile(rf"{_TELLING}|(?<![a-z])pass\b|authorization", re.IGNORECASE)
_TELLING_FLAG = re.compile(rf"--?[\w-]{{0,40}}?{_TELLING}[\w-]{{0,40}}", re.IGNORECASE)


def redacted(text: str) -> str:
    """Return `text` with `<redacted>` in place of what looks like a secret."""
    if "-----BEGIN " in text:
        text = _PEM.sub(REDACTED, text)
    text = _AUTHORIZATION.sub(_keep_name, text)
    for pattern in (_BEARER, _COOKIE, _FLAG, _NAMED, _PASS):
        text = pattern.sub(_keep_name, text)
    text = _USERINFO.sub(rf"\1{REDACTED}@", text)
    return _KEYS.sub(REDACTED, text)


def redacted_lines(lines: Iterable[str]) -> list[str]:
    """Return as many lines, redacted: also what a block of PEM spreads over several, and one whose beginning is not
    among them."""
    found: list[str] = []
    inside = False
    for line in lines:
        begins, ends = _PEM_BEGIN.search(line), _PEM_END.search(line)
        if ends and not begins and not inside:
            _take_back(found)
        if inside or begins or ends:
            before = line[: begins.start()] if begins and not inside else ""
            after = line[ends.end() :] if ends else ""
            found.append(redacted(before) + REDACTED + redacted(after))
            inside = ends is None
        else:
            found.append(redacted(line))
    return found


def redacted_command(parts: Iterable[str]) -> list[str]:
    """Return the arguments of a program, each redacted, and the one after `--password` and the like."""
    found: list[str] = []
    hide = False
    for part in parts:
        found.append(REDACTED if hide and not part.startswith("-") else redacted(part))
        hide = _TELLING_FLAG.fullmatch(part) is not None
    return found


def redacted_labels(labels: dict[str, str]) -> dict[str, str]:
    """Return labels with their values redacted, whole where the name says that it is a secret."""
    return {
        name: REDACTED if value and _TELLING_NAME.search(name) else redacted(value) for name, value in labels.items()
    }


def redacted_value(value: Any) -> Any:
    """Return JSON with every text in it redacted; names of fields stay."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {name: redacted_value(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [redacted_value(item) for item in value]
    return value


def _keep_name(match: re.Match[str]) -> str:
    return match.group(1) + REDACTED


def _take_back(found: list[str]) -> None:
    """Redact the lines at the end that can be the body of a block of PEM."""
    for at in range(len(found) - 1, -1, -1):
        if _PEM_LINE.fullmatch(found[at]) is None:
            return
        found[at] = REDACTED
