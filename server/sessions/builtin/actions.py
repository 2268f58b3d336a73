"""Acting on a container: say what is wanted, have a person asked, do it, tell what became of it."""

from __future__ import annotations

import msgspec

from server.sessions.builtin import answers
from server.sessions.builtin.desk import Desk
from server.sessions.builtin.observed import Container, sentence
from server.sessions.builtin.phrases import Language
from server.sessions.builtin.verbs import DESTRUCTIVE, Verb
from server.sessions.runner import RunFailed, RunHost, ToolCall


class Wanted(msgspec.Struct, frozen=True):
    """An action that waits for a person, as it is kept over a restart of the server."""

    call: ToolCall
    verb: Verb
    name: str
    language: Language


async def ask_and_act(desk: Desk, verb: Verb, container: Container) -> None:
    """Do `verb` to `container` once a person allows it. Something that is so already is not asked for."""
    if needless := _needless(desk, verb, container):
        await desk.say(needless, "action", "CLARIFY" if verb == "remove" else "CONTINUE")
        return
    tool = f"{verb}_container"
    if not desk.may(tool):
        await desk.say(desk.word("no_tool"), "action")
        return
    call = ToolCall(f"act-{tool}", tool, {"container": container.name})
    wanted = Wanted(call, verb, container.name, desk.language)
    text = f"{desk.word(f'{verb}_asks', name=container.name)} {desk.word('needs_permission')}"
    if verb in DESTRUCTIVE:
        text += f"\n\n{desk.word(f'{verb}_warns')}"
    # Kept first: whoever sees the words may count on the request to come, whatever happens to the server.
    await desk.host.keep(msgspec.json.encode(wanted))
    await desk.say(text, "action", "REQUEST_PERMISSION")
    await _act(desk, wanted)


async def resume(host: RunHost, continuation: bytes) -> None:
    """Go on with the same call as before the server was restarted.

    Raises:
        RunFailed: `continuation` is none of ours.
    """
    try:
        wanted = msgspec.json.decode(continuation, type=Wanted)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RunFailed("What waited for a permission is not readable any more. Ask for it again.") from None
    await _act(Desk(host, wanted.language), wanted)


async def _act(desk: Desk, wanted: Wanted) -> None:
    await desk.host.processing("acting", wanted.name)
    result = await desk.host.call_tool(wanted.call)
    if result.ok:
        text = desk.word(f"{wanted.verb}_done", name=wanted.name)
    elif result.code == "operation_running":
        text = desk.word("not_over", name=wanted.name)
    else:
        text = desk.word("not_done", reason=sentence(result) or result.code or "?")
    await desk.say(text, "action")


def _needless(desk: Desk, verb: Verb, container: Container) -> str | None:
    """Why there is nothing to ask for, None if there is something."""
    paused = container.state == "paused"
    so_already = {
        "start": container.running and not paused,
        "stop": not container.running,
        "kill": not container.running,
        "pause": paused,
        "unpause": not paused,
    }
    if so_already.get(verb, False):
        return desk.word("already", name=container.name, state=answers.state(container))
    if verb == "remove" and container.running:
        return desk.word("stop_first", name=container.name, state=answers.state(container))
    return None
