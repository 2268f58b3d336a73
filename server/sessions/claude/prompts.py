"""What the command line is told: the person's words, after what it has not heard yet."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from server.sessions.runner import Decision, Said, ToolCall

# A model reads it anew in every turn.
_HISTORY_B = 64 * 1024


def prompt(text: str, history: Sequence[Said], runner: str, *, resumed: bool) -> str:
    """`text`, after the part of `history` that a conversation of `runner` which is taken up again (`resumed`) lacks."""
    missing = _since(history, runner) if resumed else list(history)
    earlier = _told(missing)
    if earlier:
        intro = "Meanwhile was said" if resumed else "What was said before in this session"
        return f"{intro}:\n\n{earlier}\n\nNow the person says:\n\n{text}"
    # A line that begins with a slash would be taken for a command to the command line itself.
    return f"\n{text}" if text.lstrip().startswith("/") else text


def taken_up(call: ToolCall, decision: Decision, prompt: str, *, resumed: bool) -> str:
    """What to say when the server was restarted before a person decided on `call`; `prompt` is what began it."""
    arguments = msgspec.json.encode(call.arguments).decode()
    happened = f"The console was restarted while you waited for permission to use {call.tool} with {arguments}."
    if decision.allowed:
        then = "It was allowed. Do exactly that now, with the same arguments, and go on."
    else:
        then = f"It was refused: {decision.reason or 'no reason was given'}. Go on without it."
    return f"{happened} {then}" if resumed else f"{prompt}\n\n({happened} {then})"


def _since(history: Sequence[Said], runner: str) -> list[Said]:
    """What came after the last message of `runner`."""
    missing: list[Said] = []
    for said in reversed(history):
        if said.speaker == "assistant" and said.by == runner:
            break
        missing.append(said)
    return missing[::-1]


def _told(history: Sequence[Said]) -> str:
    """The newest of `history`, as far as there is room."""
    lines: list[str] = []
    room_b = _HISTORY_B
    for said in reversed(history):
        line = f"{'Person' if said.speaker == 'person' else 'You'}: {said.text}"
        room_b -= len(line.encode())
        if room_b < 0:
            break
        lines.append(line)
    return "\n\n".join(reversed(lines))
