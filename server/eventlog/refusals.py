"""Which refusals are written to the audit trail at once, and what becomes of the others. No I/O, no time of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from msgspec.structs import replace

from server.protocol.events import AuditData

SAME_S = 10.0
"""The same refusal again within this is counted instead of written."""
INTERVAL_S = 20.0
"""What was counted is written this often."""

# At most 60 entries in any minute: 15 at once and 30 that come back, and three intervals of what was counted.
_BURST = 15.0
_PER_S = 0.5
SUMMARIES = 5

MAX_HELD = 256
"""Different refusals that are kept apart until they are written; of more, only action and code are counted."""
MAX_KINDS = 64
"""Pairs of action and code that are counted apart."""
_MAX_LISTED = 8

_Key = tuple[str | None, str, str | None, str | None, str | None]


class Refusals:
    """Decides about each refusal and holds what is left out. Bounded: an attacker causes any number of them."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._tokens = _BURST
        self._filled_at = monotonic()
        # When each was last written; no longer than SAME_S, so never more than the bucket gives in that time.
        self._written: dict[_Key, float] = {}
        # `repeated` of what is held: how many are behind it.
        self._held: dict[_Key, AuditData] = {}
        self._others: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many different ones are held."""
        return len(self._held) + len(self._others)

    def admit(self, data: AuditData) -> AuditData | None:
        """Return what to write now: `data`, with those of its kind that were held counted in; None when it is held."""
        now, key = self._monotonic(), _key(data)
        self._written = {known: at for known, at in self._written.items() if now - at < SAME_S}
        if key in self._written or not self._take(now):
            self.hold(data)
            return None
        self._written[key] = now
        before = self._held.pop(key, None)
        return data if before is None else _counted(data, before)

    def hold(self, data: AuditData) -> None:
        """Keep `data` until the next `release`."""
        key = _key(data)
        before = self._held.get(key)
        if before is not None:
            self._held[key] = _counted(data, before)
        elif len(self._held) < MAX_HELD:
            self._held[key] = data
        else:
            self._count(data)

    def release(self) -> list[AuditData]:
        """Return what is held as at most `SUMMARIES` entries: those that were repeated most, and one for all others."""
        held = sorted(self._held.values(), key=lambda data: data.repeated, reverse=True)
        self._held.clear()
        alone = SUMMARIES if len(held) <= SUMMARIES and not self._others else SUMMARIES - 1
        for data in held[alone:]:
            self._count(data)
        rest = [_summary(self._others)] if self._others else []
        self._others = Counter()
        return held[:alone] + rest

    def _count(self, data: AuditData) -> None:
        name = f"{data.action} {data.code or '-'}"
        if name not in self._others and len(self._others) >= MAX_KINDS - 1:
            name = "other"
        self._others[name] += 1 + data.repeated

    def _take(self, now: float) -> bool:
        self._tokens = min(_BURST, self._tokens + (now - self._filled_at) * _PER_S)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def _key(data: AuditData) -> _Key:
    return data.actor, data.action, data.target, data.code, data.address


def _counted(data: AuditData, before: AuditData) -> AuditData:
    return replace(data, repeated=data.repeated + before.repeated + 1)


def _summary(others: Counter[str]) -> AuditData:
    """One entry for refusals that have nothing in common; how many of what kind is in its detail."""
    listed = others.most_common(_MAX_LISTED)
    more = others.total() - sum(count for _, count in listed)
    kinds = [f"{count} × {name}" for name, count in listed] + ([f"{more} × other"] if more else [])
    return AuditData(
        actor=None,
        action="access",
        outcome="refused",
        detail={"left_out": ", ".join(kinds)},
        repeated=others.total() - 1,
    )
