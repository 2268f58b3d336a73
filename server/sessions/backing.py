"""What of the server stands behind every run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.access import Principal
from server.clock import Clock
from server.sessions.broker import Broker
from server.sessions.calls import Tools
from server.sessions.limits import RunLimits
from server.sessions.store import Store
from server.sessions.streamer import EndState, PublishState


@dataclass(frozen=True, slots=True, kw_only=True)
class Backing:
    """`people` gives who an id is now, None when there is nobody of that id any more."""

    store: Store
    broker: Broker
    tools: Tools
    people: Callable[[str], Principal | None]
    publish_state: PublishState
    end_state: EndState
    published: Callable[[], int]
    clock: Clock
    limits: RunLimits
