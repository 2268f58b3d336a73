"""What was said before, as messages of a model."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, UserPromptPart

from server.sessions.llm.limits import HISTORY_CHARS, SAID_CHARS
from server.sessions.runner import Said, Turn


def opening(turn: Turn) -> list[ModelMessage]:
    """The messages that a run begins with: persons and assistants in turns, a person first and last.

    Chat templates of local models refuse two messages of the same side in a row, so these become one. Several persons
    are told apart by numbers: what one of them asked for is not what another one did, and names are nobody's business
    outside.
    """
    all_said = [*_newest(turn.history), Said("person", turn.by, turn.text)]
    persons = list(dict.fromkeys(said.by for said in all_said if said.speaker == "person"))
    sides: list[tuple[bool, str]] = []
    for said in all_said:
        person = said.speaker == "person"
        if not sides and not person:
            continue
        text = f"[person {persons.index(said.by) + 1}] {said.text}" if person and len(persons) > 1 else said.text
        if sides and sides[-1][0] == person:
            sides[-1] = (person, f"{sides[-1][1]}\n\n{text}")
        else:
            sides.append((person, text))
    return [
        ModelRequest(parts=[UserPromptPart(text)]) if person else ModelResponse(parts=[TextPart(text)])
        for person, text in sides
    ]


def _newest(history: Sequence[Said]) -> list[Said]:
    left = HISTORY_CHARS
    kept: list[Said] = []
    for said in reversed(history):
        text = cut(said.text.strip(), SAID_CHARS)
        if not text:
            continue
        left -= len(text)
        if left < 0:
            break
        kept.append(Said(said.speaker, said.by, text))
    return kept[::-1]


def cut(text: str, most: int) -> str:
    """`text`, without its middle where it is longer than `most`: a log is told by how it begins and how it ends."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[-half:]}"
