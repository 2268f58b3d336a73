from __future__ import annotations

import pytest

from server.protocol.sessions import MAX_TEXT_B
from server.sessions.errors import EmptyMessage, InvalidText, MessageTooLong
from server.sessions.text import LONGEST_TITLE, cleaned, cleaned_line


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  왜 web이 죽었어?\n", "왜 web이 죽었어?"),
        ("a\r\n\tb", "a\n\tb"),
        ("\x1b[31merror\x1b[0m: exit 1", "error: exit 1"),
    ],
)
def test_text_keeps_what_says_something(text: str, clean: str) -> None:
    assert cleaned(text) == clean


@pytest.mark.parametrize("text", ["", " \n\t\r ", "\x1b[0m", "\u3000"])
def test_text_of_nothing_is_empty(text: str) -> None:
    with pytest.raises(EmptyMessage):
        cleaned(text)


@pytest.mark.parametrize("text", ["a\x00b", "\x1bc", "a\rb", "a\x7fb", "a\x9bb", "\ud800"])
def test_what_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidText):
        cleaned(text)


def test_text_is_measured_in_bytes() -> None:
    assert cleaned("가" * (MAX_TEXT_B // 3))
    for text in ("가" * (MAX_TEXT_B // 3 + 1), "a" * 2**20):
        with pytest.raises(MessageTooLong):
            cleaned(text)


def test_a_title_is_one_line_of_bounded_length() -> None:
    assert cleaned_line(" a \n b ") == "a b"
    with pytest.raises(MessageTooLong):
        cleaned_line("a" * (LONGEST_TITLE + 1))
