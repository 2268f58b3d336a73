"""What people may write. Pure."""

from __future__ import annotations

import re

from server.protocol.sessions import MAX_TEXT_B
from server.sessions.errors import EmptyMessage, InvalidText, MessageTooLong

LONGEST_TITLE = 120

# Lines are pasted from terminals, and how those colour them says nothing; what turns the direction of text makes a
# title in a list, or in the audit trail, read as another one.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m|[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def cleaned(text: str) -> str:
    """Return `text` without colours and without white space around it, its lines ended by \\n.

    Raises:
        EmptyMessage: nothing is left.
        MessageTooLong: more than MAX_TEXT_B bytes are.
        InvalidText: it holds control characters, or halves of characters.
    """
    # Before anything looks at every character of it.
    if len(text) > MAX_TEXT_B:
        raise _too_long()
    text = _COLOUR.sub("", text).replace("\r\n", "\n").strip()
    if _CONTROL.search(text):
        raise InvalidText("This holds characters that are no text. Send it without them.")
    if not text:
        raise EmptyMessage("There is nothing to read in this message. Write something.")
    if len(text.encode()) > MAX_TEXT_B:
        raise _too_long()
    return text


def cleaned_line(text: str) -> str:
    """Return `text` as one line of at most LONGEST_TITLE characters.

    Raises:
        EmptyMessage, InvalidText, MessageTooLong: as `cleaned`.
    """
    line = " ".join(cleaned(text).split())
    if len(line) > LONGEST_TITLE:
        raise MessageTooLong(f"A title has at most {LONGEST_TITLE} characters. Shorten it.")
    return line


def _too_long() -> MessageTooLong:
    return MessageTooLong(f"A message has at most {MAX_TEXT_B // 1024} KiB. Shorten it, or send it in parts.")
