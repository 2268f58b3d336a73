"""Which containers somebody may see now, in events too, and of containers that are gone."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from server.access import Principal
from server.containers.labels import KnownLabels, carries
from server.containers.registry import Registry
from server.eventlog.log import StoredEvent

MOST_REMEMBERED = 256
"""An event is judged once for every filtered connection, soon after each other: as many as one group of a commit."""

_HIDDEN = ""


class _Id(msgspec.Struct):
    id: str


class _Operation(msgspec.Struct):
    container_id: str


class _Data(msgspec.Struct):
    container: _Id | None = None
    operation: _Operation | str | None = None


class _Told(msgspec.Struct):
    data: _Data


_decoder = msgspec.json.Decoder(_Told)


class Visibility:
    """Judges by the labels that a principal is limited to. A container of which nothing is known is hidden."""

    def __init__(self, labels: KnownLabels, registry: Registry) -> None:
        self._labels = labels
        self._registry = registry
        # By seq: the container that an event is about, None for an event about none.
        self._about: dict[int, str | None] = {}

    def sees(self, by: Principal, container: str) -> bool:
        """Whether the container with this id is there for `by`."""
        if not by.labels:
            return True
        facts = self._registry.facts(container)
        labels = self._labels.get(container) if facts is None else facts.labels
        return labels is not None and carries(labels, by.labels)

    def event_filter(self, by: Principal) -> Callable[[StoredEvent], bool] | None:
        """Return what says whether `by` may see an event of the channel `system`; None if that is so of all."""
        if not by.labels:
            return None

        def sees(event: StoredEvent) -> bool:
            container = self._container(event)
            return container is None or self.sees(by, container)

        return sees

    def _container(self, event: StoredEvent) -> str | None:
        if not event.type.startswith(("container.", "operation.")):
            return None
        if event.seq not in self._about:
            while len(self._about) >= MOST_REMEMBERED:
                del self._about[next(iter(self._about))]
            self._about[event.seq] = _about(event)
        return self._about[event.seq]


def _about(event: StoredEvent) -> str:
    """Return the id of the container that `event` is about."""
    try:
        data = _decoder.decode(event.text).data
    except msgspec.DecodeError:
        # Of another version: what cannot be judged is hidden.
        return _HIDDEN
    if event.type.startswith("operation."):
        return data.operation.container_id if isinstance(data.operation, _Operation) else _HIDDEN
    return data.container.id if data.container is not None else _HIDDEN
