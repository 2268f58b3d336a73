from __future__ import annotations

import pytest

from server.sessions.builtin.handover import QUOTED, analyze, failures
from server.sessions.builtin.phrases import say
from server.sessions.runner import Said


def person(text: str) -> Said:
    return Said("person", "ann", text)


def assistant(text: str) -> Said:
    return Said("assistant", "builtin", text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I want to talk to a human", "A person was asked for."),
        ("담당자 연결해 주세요", "사람과의 대화를 요청했습니다."),
        ("this is useless", "The person says that it did not help."),
        ("아직도 안 돼요", "도움이 되지 않았다고 합니다."),
    ],
)
def test_who_asks_for_a_person_or_was_not_helped_needs_one(text: str, reason: str) -> None:
    analysis = analyze([person("web?"), assistant("`web`: Up"), person(text)])
    assert (analysis.needed, analysis.reason) == (True, reason)


def test_two_answers_in_a_row_that_know_nothing_are_enough() -> None:
    unknown = assistant(say("en", "unknown"))
    once = [person("flurb"), unknown]
    assert not analyze(once).needed
    assert analyze([*once, person("blarg"), unknown]).needed
    assert not analyze([*once, person("status"), assistant("8 of 8"), person("blarg"), unknown]).needed


def test_failures_are_counted_from_the_end() -> None:
    unknown = assistant(say("ko", "unknown"))
    assert failures([]) == 0
    assert failures([unknown, unknown]) == 2
    assert failures([unknown, assistant("ok"), unknown]) == 1


def test_same_question_for_the_third_time_needs_a_person() -> None:
    assert analyze([person("Is  web up?"), assistant("yes"), person("is web up?"), person("is web up?")]).needed


def test_ordinary_conversation_needs_nobody_and_its_intent_is_told() -> None:
    analysis = analyze([person("restart web")])
    assert (analysis.needed, analysis.intent) == (False, "action")
    assert analysis.reason == "Nothing says that a person is needed."


def test_summary_says_what_was_asked_and_answered_and_stays_short() -> None:
    analysis = analyze([person("why did web die?"), assistant("out\nof memory"), person("x" * 30_000 + " 담당자 연결")])
    assert "why did web die?" in analysis.summary
    assert "out of memory" in analysis.summary
    assert len(analysis.summary) < 3 * QUOTED + 100


def test_nothing_said_needs_nobody() -> None:
    analysis = analyze([])
    assert (analysis.needed, analysis.intent) == (False, "unknown")
    assert not analyze([assistant("hello")]).needed
