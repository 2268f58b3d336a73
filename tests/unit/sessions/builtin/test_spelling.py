from __future__ import annotations

import pytest

from server.sessions.builtin.spelling import corrected, one_slip


@pytest.mark.parametrize("slip", ["restrat", "retart", "resstart", "rextart", "restar"])
def test_one_slip_in_a_word_that_matters_is_forgiven(slip: str) -> None:
    assert corrected(f"please {slip} web") == "please restart web"


@pytest.mark.parametrize("line", ["restarts", "started", "my-statuss", "state.db", "contains", "shop", "rstrt"])
def test_other_words_and_names_stay_as_they_are(line: str) -> None:
    assert corrected(line) == line


@pytest.mark.parametrize(("one", "other"), [("abc", "abc"), ("abc", "abcde"), ("abcd", "badc"), ("", "ab")])
def test_the_same_word_and_two_slips_are_not_one_slip(one: str, other: str) -> None:
    assert not one_slip(one, other)
