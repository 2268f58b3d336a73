"""Turns of the runner, against a command line that plays what the real one once said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from server.sessions.claude.runner import ClaudeRunner
from server.sessions.runner import LimitReached, ModelUnavailable, RunFailed, Said, ToolCall
from tests.fakes.agent_place import UID, Place, a_turn, bearing
from tests.fakes.claude_cli import CALL
from tests.fakes.claude_host import ALLOWED, REFUSED, Host


async def test_text_is_streamed_and_then_said_whole(runner: ClaudeRunner) -> None:
    host = Host()
    await runner.run(a_turn("!play allowed"), host)
    assert "".join(host.deltas) == "".join(host.replies) == "I make the file. The file is made. "


async def test_a_tool_is_shown_asked_for_and_done_with_exactly_what_was_allowed(runner: ClaudeRunner) -> None:
    host = Host(ALLOWED)
    await runner.run(a_turn("!play allowed"), host)
    command = "echo hello > made.txt && cat made.txt"
    call = ToolCall("toolu_01", "Bash", {"command": command, "description": "Make a file"})
    assert host.calls == host.questions == [(call, command, "change")]
    assert host.used == [("p1", call)]
    assert [(shown, result.ok, result.text) for shown, result in host.results] == [("toolu_01", True, "hello")]


async def test_a_refusal_is_no_failure(runner: ClaudeRunner) -> None:
    host = Host(REFUSED)
    await runner.run(a_turn("!play denied"), host)
    assert host.replies[-1] == "Then not. "
    assert host.used == []
    assert [(result.ok, result.code) for _, result in host.results] == [(False, "not_allowed")]


async def test_a_refusal_tells_the_model_why(runner: ClaudeRunner) -> None:
    host = Host(REFUSED)
    await runner.run(a_turn("!use"), host)
    assert host.results[0][1].text == "Refused: not on a Friday"


async def test_a_grant_that_is_not_good_any_more_is_a_refusal(runner: ClaudeRunner) -> None:
    host = Host(ALLOWED)
    host.unusable = True
    await runner.run(a_turn("!use"), host)
    assert host.results[0][1].text == "Who allowed it may not any more. Ask again."


async def test_reading_asks_too_and_bears_less_risk_within_the_folder(runner: ClaudeRunner) -> None:
    host = Host()
    turn = replace(a_turn("!play several"), session="session")
    await runner.run(turn, host)
    assert [(title, risk) for _, title, risk in host.questions[:4]] == [
        ("ls", "change"),
        ("Read /etc/debian_version", "change"),
        ("Read /var/lib/pilothouse-agent/session/none.txt", "change"),
        ("Grep x", "read"),
    ]


async def test_turns_and_cost_are_counted(runner: ClaudeRunner) -> None:
    host = Host()
    await runner.run(a_turn("!play allowed"), host)
    assert host.turns == 2
    assert host.cost_usd == pytest.approx(0.0011)


async def test_what_was_completed_does_not_fail_for_its_last_cent(runner: ClaudeRunner) -> None:
    class Mean(Host):
        def spend(self, *, turns: int = 0, cost_usd: float | None = None) -> None:
            if cost_usd is not None:
                raise LimitReached("too much")

    host = Mean()
    await runner.run(a_turn("!result all is well"), host)
    assert host.replies == ["all is well"]


@pytest.mark.parametrize(
    ("name", "kind", "setting"),
    [
        ("max_turns", LimitReached, "PILOTHOUSE_RUN_TURNS"),
        ("max_budget", LimitReached, "PILOTHOUSE_RUN_COST_USD"),
        ("no_key", RunFailed, "PILOTHOUSE_CLAUDE_KEY"),
        ("wrong_key", RunFailed, "PILOTHOUSE_CLAUDE_KEY"),
        ("unknown_model", RunFailed, "PILOTHOUSE_CLAUDE_MODEL"),
        ("low_credit", RunFailed, "Credit balance is too low"),
    ],
)
async def test_a_failure_says_what_to_change(
    runner: ClaudeRunner, name: str, kind: type[RunFailed], setting: str
) -> None:
    with pytest.raises(kind, match=setting):
        await runner.run(a_turn(f"!play {name}"), Host())


@pytest.mark.parametrize(
    "fields", [{"api_error_status": 529, "result": "Overloaded"}, {"result": "API Error: Connection error."}]
)
async def test_a_model_that_does_not_answer_is_worth_another_try(runner: ClaudeRunner, fields: dict[str, Any]) -> None:
    with pytest.raises(ModelUnavailable):
        await runner.run(a_turn(f"!fail {json.dumps(fields)}"), Host())


async def test_attempts_of_the_api_are_told(runner: ClaudeRunner) -> None:
    host = Host()
    await runner.run(a_turn("!play retry"), host)
    assert host.logs == ["The model's API does not answer as it should (status 529): attempt 1 of 10 follows."]
    assert host.replies == ["At last. "]


async def test_a_request_that_is_withdrawn_leaves_nobody_asked(runner: ClaudeRunner) -> None:
    host = Host(decision=None)
    await runner.run(a_turn("!withdraw"), host)
    assert json.loads(host.replies[0])["response"]["subtype"] == "error"
    assert host.withdrawn == [host.questions[0][0].id]
    assert host.used == []


async def test_the_command_line_has_nothing_of_the_server(
    runner: ClaudeRunner, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PILOTHOUSE_LLM_KEY", "secret")
    host = Host()
    turn = a_turn("!shell")
    await runner.run(turn, host)
    told = json.loads(host.replies[0])
    folder = str(place.root / "work/S1")
    # The shell on the way adds the second line.
    assert told["environ"].keys() - {"PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"} == {
        "PATH", "HOME", "TMPDIR", "LANG", "TERM", "PILOTHOUSE_RUN", "ANTHROPIC_API_KEY", "DISABLE_AUTOUPDATER",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "CLAUDE_CODE_DISABLE_ATTACHMENTS", "CLAUDE_CODE_DISABLE_CLAUDE_MDS",
        "CLAUDE_CODE_DISABLE_AUTO_MEMORY", "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS",
    }  # fmt: skip
    assert (told["environ"]["PILOTHOUSE_RUN"], told["environ"]["HOME"]) == (turn.run, folder)
    assert (told["uid"], told["groups"], told["cwd"], told["mode"]) == (UID, [], folder, "0o700")


async def test_a_second_turn_takes_up_the_conversation(runner: ClaudeRunner) -> None:
    await runner.run(a_turn("!result one"), Host())
    host = Host()
    history = (
        Said("person", "ann", "!result one"),
        Said("assistant", "claude", "one"),
        Said("person", "eve", "I help"),
    )
    await runner.run(a_turn("!heard", history=history), host)
    first, second = host.replies[0].splitlines()
    assert json.loads(first) == "!result one"
    assert json.loads(second) == "Meanwhile was said:\n\nPerson: I help\n\nNow the person says:\n\n!heard"


async def test_without_a_transcript_it_starts_anew_with_what_was_said(runner: ClaudeRunner) -> None:
    await runner.run(a_turn("!forget"), Host())
    host = Host()
    history = (Said("person", "ann", "keep the blue one"), Said("assistant", "claude", "I will"))
    await runner.run(a_turn("!heard", history=history), host)
    assert "Person: keep the blue one\n\nYou: I will" in json.loads(host.replies[0].strip().splitlines()[-1])
    assert host.logs == ["The agent has nothing to take up again and starts anew with what was said here."]


async def test_sessions_do_not_share_a_conversation(runner: ClaudeRunner) -> None:
    await runner.run(a_turn("!result one", session="S1"), Host())
    host = Host()
    await runner.run(a_turn("!heard", session="S2"), host)
    assert json.loads(host.replies[0]) == "!heard"


async def test_5_mb_in_a_line_are_a_message(runner: ClaudeRunner) -> None:
    host = Host()
    await runner.run(a_turn(f"!long {5 * 2**20}"), host)
    assert len(host.replies[0]) == 5 * 2**20


async def test_a_line_without_an_end_fails_the_run(runner: ClaudeRunner) -> None:
    turn = a_turn(f"!long {40 * 2**20}")
    with pytest.raises(RunFailed, match="16 MB"):
        await runner.run(turn, Host())
    assert bearing(turn.run) == []


async def test_a_little_garbage_is_told_and_passed_over(runner: ClaudeRunner) -> None:
    host = Host()
    await runner.run(a_turn("!garbage 5"), host)
    assert host.replies == ["After all."]
    assert len(host.logs) == 3


async def test_much_garbage_fails_the_run(runner: ClaudeRunner) -> None:
    turn = a_turn("!garbage 50")
    with pytest.raises(RunFailed, match="does not speak the protocol"):
        await runner.run(turn, Host())
    assert bearing(turn.run) == []


@pytest.mark.parametrize("when", ["at once", "late"])
async def test_one_that_dies_fails_the_run_with_its_last_words(runner: ClaudeRunner, when: str) -> None:
    with pytest.raises(RunFailed, match=r"exit code 7.*fatal: it was too much"):
        await runner.run(a_turn(f"!die {when}"), Host())


async def test_children_that_hold_its_pipes_do_not_hold_the_run(runner: ClaudeRunner) -> None:
    turn = a_turn("!fork holding")
    with pytest.raises(RunFailed, match="exit code 7"):
        await runner.run(turn, Host())
    assert bearing(turn.run) == []


async def test_a_completed_run_leaves_no_process(runner: ClaudeRunner) -> None:
    turn = a_turn("!fork completing")
    await runner.run(turn, Host())
    assert bearing(turn.run) == []


async def test_an_engine_that_was_opened_meanwhile_ends_the_trust(runner: ClaudeRunner, place: Place) -> None:
    place.socket.chmod(0o666)
    with pytest.raises(RunFailed, match="can open the engine's socket"):
        await runner.run(a_turn("!result one"), Host())


async def test_without_the_engines_socket_no_run_begins(runner: ClaudeRunner, place: Place) -> None:
    place.socket.unlink()
    with pytest.raises(RunFailed, match="Start the engine"):
        await runner.run(a_turn("!result one"), Host())


async def test_a_request_shows_the_arguments_that_are_hidden_in_its_title(runner: ClaudeRunner) -> None:
    host = Host()
    await runner.run(a_turn("!use"), host)
    assert host.questions[0][0].arguments == CALL
