"""The one place where committed events leave the log."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from server.eventlog.log import Sink, StoredEvent

log = logging.getLogger(__name__)


class Outlet:
    """Hands batches to the one sink. A sink that raises is a bug that is logged: what is committed stays committed."""

    def __init__(self) -> None:
        self._sink: Sink | None = None

    def attach(self, sink: Sink) -> None:
        if self._sink is not None:
            raise RuntimeError("the event log has a sink already")
        self._sink = sink

    def show(self, events: Sequence[StoredEvent]) -> None:
        if self._sink is None:
            return
        try:
            self._sink(events)
        except Exception:
            log.exception("the sink of the event log failed", extra={"seq": events[-1].seq})
