"""What the event log's one sink was shown."""

from __future__ import annotations

from collections.abc import Sequence

from server.eventlog.log import EventLog, StoredEvent


class Sink:
    """Keeps every batch that `log` hands out. With `broken` it raises instead of returning."""

    def __init__(self, log: EventLog) -> None:
        self.batches: list[list[StoredEvent]] = []
        self.broken = False
        log.attach(self._take)

    @property
    def events(self) -> list[StoredEvent]:
        return [event for batch in self.batches for event in batch]

    @property
    def seqs(self) -> list[int]:
        return [event.seq for event in self.events]

    def _take(self, batch: Sequence[StoredEvent]) -> None:
        self.batches.append(list(batch))
        if self.broken:
            raise RuntimeError("the sink is broken")
