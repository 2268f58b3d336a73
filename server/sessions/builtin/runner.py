"""The embedded assistant: rules, the live state and the user's runbooks; no key, no model, no network."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from server.protocol.sessions import Intent, RunnerName
from server.sessions.builtin import actions, answers, handover, inquiry, lookup, observed
from server.sessions.builtin.conversation import Meant, understand
from server.sessions.builtin.desk import Desk, sure
from server.sessions.builtin.intents import read
from server.sessions.builtin.observed import Container, Found, Listing
from server.sessions.builtin.phrases import language_of
from server.sessions.builtin.vocabulary import about_containers, about_everything
from server.sessions.runbooks.library import Library
from server.sessions.runner import RunHost, Said, Turn

NEAR = 0.35
"""A passage that covers this much, but not enough to answer, is named as the nearest there is."""
_ELSEWHERE = 3
"""So many words about something else, and a question for figures is not one about the host."""


class BuiltinRunner:
    """Answers by rules. It has no state: what it knows of a session is what was said in it."""

    name: ClassVar[RunnerName] = "builtin"

    def __init__(self, library: Library) -> None:
        """`library` is asked how much it holds; what it says is asked for through the host, where people see it."""
        self.label = "Built-in (rules)"
        self._library = library

    async def start(self) -> None:
        """There is nothing to make ready."""

    async def clean_up(self, run: str) -> list[str]:
        """A run leaves nothing behind."""
        return []

    async def close(self) -> None:
        """There is nothing to end."""

    async def run(self, turn: Turn, host: RunHost) -> None:
        if turn.continuation:
            await actions.resume(host, turn.continuation)
            return
        desk = Desk(host, language_of(turn.text), (*turn.history, Said("person", turn.by, turn.text)))
        await host.processing("thinking")
        asked = read(turn.text)
        if asked.intent == "human":
            await _hand_over(desk, "human")
        elif asked.small_talk is not None:
            await desk.say(desk.word(asked.small_talk, runbooks=len(self._library)), "unknown")
        elif asked.refused and asked.intent in ("unknown", "action"):
            await desk.say(desk.word("left_alone"), "action")
        else:
            await _look(desk, turn, how=asked.how)


async def _look(desk: Desk, turn: Turn, *, how: bool) -> None:
    """Answer what needs the runbooks or the live state: the way to do a thing before the thing itself."""
    passages = await desk.search(turn.text) if how else None
    if good := sure(passages or []):
        await _document(desk, good)
        return
    listed = await desk.read("list_containers")
    if not listed.ok:
        await inquiry.failed(desk, listed, "unknown")
        return
    listing = await lookup.complete(desk, turn.text, turn.history, observed.listing(listed))
    # A long text against hundreds of names takes as long as many requests of others.
    meant = await asyncio.to_thread(understand, turn.text, turn.history, listing.containers)
    if how and meant.names and meant.asked.intent == "unknown":
        await desk.say(desk.word("how_unknown"), "document", "CLARIFY")
    elif not await _answered(desk, turn.text, meant, listing):
        await _from_runbooks(desk, meant, listing, passages)


async def _answered(desk: Desk, text: str, meant: Meant, listing: Listing) -> bool:
    """Answer from the live state, if it is clear what is asked of which containers."""
    asked = meant.asked
    of = [one for one in listing.containers if one.name in meant.names]
    intent = _about_one(of, meant) if of and asked.intent == "unknown" else asked.intent
    if intent == "metrics" and len(meant.others) < _ELSEWHERE:
        await inquiry.metrics(desk, of_containers=bool(of or meant.others) or about_containers(text))
    elif intent == "status" and (of or not meant.others or about_everything(text)):
        await inquiry.status(desk, of, listing)
    elif intent == "diagnose" and not of and (not meant.others or about_everything(text)):
        await _diagnose_all(desk, listing)
    elif intent not in ("logs", "diagnose", "action") or not of:
        return False
    elif len(of) > 1:
        await _clarify(desk, intent, "several", answers.names(of, desk.language, left_out=listing.unseen_like(of)))
    elif intent == "logs":
        await inquiry.logs(desk, of[0], asked)
    elif intent == "diagnose":
        await inquiry.diagnose(desk, of[0], text)
    elif asked.verb is not None:
        await actions.ask_and_act(desk, asked.verb, of[0])
    return True


def _about_one(of: Sequence[Container], meant: Meant) -> Intent:
    """What is asked where a container is named, and nothing that the rules know."""
    if len(of) == 1 and of[0].attention and not meant.asked.small_talk:
        return "diagnose"
    return "unknown" if meant.others else "status"


async def _from_runbooks(desk: Desk, meant: Meant, listing: Listing, passages: list[Found] | None) -> None:
    """Answer from the runbooks; else ask back, and where that was in vain once already, call a person."""
    intent = meant.asked.intent
    # An order is not answered by reading something out, and `logs` alone asks for some.
    if passages is None and intent != "action" and (intent != "logs" or meant.others):
        passages = await desk.search(meant.rest)
    if good := sure(passages or []):
        await _document(desk, good)
    elif intent in ("action", "logs", "status", "diagnose") and not meant.asked.how:
        there_are = answers.names(listing.containers, desk.language, left_out=listing.left_out)
        await _clarify(desk, intent, "no_such" if meant.others else "which", there_are)
    elif meant.names:
        named = [one for one in listing.containers if one.name in meant.names]
        await inquiry.status(desk, named, listing)
    elif handover.failures(desk.said) + 1 >= handover.FAILURES:
        await _hand_over(desk, "unknown")
    else:
        await _unknown(desk, passages or [])


async def _diagnose_all(desk: Desk, listing: Listing) -> None:
    troubled = [one for one in listing.containers if one.attention]
    if not troubled:
        await desk.say(answers.overview(listing, desk.language), "diagnose")
    elif len(troubled) == 1:
        await inquiry.diagnose(desk, troubled[0], "")
    else:
        await _clarify(desk, "diagnose", "look_closer", answers.troubled(listing, desk.language))


async def _document(desk: Desk, good: Sequence[Found]) -> None:
    await desk.say(answers.document(good, desk.language), "document", sources=good)


async def _clarify(desk: Desk, intent: Intent, key: str, candidates: str) -> None:
    """Ask which container is meant; `candidates`: the list of those that may be."""
    text = f"{desk.word(key)}\n\n{candidates}" if candidates else desk.word("no_containers")
    await desk.say(text, intent, "CLARIFY")


async def _unknown(desk: Desk, passages: Sequence[Found]) -> None:
    text = desk.word("unknown")
    if passages and passages[0].coverage >= NEAR:
        text += " " + desk.word("nearest", section=passages[0].section, document=passages[0].document)
    await desk.say(f"{text} {desk.word('say_help')}", "unknown", "CLARIFY")


async def _hand_over(desk: Desk, intent: Intent) -> None:
    # The answer that is not there yet would be the second that says nothing.
    said = desk.said if intent == "human" else (*desk.said, Said("assistant", "builtin", desk.word("unknown")))
    analysis = handover.analyze(said)
    await desk.host.hand_over(analysis.reason, analysis.summary)
    await desk.say(desk.word("handed_over"), intent, "HANDOVER")
