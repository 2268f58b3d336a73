"""What the newest commands were answered with, for those who send one again."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TypeVar

from server.eventlog.log import IdempotencyKey, IdReused

MOST = 1000
"""Older ones are known to the log alone, which tells the same unless the session has changed so that it refuses."""

T = TypeVar("T")


class Answered:
    """Answers by the key of their command; when there are too many, the oldest go."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[str, str], tuple[bytes, object]] = OrderedDict()

    def find(self, idem: IdempotencyKey, kind: type[T]) -> T | None:
        """Return what the same command was answered with, None if it is not known.

        Raises:
            IdReused: it was another command.
        """
        known = self._answers.get((idem.scope, idem.key))
        if known is None:
            return None
        request, answer = known
        if request != _digest(idem) or not isinstance(answer, kind):
            raise IdReused(f"The id {idem.key!r:.80} was used for another request. Send this one with a new id.")
        return answer

    def keep(self, idem: IdempotencyKey, answer: object) -> None:
        self._answers[idem.scope, idem.key] = (_digest(idem), answer)
        if len(self._answers) > MOST:
            self._answers.popitem(last=False)


def _digest(idem: IdempotencyKey) -> bytes:
    return hashlib.sha256(idem.request).digest()
