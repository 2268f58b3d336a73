from __future__ import annotations

from typing import Any

import pytest

from server.sessions.summary import TITLE, Standing, after, beginning
from tests.fakes.session_views import (
    asked,
    called,
    changed,
    decided,
    message_view,
    permission_view,
    run_view,
    session_summary,
    told,
)

LATER = "2026-11-20T10:00:00.000Z"


def standing(**fields: Any) -> Standing:
    return Standing(session_summary(**fields))


@pytest.mark.parametrize("happening", [called(run_view()), changed("s1", "title", title="Web")])
def test_what_says_nothing_new_leaves_the_session_as_it_was(happening: Any) -> None:
    before = standing(title="Web")
    assert after(before, happening[1], LATER) is before


def test_the_first_message_of_a_person_is_the_title_of_a_session_without_one() -> None:
    greeting = after(standing(), told(message_view("hello", speaker="assistant"))[1], LATER)
    first = after(greeting, told(message_view("\nwhy?\nsince when?"))[1], LATER)
    second = after(first, told(message_view("and now?"))[1], LATER)
    assert [one.summary.title for one in (greeting, first, second)] == ["", "why?", "why?"]
    assert (second.summary.messages, second.summary.preview, second.summary.updated_at) == (3, "and now?", LATER)


def test_a_long_first_line_is_cut_to_a_title() -> None:
    assert beginning("a" * TITLE) == "a" * TITLE
    assert beginning("a" * (TITLE + 1)) == "a" * (TITLE - 1) + "…"


def test_a_permission_is_counted_while_it_waits_and_once() -> None:
    run = run_view()
    permission = permission_view(run)
    waiting = after(standing(), asked(permission)[1], LATER)
    assert after(waiting, asked(permission)[1], LATER) is waiting
    answered = after(waiting, decided(permission_view(run, id=permission.id, state="denied"))[1], LATER)
    assert (waiting.summary.pending, answered.summary.pending) == (1, 0)


def test_a_permission_that_a_policy_allowed_at_once_never_waits() -> None:
    before = standing()
    assert after(before, asked(permission_view(run_view(), state="allowed"))[1], LATER) is before
