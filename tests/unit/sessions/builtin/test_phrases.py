from __future__ import annotations

import re

import pytest

from server.sessions.builtin.phrases import SENTENCES, is_unknown, language_of, say


@pytest.mark.parametrize("key", SENTENCES)
def test_sentence_says_the_same_in_both_languages(key: str) -> None:
    english, korean = SENTENCES[key]
    assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", korean))
    assert language_of(english) == "en"
    assert english.strip()
    assert korean.strip()


@pytest.mark.parametrize(
    ("text", "language"), [("web is down", "en"), ("web 죽음", "ko"), ("restart 해줘", "ko"), ("", "en")]
)
def test_language_is_that_of_the_question(text: str, language: str) -> None:
    assert language_of(text) == language


def test_answer_that_knows_nothing_is_known_again() -> None:
    assert is_unknown(say("ko", "unknown") + " 그 밖에")
    assert not is_unknown(say("en", "greeting"))
