"""The container list as somebody sees it who may not see all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from server.access import Principal
from server.containers.views import summary
from server.containers.visibility import Visibility
from server.protocol.codec import encode
from server.protocol.server import Containers
from server.protocol.views import ContainersData

T = TypeVar("T")

MOST_NARROWED = 64
"""Different sets of labels for which the present list is kept; more are worked out whenever they are asked for."""


class Narrowing:
    """Leaves out of lists what is hidden and counts anew. For every set of labels that is done once per list."""

    def __init__(self, visibility: Visibility) -> None:
        self._visibility = visibility
        self._data = _Narrowed(ContainersData, self._narrow)
        self._messages = _Narrowed(Containers, self._narrow_message)

    def data(self, by: Principal, whole: bytes) -> bytes:
        """Return the part of an encoded `ContainersData` that `by` may see: the same object for the same `whole`."""
        return self._data.get(by, whole) if by.labels else whole

    def message(self, by: Principal, whole: bytes) -> bytes:
        """Return the part of an encoded `containers` message that `by` may see."""
        return self._messages.get(by, whole) if by.labels else whole

    def _narrow(self, data: ContainersData, by: Principal) -> ContainersData:
        views = [view for view in data.containers if self._visibility.sees(by, view.id)]
        return msgspec.structs.replace(data, containers=views, summary=summary(views))

    def _narrow_message(self, message: Containers, by: Principal) -> Containers:
        return msgspec.structs.replace(message, data=self._narrow(message.data, by))


class _Narrowed(Generic[T]):
    """The parts of the newest whole that were asked for, by their labels."""

    def __init__(self, kind: type[T], narrow: Callable[[T, Principal], T]) -> None:
        self._decoder = msgspec.json.Decoder(kind)
        self._narrow = narrow
        self._whole = b""
        self._decoded: T | None = None
        self._parts: dict[frozenset[str], bytes] = {}

    def get(self, by: Principal, whole: bytes) -> bytes:
        if self._decoded is None or whole != self._whole:
            self._whole, self._decoded = whole, self._decoder.decode(whole)
            self._parts.clear()
        labels = frozenset(by.labels)
        part = self._parts.get(labels)
        if part is None:
            part = encode(self._narrow(self._decoded, by))
            while len(self._parts) >= MOST_NARROWED:
                del self._parts[next(iter(self._parts))]
            self._parts[labels] = part
        return part
