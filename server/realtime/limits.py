"""The bounds that keep one client from costing the others anything."""

from __future__ import annotations

from dataclasses import dataclass

# A connection outlives its token by this much: time to refresh it over a bad link.
GRACE_S = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes, times in seconds. Defaults are those of docs/protocol.md."""

    outbox_messages: int = 1024
    outbox_b: int = 1024 * 1024
    # Above this a transport counts as slow and its frames wait in the outbox. Beside the kernel's 64 KiB (SO_SNDBUF)
    # it holds a burst of some hundred events, which a client on a good link takes within a round trip.
    mark_b: int = 64 * 1024
    stall_s: float = 10.0
    sweep_s: float = 0.05

    replay_events: int = 5000
    replay_b: int = 4 * 1024 * 1024
    single_page_events: int = 1000
    page_events: int = 500
    page_b: int = 512 * 1024
    replay_ack_s: float = 10.0
    waiting_replays: int = 8

    heartbeat_s: float = 30.0
    idle_s: float = 300.0
    pool: int = 1000
    # Of one user; 0 for no limit of their own.
    per_user: int = 10
    # How many ended connections are remembered for `previous_close`.
    remembered_closes: int = 1000

    @property
    def dead_s(self) -> float:
        """A peer that sent nothing for this long is gone: every heartbeat brings a ping, so a live one answered."""
        return self.heartbeat_s * 1.5
