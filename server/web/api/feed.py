"""The events that one principal may see, page by page from the log: what the long poll and the stream share."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from server.errors import AppError, Forbidden, InvalidRequest
from server.eventlog.log import StoredEvent
from server.protocol import channels as names
from server.protocol import codec
from server.web.keys import GATE, HUB, LOG
from server.web.principal import principal
from server.web.resume import UnknownChannel


class EpochChanged(AppError):
    """The position is one of another history."""

    code = "epoch_changed"
    status = 409


class Ahead(AppError):
    """The position lies after everything that was published."""

    code = "ahead"
    status = 409


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Events as (seq, JSON), the position after them, and whether there are more already."""

    events: list[tuple[int, bytes]]
    next: int
    has_more: bool


class Feed:
    """Reads for one request. Only what is published counts as there."""

    def __init__(self, request: web.Request, channels: Sequence[str]) -> None:
        """Read `channels`, or with none named every channel that this principal may hear.

        Raises:
            UnknownChannel, InvalidRequest: one of them is none, or carries state instead of events.
            Forbidden: one of them is closed to this principal.
        """
        self._log, self._hub, self._gate = request.app[LOG], request.app[HUB], request.app[GATE]
        self._principal = principal(request)
        self._sees = self._gate.filter(self._principal)
        self._open: dict[str, bool] = {}
        for channel in channels:
            _check(channel)
            if not self._may_hear(channel):
                raise Forbidden(f"You may not listen to {channel!r}.")
        self._channels = channels or None

    def check(self, after: int, epoch: str | None) -> None:
        """Refuse a position that this history does not have.

        Raises:
            EpochChanged, Ahead: see there. The client begins again from a snapshot.
        """
        if epoch is not None and epoch != self._hub.epoch:
            raise EpochChanged("The history of events has changed. Load a snapshot and begin without a position.")
        if after > self._hub.published:
            raise Ahead(f"There is nothing yet at {after}: the newest event is {self._hub.published}.")

    async def page(self, after: int, *, limit: int, wait_s: float) -> FeedPage:
        """Up to `limit` events after seq `after`; waits up to `wait_s` for a first one. A hidden event is its `skip`.

        Raises:
            Gap: `after` lies below the log's floor.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + wait_s
        while True:
            head = self._hub.published
            page = await self._log.read(after, limit=limit, upto=head, channels=self._channels)
            events = [(event.seq, text) for event in page.events if (text := self._text(event)) is not None]
            left_s = end - loop.time()
            if events or (left_s <= 0 and not page.has_more):
                return FeedPage(events, page.next, page.has_more)
            after = page.next
            if not page.has_more:
                await self._hub.changed(head, left_s)

    def _text(self, event: StoredEvent) -> bytes | None:
        """What is sent for `event`: itself, its `skip`, or nothing where the whole channel is closed."""
        if self._sees is None or self._sees(event):
            return event.text if self._channels is not None or self._may_hear(event.channel) else None
        return codec.skip(event.channel, event.seq, event.prev)

    def _may_hear(self, channel: str) -> bool:
        if channel not in self._open:
            self._open[channel] = self._gate.joins(self._principal, channel)
        return self._open[channel]


def _check(channel: str) -> None:
    if names.is_state(channel):
        raise InvalidRequest(f"{channel!r} carries state, not events: read /api/v1/{channel}.")
    if not names.is_event(channel):
        raise UnknownChannel(f"There is no channel {channel!r:.80}.")
