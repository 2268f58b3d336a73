"""What the command line is told."""

from __future__ import annotations

from server.sessions.claude.prompts import prompt, taken_up
from server.sessions.runner import Said, ToolCall
from tests.fakes.claude_host import ALLOWED, REFUSED

HELLO = (Said("person", "ann", "hello"), Said("assistant", "claude", "hi"))


def test_a_first_message_is_told_as_it_is() -> None:
    assert prompt("look", (), "claude", resumed=False) == "look"


def test_a_path_is_no_command_to_the_command_line() -> None:
    assert prompt("/var is full", (), "claude", resumed=False) == "\n/var is full"


def test_a_conversation_that_is_taken_up_is_not_told_again() -> None:
    assert prompt("look", HELLO, "claude", resumed=True) == "look"


def test_what_others_said_meanwhile_is_told() -> None:
    history = (*HELLO, Said("person", "eve", "I took over"))
    assert prompt("look", history, "claude", resumed=True).startswith("Meanwhile was said:\n\nPerson: I took over\n")


def test_a_fresh_one_is_told_everything() -> None:
    told = prompt("look", HELLO, "claude", resumed=False)
    assert "Person: hello\n\nYou: hi" in told
    assert told.endswith("look")


def test_of_a_long_history_the_newest_is_told() -> None:
    history = tuple(Said("person", "ann", f"{number} {'x' * 1000}") for number in range(200))
    told = prompt("look", history, "claude", resumed=False)
    assert len(told) < 70_000
    assert "Person: 199 " in told
    assert "Person: 1 " not in told


def test_a_decision_is_told_with_the_very_arguments() -> None:
    call = ToolCall("t", "Bash", {"command": "ls"})
    assert taken_up(call, ALLOWED, "go", resumed=True) == (
        'The console was restarted while you waited for permission to use Bash with {"command":"ls"}. '
        "It was allowed. Do exactly that now, with the same arguments, and go on."
    )
    assert "It was refused: not on a Friday." in taken_up(call, REFUSED, "go", resumed=True)


def test_a_decision_without_a_conversation_is_told_after_what_began_it() -> None:
    assert taken_up(ToolCall("t", "Bash", {}), ALLOWED, "go", resumed=False).startswith(
        "go\n\n(The console was restarted"
    )
