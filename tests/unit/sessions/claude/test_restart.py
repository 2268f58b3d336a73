"""A permission that was pending when the server ended: it is asked for again, and used once."""

from __future__ import annotations

import asyncio
import json

import pytest

from server.sessions.claude import asking
from server.sessions.claude.asking import Approved, Asking
from server.sessions.claude.runner import ClaudeRunner
from server.sessions.claude.wire import PermissionAsked
from server.sessions.runner import GrantInvalid, Said, ToolCall
from tests.fakes.agent_place import a_turn
from tests.fakes.claude_cli import CALL
from tests.fakes.claude_host import ALLOWED, REFUSED, Host


class Input:
    """What a command line is told."""

    def __init__(self) -> None:
        self.told: list[bytes] = []

    async def send(self, line: bytes) -> None:
        self.told.append(line)


ORIGINAL = ToolCall("toolu_1", "Bash", CALL)


async def pending(runner: ClaudeRunner) -> bytes:
    """Have a run wait for a person, and end it as a server ends that is killed. Return what it had kept."""
    host = Host(decision=None)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(runner.run(a_turn("!use"), host))
        await host.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    (kept,) = host.continuations
    assert kept is not None
    return kept


async def test_what_was_allowed_is_done_once_without_asking_again(runner: ClaudeRunner) -> None:
    kept = await pending(runner)
    host = Host(ALLOWED)
    await runner.run(a_turn("!use", kept=kept), host)
    assert [call for call, _, _ in host.questions] == [ORIGINAL]
    assert host.continuations == [kept]
    assert host.used == [("p1", ORIGINAL)]
    assert [(call, json.loads(result.text)) for call, result in host.results] == [("toolu_1", CALL)]
    assert host.replies == ["It was allowed."]


async def test_what_was_refused_is_not_done(runner: ClaudeRunner) -> None:
    kept = await pending(runner)
    host = Host(REFUSED)
    await runner.run(a_turn("!use", kept=kept), host)
    assert host.used == []
    assert host.replies == ["It was refused."]


async def test_without_a_transcript_it_is_told_all_of_it(runner: ClaudeRunner) -> None:
    kept = await pending(runner)
    host = Host(ALLOWED)
    history = (Said("person", "ann", "be quick"),)
    await runner.run(a_turn("!use", session="elsewhere", history=history, kept=kept), host)
    assert host.used == [("p1", ORIGINAL)]


async def test_it_is_good_for_one_call_and_the_next_is_asked_for() -> None:
    host, process = Host(ALLOWED), Input()
    answers = Asking(host, process, cli_session="0", folder="/w", approved=Approved("p0", ORIGINAL))
    for call in ("toolu_2", "toolu_3"):
        await answers.answer(PermissionAsked("r", "Bash", CALL, call))
    assert [permission for permission, _ in host.used] == ["p0", "p1"]
    assert [call.id for call, _, _ in host.questions] == ["toolu_3"]


async def test_what_was_done_just_before_the_restart_is_asked_for_anew() -> None:
    class Used(Host):
        async def use(self, permission: str, call: ToolCall) -> None:
            if permission == "p0":
                raise GrantInvalid("It was used before.")
            await super().use(permission, call)

    host, process = Used(ALLOWED), Input()
    answers = Asking(host, process, cli_session="0", folder="/w", approved=Approved("p0", ORIGINAL))
    await answers.answer(PermissionAsked("r", "Bash", CALL, "toolu_2"))
    assert [call.id for call, _, _ in host.questions] == ["toolu_2"]
    assert [(permission, call.id) for permission, call in host.used] == [("p1", "toolu_2")]


async def test_something_else_is_asked_for_anew() -> None:
    call = ToolCall("toolu_0", "Bash", {"command": "rm a"})
    host, process = Host(ALLOWED), Input()
    answers = Asking(host, process, cli_session="0", folder="/w", approved=Approved("p0", call))
    await answers.answer(PermissionAsked("r", "Bash", {"command": "rm b"}, "toolu_2"))
    assert [asked.arguments for asked, _, _ in host.questions] == [{"command": "rm b"}]
    assert [permission for permission, _ in host.used] == ["p1"]


@pytest.mark.parametrize("kept", [None, b"", b"garbage", b'{"call":{}}'])
def test_what_is_no_continuation_of_ours_is_none(kept: bytes | None) -> None:
    assert asking.read(kept) is None
