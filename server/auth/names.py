"""What an account may be called, and which labels may limit it."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable

from server.errors import AppError

MOST_NAME = 64
_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?")
# Only A-Z: `str.lower` makes a plain `k` of the Kelvin sign, and two names of what looks like one person.
_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
# Principals that are no accounts bear these in the audit trail.
RESERVED = frozenset({"local", "console", "token"})

_MOST_LABEL = 256
MOST_LABELS = 16


class InvalidName(AppError):
    """No account can have this name."""

    code = "invalid_name"
    status = 400


class InvalidLabel(AppError):
    """No container can have this label."""

    code = "invalid_label"
    status = 400


def normalise_name(text: str) -> str:
    """Return the name of the account that `text` means: ASCII, in lower case, 1 to 64 characters.

    Raises:
        InvalidName: no account can be called that. The message does not repeat `text`: some type their password there.
    """
    name = text.translate(_FOLD) if len(text) <= MOST_NAME else ""
    if _NAME.fullmatch(name) is None:
        raise InvalidName(
            f"A name has 1 to {MOST_NAME} of the characters a-z, 0-9, dot, dash and underscore, "
            "and begins and ends with a letter or digit."
        )
    if name in RESERVED:
        raise InvalidName(f"The name {name} is the server's own. Choose another one.")
    return name


def known_name(text: str) -> str | None:
    """Return the name that `text` means, None where no account can be called that."""
    try:
        return normalise_name(text)
    except InvalidName:
        return None


def normalise_label(text: str) -> str:
    """Return the label filter that `text` means, `key` or `key=value`, without spaces around it.

    Raises:
        InvalidLabel: it has no key, is longer than 256 characters, or holds what cannot be printed.
    """
    label = text[: _MOST_LABEL + 1].strip()
    key, _, _ = label.partition("=")
    if not key.strip() or len(label) > _MOST_LABEL or not label.isprintable():
        raise InvalidLabel(f"A label is `key` or `key=value`, of at most {_MOST_LABEL} printable characters.")
    return label


def normalise_labels(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the filters that `texts` mean, each once, in order.

    Raises:
        InvalidLabel: one of them is none, or there are more than 16.
    """
    labels = tuple(sorted({normalise_label(text) for text in texts}))
    if len(labels) > MOST_LABELS:
        raise InvalidLabel(f"An account is limited by at most {MOST_LABELS} labels.")
    return labels
