"""The list of containers as a model is shown it, on a host of five as on one of thousands: what needs attention first,
or what fits best; what there is no room for is at least named, then counted. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import islice
from typing import Any

import msgspec

from server.protocol.views import ContainersData, ContainerView
from server.sessions.tools.answers import MAX_B, fitting, port
from server.sessions.tools.specs import Listing, Shown

ROWS_B = MAX_B // 2
"""Of what is shown in full, where it cannot be all; the names of the others get the rest."""

MOST_WORDS = 24
"""That are looked for: each is held against every container."""

_LEAST_WITHIN = 3
_LEAST_OF_ID = 6  # `dead`, `cafe` and `beef` are words too
_GOING = ("running", "paused", "restarting")
_SEPARATOR = re.compile(r"[-_.]+")
_NARROW = (
    "Not all are shown: ask again with `matching` (words of a name, a compose project or service) or with `state`. "
    "Do not take what is not shown for what is not there."
)


class Fit(IntEnum):
    """How a word fits a container."""

    IMAGE = 1
    WITHIN = 2
    PART = 3
    PARTS = 4
    WHOLE = 5


def containers(data: ContainersData, asked: Listing) -> dict[str, Any]:
    """What `asked` is for. `found`: how many that are. `only_named` of them there was no room to show, `left_out` of
    them not even to name. Those that need attention come first; with words those that fit best, of them those that need
    attention."""
    found = _found(data.containers, asked)
    rows = [_row(view) for view in found]
    shown, cut = fitting(rows, MAX_B)
    if cut:
        shown, _ = fitting(rows, ROWS_B)
    named, left_out = _named(found[len(shown) :])
    answer = {
        "engines": [{"name": one.name, "state": one.state, "message": one.message} for one in data.engines],
        "summary": msgspec.to_builtins(data.summary),
        "found": len(found),
        "containers": shown,
        "left_out": left_out,
    }
    return answer | {"only_named": named, "narrow": _NARROW} if cut else answer


def _found(views: Sequence[ContainerView], asked: Listing) -> list[ContainerView]:
    """The containers that are asked for, in the order in which they are shown."""
    if asked.state is not None:
        views = [view for view in views if asked.state in (_group(view), _going(view))]
    if asked.matching is None:
        return sorted(views, key=lambda view: not view.attention)
    words = {word: _SEPARATOR.sub("-", word) for word in islice(dict.fromkeys(_words(asked.matching)), MOST_WORDS)}
    ranked = [(fits, view) for view in views if (fits := _fits(words, view))]
    ranked.sort(key=lambda one: (-max(one[0]), -len(one[0]), not one[1].attention))
    return [view for _, view in ranked]


def _words(matching: str) -> Iterator[str]:
    for word in re.split(r"[\s,;]+", matching.lower()):
        if plain := word.strip("`'\"“”‘’?!.:()/"):
            yield plain


def _fits(words: Mapping[str, str], view: ContainerView) -> list[Fit]:
    """How each of `words` that fits does; they come with dashes for whatever separates their parts."""
    whole = (view.name.lower(), (view.service or "").lower())
    texts = "\n".join((*whole, (view.project or "").lower()))
    # Between dashes, so that `shop-api` is found in `my-shop-api-1` as it stands there.
    parts = "-" + _SEPARATOR.sub("-", texts).replace("\n", "-\n-") + "-"
    image = view.image.lower()
    found: list[Fit] = []
    for word, dashed in words.items():
        if word in whole or (len(word) >= _LEAST_OF_ID and view.id.startswith(word)):
            found.append(Fit.WHOLE)
        elif f"-{dashed}-" in parts:
            found.append(Fit.PARTS if "-" in dashed else Fit.PART)
        elif len(word) >= _LEAST_WITHIN and word in texts:
            found.append(Fit.WITHIN)
        elif len(word) >= _LEAST_WITHIN and word in image:
            found.append(Fit.IMAGE)
    return found


def _row(view: ContainerView) -> dict[str, Any]:
    """What one looks for in a list; what goes without saying is left out. `status` tells of the health."""
    told: dict[str, Any] = {"name": view.name, "image": view.image, "state": view.state, "status": view.status}
    more = {
        "condition": view.condition if view.condition != view.state else None,
        "exit_code": view.exit_code,
        "restart_count": view.restart_count,
        "attention": view.attention,
        "ports": [port(one) for one in view.ports],
        "project": view.project,
        "service": view.service,
        "is_self": view.is_self,
    }
    return told | {key: value for key, value in more.items() if value}


def _named(views: Sequence[ContainerView]) -> tuple[dict[Shown, list[str]], int]:
    """The names of as many of the first of `views` as there is room for, by what they are, and how many are left."""
    groups: dict[Shown, list[str]] = {}
    names, left_out = fitting([view.name for view in views], MAX_B - ROWS_B)
    for view, name in zip(views, names, strict=False):
        groups.setdefault(_group(view), []).append(name)
    return groups, left_out


def _group(view: ContainerView) -> Shown:
    return "attention" if view.attention else _going(view)


def _going(view: ContainerView) -> Shown:
    return "running" if view.state in _GOING else "stopped"
