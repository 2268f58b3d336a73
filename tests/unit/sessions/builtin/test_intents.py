"""What asks for something and what only sounds like it; the breadth of it is in the evaluation."""

from __future__ import annotations

import pytest

from server.sessions.builtin.intents import LOOKED_AT, MAX_TAIL, TAIL, read


@pytest.mark.parametrize(
    "text",
    [
        "why did web restart?",
        "did you restart web?",
        "web keeps restarting",
        "when was the last restart of web",
        "how do I restart web?",
        "should I stop the database?",
        "can I remove old images",
        "don't restart web",
        "never kill redis",
        "web was stopped",
        "how many restarts?",
        "web 왜 재시작됐어?",
        "web 재시작했어?",
        "web이 계속 재시작돼요",
        "web 재시작 횟수",
        "web 재시작하지 마세요",
        "web을 재시작하려면?",
        "web 재시작해도 되나요",
        "web 종료 코드가 뭐야",
        "시작 시간 알려줘",
    ],
)
def test_talk_of_an_action_is_no_order(text: str) -> None:
    asked = read(text)
    assert (asked.intent == "action", asked.verb) == (False, None)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("restart web", "restart"),
        ("web is down, start it", "start"),
        ("please unpause web", "unpause"),
        ("pause web", "pause"),
        ("stop and start web", "restart"),
        ("would you mind stopping web", "stop"),
        ("get rid of web", "remove"),
        ("web 다시 시작해줘", "restart"),
        ("web 다시 켜", "restart"),
        ("web 일시정지 풀어줘", "unpause"),
        ("web 일시 정지", "pause"),
        ("web 강제종료", "kill"),
        ("web 꺼줘", "stop"),
        ("web 켜 줘", "start"),
        ("web 지워버려", "remove"),
    ],
)
def test_order_is_an_action(text: str, verb: str) -> None:
    asked = read(text)
    assert (asked.intent, asked.verb) == ("action", verb)


@pytest.mark.parametrize(
    "text",
    ["I need an admin password", "get agent logs", "how is the operator pod?", "담당자가 누구인지 어디 적혀 있지"],
)
def test_talk_of_people_calls_nobody(text: str) -> None:
    assert read(text).intent != "human"


@pytest.mark.parametrize(("text", "talk"), [("hi!", "greeting"), ("안녕하세요", "greeting"), ("고마워요~", "thanks")])
def test_small_talk_is_answered_in_kind(text: str, talk: str) -> None:
    assert read(text).small_talk == talk


@pytest.mark.parametrize("text", ["great, restart redis", "web is down please help me", "네트워크 사용량", "감사로그"])
def test_more_than_small_talk_is_none(text: str) -> None:
    assert read(text).small_talk is None


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("last 50 lines of web", 50),
        ("web 로그 5줄", 5),
        ("tail 7", 7),
        ("web logs", TAIL),
        ("9999 lines of the log", MAX_TAIL),
        ("0 lines of the log", 1),
    ],
)
def test_number_of_lines_is_taken_from_the_text_within_bounds(text: str, tail: int) -> None:
    assert read(text).tail == tail


def test_only_the_beginning_of_a_long_message_is_read() -> None:
    assert read("x " * LOOKED_AT + "restart web").intent == "unknown"


@pytest.mark.parametrize("text", ["", " ", "\x00\x01", "😀", "a" * 100_000, "how " * 20_000, "(" * 5000])
def test_nothing_and_noise_ask_for_nothing(text: str) -> None:
    assert read(text).intent == "unknown"
