"""What a message means after what was said before: *restart it*, or a bare name in answer to *which one?*. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from server.sessions.builtin import targets
from server.sessions.builtin.intents import Asked, read
from server.sessions.builtin.observed import Container
from server.sessions.builtin.vocabulary import subjects
from server.sessions.runner import Said

LOOK_BACK = 6
"""Messages of people: what was spoken of longer ago is not what *it* means."""
_OF_ONE = ("diagnose", "logs", "action")


class Meant(msgspec.Struct, frozen=True):
    """What is asked, of which containers, and which words (`others`) are about something that is none of them. `rest`
    is the message without the words that named containers."""

    asked: Asked
    names: list[str]
    others: list[str]
    rest: str


def understand(text: str, history: Sequence[Said], containers: Sequence[Container]) -> Meant:
    """Read `text` in the light of `history`, oldest first. Names count only where a container bears them."""
    found = targets.find(text, containers)
    # A container may be called `start-page` or `logs`: its name asks for nothing.
    asked = read(found.rest)
    others = subjects(found.rest)
    before = said_before(history)
    if found.names and asked.intent == "unknown" and not asked.small_talk and not others and before:
        return Meant(_asked_before(before[-1], containers) or asked, found.names, others, found.rest)
    if not found.names and not others and (asked.intent in _OF_ONE or targets.mentioned(text)):
        return Meant(asked, _spoken_of(before, containers), others, found.rest)
    return Meant(asked, found.names, others, found.rest)


def said_before(history: Sequence[Said]) -> list[str]:
    """What people said lately, oldest first."""
    return [one.text for one in history if one.speaker == "person"][-LOOK_BACK:]


def _asked_before(text: str, containers: Sequence[Container]) -> Asked | None:
    """What was asked of no container, or of several, and waits for a name."""
    found = targets.find(text, containers)
    asked = read(found.rest)
    return asked if asked.intent in _OF_ONE and len(found.names) != 1 else None


def _spoken_of(before: Sequence[str], containers: Sequence[Container]) -> list[str]:
    """The one container that was named last."""
    for text in reversed(before):
        if names := targets.find(text, containers).names:
            return names if len(names) == 1 else []
    return []
