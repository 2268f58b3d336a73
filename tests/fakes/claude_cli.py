#!/usr/bin/env python3
"""A command line that speaks as Claude Code does: it plays what the real one once said, or misbehaves when told to.

The last line of what it is told says what it does: `!play allowed`, `!garbage 5`, `!die`, see `_ACTS`. It keeps a
transcript for `--resume` as the real one does. It runs as another user, so it uses the standard library alone.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).with_name("golden")
CALL = {"command": "echo made > made.txt", "description": "Make a file"}

_LATER = [sys.executable, "-IS", "-c", "import signal, time\nsignal.signal(signal.SIGTERM, {how})\ntime.sleep(600)"]


def main() -> None:
    session, resumed = _session()
    transcript = Path.home() / ".claude/projects/fake" / f"{session}.jsonl"
    known = transcript.exists()
    if resumed and not (known and transcript.read_text().strip()):
        _say(f"No conversation found with session ID: {session}")
        words = f"No conversation found with session ID: {session}"
        _write({"type": "result", "subtype": "error_during_execution", "is_error": True, "errors": [words]})
        sys.exit(1)
    if known and not resumed:
        _say(f"Error: Session ID {session} is already in use.")
        sys.exit(1)
    told = json.loads(sys.stdin.readline())["message"]["content"]
    transcript.parent.mkdir(parents=True, exist_ok=True)
    with transcript.open("a") as kept:
        kept.write(json.dumps(told) + "\n")
    restarted = re.search(r"permission to use (\w+) with (\{.*?\})\. It was (allowed|refused)", told)
    if restarted:
        _again(*restarted.groups())
        return
    name, _, argument = told.strip().rpartition("\n")[2].removeprefix("!").partition(" ")
    _ACTS[name](argument)


def _session() -> tuple[str, bool]:
    resumed = "--resume" in sys.argv
    return sys.argv[sys.argv.index("--resume" if resumed else "--session-id") + 1], resumed


def _write(line: dict[str, Any] | str) -> None:
    sys.stdout.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
    sys.stdout.flush()


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


def _text(text: str, message: str = "msg_1") -> None:
    body = {"id": message, "model": "fake", "content": [{"type": "text", "text": text}]}
    _write({"type": "assistant", "message": body, "parent_tool_use_id": None})


def _delta(text: str) -> None:
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
    _write({"type": "stream_event", "event": delta, "parent_tool_use_id": None})


def _end(**fields: Any) -> None:
    _write({"type": "result", "subtype": "success", "is_error": False, "result": "", "total_cost_usd": 0.01, **fields})
    sys.stdin.read()


def _ask(arguments: dict[str, Any], call: str = "toolu_1", request: str = "r1") -> dict[str, Any]:
    """Ask as the real one does; return the answer."""
    block = {"type": "tool_use", "id": call, "name": "Bash", "input": arguments}
    _write({"type": "assistant", "message": {"id": f"msg_{call}", "content": [block]}, "parent_tool_use_id": None})
    asked = {"subtype": "can_use_tool", "tool_name": "Bash", "input": arguments, "tool_use_id": call}
    _write({"type": "control_request", "request_id": request, "request": asked})
    return _answer(request)


def _answer(request: str) -> dict[str, Any]:
    answer = json.loads(sys.stdin.readline())["response"]
    assert answer["request_id"] == request
    response: dict[str, Any] = answer["response"]
    return response


def _done(call: str, answer: dict[str, Any]) -> None:
    refused = answer["behavior"] == "deny"
    text = answer["message"] if refused else json.dumps(answer["updatedInput"])
    block = {"type": "tool_result", "tool_use_id": call, "content": text, "is_error": refused}
    _write({"type": "user", "message": {"content": [block]}, "parent_tool_use_id": None})


def _again(tool: str, arguments: str, how: str) -> None:
    """The model does as it is told, in words of its own."""
    assert tool == "Bash"
    if how == "allowed":
        _done("toolu_2", _ask({**json.loads(arguments), "description": "Again"}, "toolu_2"))
    _text(f"It was {how}.", "msg_9")
    _end()


def _play(name: str) -> None:
    """Write what the real one wrote, as soon as it is told what the real one was told."""
    result: dict[str, Any] = {}
    for line in (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[1:]:
        if line.startswith("> "):
            _expect(json.loads(line[2:]))
            continue
        _write(line)
        result = json.loads(line)
    if result.get("type") != "result":
        signal.pause()
    if result["is_error"]:
        sys.exit(1)
    sys.stdin.read()


def _expect(was: dict[str, Any]) -> None:
    told = json.loads(sys.stdin.readline() or "{}")
    for one in (was, told):
        one.pop("request_id", None)
        one.get("response", {}).get("response", {}).pop("message", None)
    if told != was:
        _say(f"expected {was}, was told {told}")
        sys.exit(3)


def _garbage(count: str) -> None:
    for number in range(int(count)):
        _write(["\x00\xff no json", "[1, 2]", '{"type": 7}', '{"type": "result", "is_error": "perhaps"}'][number % 4])
    _text("After all.")
    _end()


def _long(size: str) -> None:
    _text("x" * int(size))
    _end()


def _fork(how: str) -> None:
    """Leave a child in a session of its own, and one of its parent's, before the turn is over."""
    ignoring = "signal.SIG_IGN" if how == "stubborn" else "signal.SIG_DFL"
    command = [part.format(how=ignoring) for part in _LATER]
    for alone in (True, False):
        subprocess.Popen(command, start_new_session=alone, stdout=None if how == "holding" else subprocess.DEVNULL)
    if how == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _delta("I have begun.")
    if how == "holding":
        sys.exit(7)
    if how == "completing":
        _end()
        return
    while True:
        signal.pause()


def _die(how: str) -> None:
    if how == "late":
        _delta("Half a sen")
    _say("fatal: it was too much")
    sys.exit(7)


def _withdraw(_: str) -> None:
    asked = {"subtype": "can_use_tool", "tool_name": "Bash", "input": CALL, "tool_use_id": "toolu_1"}
    _write({"type": "control_request", "request_id": "r1", "request": asked})
    _write({"type": "control_request", "request_id": "r2", "request": {"subtype": "hook_callback"}})
    refused = json.loads(sys.stdin.readline())
    _write({"type": "control_cancel_request", "request_id": "r1"})
    _text(json.dumps(refused))
    _end()


def _use(_: str) -> None:
    _done("toolu_1", _ask(CALL))
    _text("That was it.", "msg_2")
    _end()


def _twice(_: str) -> None:
    """Ask for the same again, with the same words."""
    _done("toolu_1", _ask(CALL))
    _done("toolu_5", _ask(CALL, "toolu_5", "r5"))
    _end()


def _shell(_: str) -> None:
    told = {"argv": sys.argv[1:], "environ": dict(os.environ), "cwd": str(Path.cwd()), "uid": os.getuid()}
    told |= {"groups": os.getgroups(), "mode": oct(Path.cwd().stat().st_mode & 0o777)}
    _text(json.dumps(told))
    _end()


def _forget(_: str) -> None:
    for kept in (Path.home() / ".claude/projects/fake").glob("*.jsonl"):
        kept.write_text(" ")
    _text("Forgotten.")
    _end()


def _heard(_: str) -> None:
    """Say what was heard, in this process and before."""
    heard = [path.read_text() for path in (Path.home() / ".claude/projects/fake").glob("*.jsonl")]
    _text("".join(heard))
    _end()


def _hide(_: str) -> None:
    """Start one that bears nothing of the run but its parent, and say its number."""
    command = [part.format(how="signal.SIG_IGN") for part in _LATER]
    hidden = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, env={})
    _text(str(hidden.pid))
    while True:
        signal.pause()


_ACTS: dict[str, Callable[[str], None]] = {
    "play": _play,
    "garbage": _garbage,
    "long": _long,
    "fork": _fork,
    "hide": _hide,
    "die": _die,
    "withdraw": _withdraw,
    "use": _use,
    "twice": _twice,
    "shell": _shell,
    "forget": _forget,
    "heard": _heard,
    "silent": lambda _: signal.pause(),
    "result": lambda text: _end(result=text),
    "fail": lambda fields: _end(is_error=True, **json.loads(fields)),
}


if __name__ == "__main__":
    main()
