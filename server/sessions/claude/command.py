"""How the command line is called: which tools it has, what it inherits, what may cost how much."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import msgspec

from server.config import Config
from server.protocol.sessions import Risk
from server.sessions.claude.account import PATH
from server.sessions.claude.reaper import VARIABLE

# Of the command line's own tools those that work on files and run commands; none that starts agents, asks the web or
# keeps something running after the turn.
READING = ("Read", "Glob", "Grep")
TOOLS = (*READING, "Edit", "Write", "Bash")

# By itself it lets its tools read in its folder, and harmless-looking commands run, without asking. Here all of it is
# asked: the workspace's policy says what is free.
_SETTINGS = msgspec.json.encode({"permissions": {"ask": list(TOOLS)}}).decode()

_INTRODUCTION = (
    "You answer in a session of Pilothouse, a console for a Docker host. You work in a folder of your own, as a user "
    "that can reach neither the container engine nor the console's data: ask the person for what you need from there. "
    "Every tool call is shown to people, who may refuse it."
)

_TITLE = 200


def argv(config: Config, cli_session: str, *, resume: bool) -> list[str]:
    """The command line of one turn of `cli_session`, a UUID."""
    told = [config.claude, "-p", "--verbose", "--output-format", "stream-json", "--input-format", "stream-json"]
    told += ["--include-partial-messages", "--permission-prompt-tool", "stdio", "--permission-mode", "default"]
    told += ["--tools", ",".join(TOOLS), "--settings", _SETTINGS, "--setting-sources", "", "--strict-mcp-config"]
    told += ["--disable-slash-commands", "--append-system-prompt", _INTRODUCTION]
    told += ["--max-turns", str(config.run_turns)]
    if config.run_cost_usd:
        told += ["--max-budget-usd", f"{config.run_cost_usd:f}"]
    if config.claude_model:
        told += ["--model", config.claude_model]
    return [*told, "--resume" if resume else "--session-id", cli_session]


def environ(config: Config, run: str, folder: str) -> Mapping[str, str]:
    """The whole environment: nothing of the server's own is in it."""
    told = {
        "PATH": PATH,
        "HOME": folder,
        "TMPDIR": os.path.join(folder, "tmp"),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        VARIABLE: run,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        # `@/a/path` in what a person wrote would be read without asking.
        "CLAUDE_CODE_DISABLE_ATTACHMENTS": "1",
        # Nothing that one turn wrote down is to instruct the next but the conversation itself.
        "CLAUDE_CODE_DISABLE_CLAUDE_MDS": "1",
        "CLAUDE_CODE_DISABLE_AUTO_MEMORY": "1",
        "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
    }
    if config.claude_key:
        told["ANTHROPIC_API_KEY"] = config.claude_key
    if config.claude_url:
        told["ANTHROPIC_BASE_URL"] = config.claude_url
    return told


def risk_of(tool: str, arguments: Mapping[str, Any], folder: str) -> Risk:
    """`read` only for looking at files in `folder`: others of this machine are not the session's own."""
    if tool not in READING:
        return "change"
    named = [arguments.get("file_path"), arguments.get("path"), arguments.get("pattern") if tool == "Glob" else None]
    return "read" if all(_is_inside(path, folder) for path in named if path is not None) else "change"


def _is_inside(path: object, folder: str) -> bool:
    # Not resolved: what is behind the folder's own links only the agent's user could see.
    if not isinstance(path, str) or ".." in path.split("/") or path.startswith("~"):
        return False
    whole = os.path.join(folder, path)
    return whole == folder or whole.startswith(folder + "/")


def title(tool: str, arguments: Mapping[str, Any]) -> str:
    """One line for people: the command itself, or what the tool is used on."""
    if tool == "Bash":
        told = str(arguments.get("command", ""))
    else:
        used_on = [str(arguments[key]) for key in ("pattern", "file_path", "path") if key in arguments]
        told = " ".join([tool, *used_on])
    line = " ⏎ ".join(told.strip().splitlines()) or tool
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1]}…"
