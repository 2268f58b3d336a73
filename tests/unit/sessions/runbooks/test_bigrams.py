from __future__ import annotations

import unicodedata

import pytest

from server.sessions.runbooks import bigrams
from server.sessions.runbooks.endings import without_ending


def terms(question: str) -> list[str]:
    return [term for word in bigrams.asked(question) for term in word]


def test_hangul_is_cut_into_pairs_and_all_else_is_left() -> None:
    assert bigrams.indexed("Redis를 restart") == "redis 를 restart"
    assert bigrams.indexed("데이터") == "데이 이터"


@pytest.mark.parametrize("asked", ["디스크가", "디스크를", "디스크는", "디스크에서", "디스크"])
def test_particle_of_a_question_does_not_matter(asked: str) -> None:
    assert terms(asked) == terms("디스크")


def test_single_syllable_is_found_behind_its_particle() -> None:
    assert set(terms("웹")) <= set(bigrams.indexed("웹이 죽었다").split())


def test_verb_is_found_with_another_ending() -> None:
    assert terms("밀리면")[0] in bigrams.indexed("큐가 밀릴 때").split()


def test_hangul_that_macos_took_apart_is_the_same_word() -> None:
    assert bigrams.indexed(unicodedata.normalize("NFD", "재시작")) == bigrams.indexed("재시작")


@pytest.mark.parametrize("question", ["how do I", "어떻게 해야 하나요?", "알려주세요", "", "!?"])
def test_words_that_only_ask_are_no_terms(question: str) -> None:
    assert terms(question) == []


def test_long_question_is_cut_to_a_bounded_number_of_terms() -> None:
    assert len(terms(" ".join(f"word{number}" for number in range(1000)))) == bigrams.MAX_TERMS


def test_word_that_is_nothing_but_an_ending_stays() -> None:
    assert without_ending("에서") == "에서"
