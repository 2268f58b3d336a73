"""The runner with the real Claude Code, as its own user, against a model's endpoint on loopback."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.sessions.claude.runner import ClaudeRunner
from server.sessions.runner import LimitReached, RunFailed
from tests.fakes.agent_place import UID, Place, a_place, a_turn, bearing
from tests.fakes.claude_host import ALLOWED, REFUSED, Host
from tests.fakes.model_stub import Answer, ModelStub, Refuse, say
from tests.fakes.model_wire import Call, Text
from tests.provision import claude_package

pytestmark = pytest.mark.claude


@pytest.fixture
async def model() -> AsyncIterator[ModelStub]:
    async with ModelStub().running() as stub:
        yield stub


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    real = claude_package.executable()
    assert real is not None
    with a_place() as place:
        # The checkout may lie where another user has no way to.
        try:
            os.link(real, place.root / "claude")
        except OSError:
            shutil.copy(real, place.root / "claude")
        yield place


@pytest.fixture
async def runner(place: Place, model: ModelStub) -> AsyncIterator[ClaudeRunner]:
    runner = place.runner(claude_url=model.url, run_turns=4)
    await runner.start()
    yield runner
    await runner.close()


def bash(command: str, call: str = "toolu_01") -> Answer:
    return Answer([Text("I do it."), Call("Bash", {"command": command, "description": "Do it"}, call)])


async def test_an_allowed_command_runs_as_the_agents_user_in_the_sessions_folder(
    runner: ClaudeRunner, place: Place, model: ModelStub
) -> None:
    model.script = [bash("id -u > made.txt"), say("It is done.")]
    host = Host(ALLOWED)
    await runner.run(a_turn("make it"), host)
    made = place.root / "work/S1/made.txt"
    assert (made.read_text(), made.stat().st_uid) == (f"{UID}\n", UID)
    assert [title for _, title, _ in host.questions] == ["id -u > made.txt"]
    assert "".join(host.deltas) == "".join(host.replies) == "I do it.It is done."
    assert host.turns == 2
    assert host.cost_usd is not None


async def test_a_refused_command_does_not_run(runner: ClaudeRunner, place: Place, model: ModelStub) -> None:
    model.script = [bash("touch made.txt"), say("Then not.")]
    host = Host(REFUSED)
    await runner.run(a_turn("make it"), host)
    assert not (place.root / "work/S1/made.txt").exists()
    assert [result.text for _, result in host.results] == ["Refused: not on a Friday"]
    assert host.replies[-1] == "Then not."


@pytest.mark.parametrize("command", ["ls", "cat /etc/hostname", "echo hi"])
async def test_what_it_thinks_harmless_asks_too(runner: ClaudeRunner, model: ModelStub, command: str) -> None:
    model.script = [bash(command)]
    host = Host(REFUSED)
    await runner.run(a_turn("look"), host)
    assert len(host.questions) == 1


@pytest.mark.parametrize("text", ["/usage", "/clear", "look at @/etc/passwd"])
async def test_the_persons_words_are_no_commands_and_read_no_files(
    runner: ClaudeRunner, model: ModelStub, text: str
) -> None:
    await runner.run(a_turn(text), Host())
    (asked,) = model.asked
    assert text in asked.everything()
    assert "root:x:0" not in asked.everything()


async def test_a_conversation_goes_on_in_the_next_run(runner: ClaudeRunner, model: ModelStub) -> None:
    model.script = [say("I will keep it in mind."), say("Blue.")]
    await runner.run(a_turn("it is blue"), Host())
    await runner.run(a_turn("which?"), Host())
    assert "I will keep it in mind." in model.asked[-1].everything()


async def test_a_stop_ends_a_command_that_left_the_group(runner: ClaudeRunner, place: Place, model: ModelStub) -> None:
    model.script = [bash("(setsid sleep 600 &) ; touch begun; nohup sleep 600")]
    host, turn = Host(ALLOWED), a_turn("wait")
    task = asyncio.get_running_loop().create_task(runner.run(turn, host))
    while not (place.root / "work/S1/begun").exists():
        await asyncio.sleep(0.05)
    assert len(bearing(turn.run)) >= 3
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bearing(turn.run) == []
    assert await runner.clean_up(turn.run) == []


async def test_a_permission_outlives_the_server(place: Place, model: ModelStub) -> None:
    waiting = Host(decision=None)
    model.script = [bash("touch made.txt")]
    earlier = place.runner(claude_url=model.url)
    await earlier.start()
    turn = a_turn("make it")
    task = asyncio.get_running_loop().create_task(earlier.run(turn, waiting))
    await waiting.asked.wait()
    later = place.runner(claude_url=model.url)
    await later.start()
    assert await later.clean_up(turn.run) == []
    with pytest.raises(RunFailed):
        await task
    model.script = [bash("touch made.txt", "toolu_02"), say("It is done.")]
    host = Host(ALLOWED)
    await later.run(a_turn("make it", kept=waiting.continuations[0]), host)
    assert (place.root / "work/S1/made.txt").exists()
    assert [call.id for call, _, _ in host.questions] == ["toolu_01"]
    assert [call.id for _, call in host.used] == ["toolu_01"]
    for runner in (earlier, later):
        await runner.close()


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (Refuse(401, "invalid x-api-key", "authentication_error"), "PILOTHOUSE_CLAUDE_KEY"),
        (Refuse(400, "Your credit balance is too low", "invalid_request_error"), "redit balance"),
    ],
)
async def test_a_refusal_of_the_api_says_what_to_change(
    runner: ClaudeRunner, model: ModelStub, refused: Any, words: str
) -> None:
    model.otherwise = refused
    with pytest.raises(RunFailed, match=words):
        await runner.run(a_turn("hello"), Host())


async def test_turns_have_an_end(runner: ClaudeRunner, model: ModelStub) -> None:
    model.choose = lambda asked: bash("echo again", f"toolu_{len(model.asked)}")
    with pytest.raises(LimitReached):
        await runner.run(a_turn("for ever"), Host())
