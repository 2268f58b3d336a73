"""What really was committed, read from the file by another connection than the server's."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path


class Violation(AssertionError):
    """A promise was broken."""


class Truth:
    """Every event that was ever seen in the file, by epoch. An event that changes under its seq is a violation."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._events: defaultdict[str, dict[int, tuple[str, str]]] = defaultdict(dict)
        self.epoch = ""
        self.head = 0
        self._floors: defaultdict[str, int] = defaultdict(int)

    def record(self) -> None:
        """Take down what is in the file now. To be called before anything is pruned."""
        with closing(sqlite3.connect(self._path)) as connection:
            self.epoch, floor, self.head = connection.execute("SELECT epoch, floor, head FROM log").fetchone()
            # The highest that it ever was: what the server said before a kill or a restore may arrive after it.
            self._floors[self.epoch] = max(self._floors[self.epoch], floor)
            known = self._events[self.epoch]
            for seq, channel, event_id in connection.execute("SELECT seq, channel, id FROM events ORDER BY seq"):
                if known.setdefault(seq, (channel, event_id)) != (channel, event_id):
                    raise Violation(f"seq {seq} was used twice in epoch {self.epoch}")

    def floor(self, epoch: str) -> int:
        """The highest floor of this epoch so far."""
        return self._floors[epoch]

    def has(self, epoch: str, seq: int, channel: str, event_id: str | None) -> bool:
        """Whether this event was committed; an id of None stands for one that was hidden."""
        known = self._events[epoch].get(seq)
        return known is not None and known[0] == channel and event_id in (None, known[1])

    def between(self, epoch: str, channel: str, after: int, upto: int) -> list[int]:
        """The seqs of `channel` with after < seq <= upto."""
        return [s for s, (name, _) in self._events[epoch].items() if name == channel and after < s <= upto]
