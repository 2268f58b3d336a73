"""What people call their tokens and workspaces."""

from __future__ import annotations

from server.errors import AppError

LONGEST = 64


class InvalidTitle(AppError):
    """Empty, too long, or with characters that cannot be seen."""

    code = "invalid_title"
    status = 400


def checked_title(text: str) -> str:
    """Return `text` if people can read and tell it apart: 1 to 64 printable characters, none of the outer ones a space.

    Raises:
        InvalidTitle: it is not so.
    """
    if not 1 <= len(text) <= LONGEST or not text.isprintable() or text != text.strip():
        raise InvalidTitle(f"A name has 1 to {LONGEST} visible characters, and no space around it.")
    return text
