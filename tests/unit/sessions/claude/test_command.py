"""How the command line is called, and what people are shown of what it wants to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.config import Config
from server.sessions.claude import command

FOLDER = "/work/S1"


@pytest.mark.parametrize(
    ("tool", "arguments", "risk"),
    [
        ("Read", {"file_path": "/work/S1/a.txt"}, "read"),
        ("Read", {"file_path": "a.txt"}, "read"),
        ("Read", {"file_path": "/work/S1"}, "read"),
        ("Read", {"file_path": "/work/S10/a.txt"}, "change"),
        ("Read", {"file_path": "/work/S1/../S2/a.txt"}, "change"),
        ("Read", {"file_path": "/proc/self/environ"}, "change"),
        ("Read", {"file_path": "~/../a"}, "change"),
        ("Read", {"file_path": 7}, "change"),
        ("Grep", {"pattern": "/etc/passwd"}, "read"),
        ("Grep", {"pattern": "root", "path": "/etc"}, "change"),
        ("Glob", {"pattern": "**/*.py"}, "read"),
        ("Glob", {"pattern": "/etc/*"}, "change"),
        ("Glob", {"pattern": "../*"}, "change"),
        ("Write", {"file_path": "a.txt", "content": ""}, "change"),
        ("Bash", {"command": "ls"}, "change"),
        ("mcp__new__tool", {}, "change"),
    ],
)
def test_only_looking_into_its_own_folder_is_reading(tool: str, arguments: dict[str, Any], risk: str) -> None:
    assert command.risk_of(tool, arguments, FOLDER) == risk


@pytest.mark.parametrize(
    ("tool", "arguments", "title"),
    [
        ("Bash", {"command": "rm -r x", "description": "Look around"}, "rm -r x"),
        ("Bash", {"command": "ls\nrm x"}, "ls ⏎ rm x"),
        ("Bash", {}, "Bash"),
        ("Write", {"file_path": "/a/b", "content": "c"}, "Write /a/b"),
        ("Grep", {"pattern": "x", "path": "/etc"}, "Grep x /etc"),
        ("Bash", {"command": "x" * 201}, "x" * 199 + "…"),
    ],
)
def test_a_title_is_the_command_itself_and_never_the_models_own_words(
    tool: str, arguments: dict[str, Any], title: str
) -> None:
    assert command.title(tool, arguments) == title


def test_every_tool_that_it_has_asks() -> None:
    argv = command.argv(Config(claude="/claude"), "0", resume=False)
    asking = json.loads(argv[argv.index("--settings") + 1])["permissions"]["ask"]
    assert sorted(asking) == sorted(argv[argv.index("--tools") + 1].split(","))


def test_no_argument_takes_its_permissions_away() -> None:
    argv = command.argv(Config(claude="/claude"), "0", resume=True)
    assert not [argument for argument in argv if "dangerous" in argument or "bypass" in argument.lower()]
    assert argv[argv.index("--setting-sources") + 1] == ""


def test_limits_and_model_are_those_of_the_settings() -> None:
    config = Config(claude="/claude", run_turns=7, run_cost_usd=0.25, claude_model="m")
    argv = command.argv(config, "the id", resume=True)
    given = {name: argv[argv.index(name) + 1] for name in ("--max-turns", "--max-budget-usd", "--model", "--resume")}
    assert given == {"--max-turns": "7", "--max-budget-usd": "0.250000", "--model": "m", "--resume": "the id"}


def test_without_a_limit_of_cost_none_is_told() -> None:
    assert "--max-budget-usd" not in command.argv(Config(claude="/claude", run_cost_usd=0), "0", resume=False)


def test_the_key_is_not_in_the_arguments_that_everybody_on_the_machine_sees() -> None:
    config = Config(claude="/claude", claude_key="sk-1", claude_url="http://h")
    assert "sk-1" not in " ".join(command.argv(config, "0", resume=False))
    environ = command.environ(config, "R", FOLDER)
    assert (environ["ANTHROPIC_API_KEY"], environ["ANTHROPIC_BASE_URL"]) == ("sk-1", "http://h")
