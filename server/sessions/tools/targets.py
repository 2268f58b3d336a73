"""Which container is meant, of those that who asks may see. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from server.containers.engine import ContainerNotFound
from server.containers.registry import AmbiguousContainer
from server.protocol.views import ContainerView

MOST_NAMED = 20
"""Containers that an error names: enough to choose from."""


def find(reference: str, views: Sequence[ContainerView]) -> ContainerView:
    """Return the one of `views` that has this id or name or, if it is the only one, begins with this id or is this
    service of compose.

    Raises:
        ContainerNotFound, AmbiguousContainer: none or several are meant; the message names those that there are.
    """
    for view in views:
        if reference in (view.id, view.name):
            return view
    found = [view for view in views if view.id.startswith(reference)]
    found = found or [view for view in views if view.service == reference]
    if len(found) == 1:
        return found[0]
    if found:
        raise AmbiguousContainer(f"{reference!r:.80} are several containers: {_names(found)}. Give one of these names.")
    if not views:
        raise ContainerNotFound(f"There is no container {reference!r:.80}; there is none at all that you may see.")
    # The likely ones first, when there are too many to name.
    likely = sorted(views, key=lambda view: reference.casefold() not in view.name.casefold())
    raise ContainerNotFound(f"There is no container {reference!r:.80}. There are: {_names(likely)}.")


def _names(views: Iterable[ContainerView]) -> str:
    names = [view.name for view in views]
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
