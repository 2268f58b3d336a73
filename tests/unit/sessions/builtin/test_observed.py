"""Whatever a tool gives, it is read as far as it can be."""

from __future__ import annotations

import pytest

from server.sessions.builtin import observed
from server.sessions.runner import ToolResult


def gave(text: str) -> ToolResult:
    return ToolResult(True, text)


@pytest.mark.parametrize(
    "text", ["", "null", "{", "[]", "{}", '"x"', "[1]", '{"containers":3,"lines":{},"left_out":"x"}']
)
def test_what_is_not_understood_is_nothing(text: str) -> None:
    result = gave(text)
    assert observed.listing(result).containers == []
    assert observed.details(result) is None
    assert observed.lines(result) == []
    assert observed.passages(result) == []


def test_entry_that_is_broken_does_not_take_the_others_with_it() -> None:
    result = gave('{"containers":[{"name":"web"},{"id":1},{"name":"db","exit_code":"x"},{"name":"api","exit_code":1}]}')
    assert [one.name for one in observed.listing(result).containers] == ["web", "api"]


def test_counts_are_those_of_the_whole_list() -> None:
    listing = observed.listing(gave('{"containers":[{"name":"a"}],"summary":{"total":90,"running":80},"left_out":89}'))
    assert (listing.counts.total, listing.counts.running, listing.left_out) == (90, 80, 89)


def test_container_is_read_flat_and_nested() -> None:
    flat = observed.details(gave('{"name":"web","exit_code":137,"error":"no","health_log":[{"output":"x"},1]}'))
    nested = observed.details(
        gave('{"container":{"name":"web","exit_code":137},"error":"no","health_log":[{"output":"x"}]}')
    )
    assert flat == nested
    assert flat is not None
    assert (flat.error, len(flat.health_log)) == ("no", 1)


def test_sentence_of_a_failure_is_its_text_or_the_message_in_it() -> None:
    assert observed.sentence(ToolResult(False, "The engine is down.", "engine_down")) == "The engine is down."
    assert observed.sentence(ToolResult(False, '{"state":"failed","message":"Gone."}')) == "Gone."
    assert observed.sentence(ToolResult(False, '{"message":null}', "x")) == ""
