"""Channel names. State channels carry how things are now; event channels carry facts, each with a `seq`."""

from __future__ import annotations

import re

METRICS = "metrics"
CONTAINERS = "containers"
SYSTEM = "system"
AUDIT = "audit"

STATE_CHANNELS = frozenset({METRICS, CONTAINERS})

_EVENT_CHANNEL = re.compile(r"system|audit|(?:workspace|session):[A-Za-z0-9_-]{1,64}")


def is_state(channel: str) -> bool:
    return channel in STATE_CHANNELS


def is_event(channel: str) -> bool:
    return _EVENT_CHANNEL.fullmatch(channel) is not None


def is_channel(channel: str) -> bool:
    return is_state(channel) or is_event(channel)
