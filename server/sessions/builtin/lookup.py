"""Finding the containers that a message may mean on a host where one list cannot show them all."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from server.sessions.builtin import naming, observed, targets
from server.sessions.builtin.conversation import said_before
from server.sessions.builtin.desk import Desk
from server.sessions.builtin.intents import read
from server.sessions.builtin.observed import Listing
from server.sessions.builtin.targets import Closeness
from server.sessions.runner import Said

MOST_WORDS = 24
MOST_CHARACTERS = 500
"""As the tool takes them."""


async def complete(desk: Desk, text: str, history: Sequence[Said], listing: Listing) -> Listing:
    """Add to a list that had no room for all the containers that `text` may mean, and those that were spoken of before
    if they count. Asks at most four times, however many containers there are."""
    if not listing.left_out:
        return listing
    # Apart: a hundred services that are called `postgres` would leave no room for the one that is called `db`.
    for words in (naming.candidates(text), naming.called(text)):
        listing = await _with(desk, words, listing)
    found = targets.find(text, listing.containers)
    if found.closest in (None, Closeness.SLIP):
        listing = await _with(desk, naming.halves(text), listing)
    if not targets.find(text, listing.containers).names or read(found.rest).intent == "unknown":
        before = [word for said in reversed(said_before(history)) for word in naming.candidates(said)]
        before += [word for said in reversed(said_before(history)) for word in naming.called(said)]
        listing = await _with(desk, before, listing)
    return listing


async def _with(desk: Desk, words: Sequence[str], listing: Listing) -> Listing:
    """`listing` and the containers that `words` fit."""
    if not (matching := _joined(words)):
        return listing
    result = await desk.read("list_containers", matching=matching)
    if not result.ok:
        return listing
    more = observed.listing(result)
    known = {one.name for one in listing.containers}
    new = [one for one in more.containers if one.name not in known]
    return replace(
        listing,
        containers=[*listing.containers, *new],
        left_out=max(listing.left_out - len(new), 0),
        unseen=listing.unseen + more.left_out,
        sought=listing.sought.union(one.name for one in more.containers) if more.left_out else listing.sought,
    )


def _joined(words: Sequence[str]) -> str:
    """As many of the first of `words` as the tool takes, each once."""
    joined = ""
    for word in list(dict.fromkeys(words))[:MOST_WORDS]:
        if len(joined) + len(word) < MOST_CHARACTERS:
            joined = f"{joined} {word}".lstrip()
    return joined
