"""Bounds how often somebody may guess a password, without letting them lock its owner out.

Failures count against the address that they come from and the account that they are aimed at. Beyond some in a minute
each further attempt has to wait, longer each time. Whoever shows that they signed in to the account before, by the
browser's device cookie or by a live sign-in from the same address, has a counter of their own instead of the account's:
a stranger who keeps guessing slows down strangers. With the device cookie the address does not count either: behind one
proxy all may have the same.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from server.addresses import parse
from server.clock import Clock
from server.errors import RateLimited

WINDOW_S = 60.0
FIRST_DELAY_S = 30.0
# An address can be changed and an account cannot: guessing at one a minute finds no password worth the name, and its
# owner in a new place never waits long.
ADDRESS_CAP_S = 15 * 60.0
ACCOUNT_CAP_S = 60.0
# After this long without a failure the delay begins anew.
FORGET_S = 3600.0
# Of each kind; the one that was used longest ago goes.
MOST_KEYS = 10_000
_MOST_WAITING = 256
_MOST_AGAINST = 16
_MANY = ""  # Is no account's name.

_CAPS = {"address": ADDRESS_CAP_S, "device": ADDRESS_CAP_S}
Key = tuple[str, str]
"""What is counted, and for whom."""


class Attempt:
    """One try. Whoever makes it says how it ended; one that ends otherwise (nobody knows) does not count."""

    def __init__(self, account: str | None) -> None:
        self.account = account
        self.outcome: bool | None = None

    def failed(self) -> None:
        self.outcome = False

    def succeeded(self) -> None:
        self.outcome = True


class _Counter:
    """`failures` of the last minute, as (time, account); `strikes`: how often the delay grew; `until`: nobody may try
    before that; `pending`: tries whose end is not known yet; `against`: accounts that failures were aimed at."""

    __slots__ = ("against", "failures", "pending", "strikes", "until")

    def __init__(self, per_min: int) -> None:
        self.failures: deque[tuple[float, str]] = deque(maxlen=per_min)
        self.strikes = 0
        self.until = 0.0
        self.pending = 0
        self.against: set[str] = set()

    @property
    def is_blank(self) -> bool:
        return not (self.failures or self.strikes or self.pending)

    def free(self, now: float, per_min: int) -> int:
        """How many more tries may be under way at once, if there were none yet."""
        if self.failures and now - self.failures[-1][0] > FORGET_S:
            self.reset()
        while not self.strikes and self.failures and now - self.failures[0][0] >= WINDOW_S:
            self.failures.popleft()
        return 1 if self.strikes else per_min - len(self.failures)

    def fail(self, now: float, account: str, per_min: int, cap_s: float) -> None:
        self.failures.append((now, account))
        self.against.add(account if len(self.against) < _MOST_AGAINST else _MANY)
        if self.strikes or len(self.failures) >= per_min:
            self.until = now + min(FIRST_DELAY_S * 2.0 ** min(self.strikes, 16), cap_s)
            self.strikes += 1

    def forgive(self, account: str) -> None:
        """Forget the failures aimed at `account`. Those at others stay: an account of one's own is no key to more
        guesses at other people's."""
        self.against.discard(account)
        if not self.against:
            self.reset()
        elif not self.strikes:
            kept = [failure for failure in self.failures if failure[1] != account]
            self.failures.clear()
            self.failures.extend(kept)

    def reset(self) -> None:
        self.failures.clear()
        self.against.clear()
        self.strikes, self.until = 0, 0.0


class Throttle:
    """Counts failed tries, in memory only. A try counts from its begin: many at once are no more than one by one."""

    def __init__(self, clock: Clock, *, per_min: int) -> None:
        """`per_min`: failures a minute that cost nothing; 0 for no limit."""
        self._clock = clock
        self._per_min = per_min
        self._counters: dict[str, OrderedDict[str, _Counter]] = {}
        self._waiting: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def sign_in(
        self, account: str | None, *, exists: bool, address: str | None, device: str | None, known_address: bool
    ) -> AsyncIterator[Attempt]:
        """Try to sign in to `account`, None for a name that no account can have. `device`: what tells a browser that
        the account was signed in with before from others; `known_address`: it is signed in from `address` now.

        Waits while tries are under way which, if they fail, use up what is free.

        Raises:
            RateLimited: there were too many; `retry_after_s` says when there may be another.
        """
        keys = _keys(account, exists, source(address), device, known_address)
        async with self._attempt(keys, account) as attempt:
            yield attempt

    @asynccontextmanager
    async def confirm(self, account: str, credential: str | None) -> AsyncIterator[Attempt]:
        """Try the password of `account` again, by somebody who is signed in with `credential`.

        Raises:
            RateLimited: there were too many; `retry_after_s` says when there may be another.
        """
        async with self._attempt([("confirm", f"{account} {credential}")], account) as attempt:
            yield attempt

    @asynccontextmanager
    async def _attempt(self, keys: list[Key], account: str | None) -> AsyncIterator[Attempt]:
        attempt = Attempt(account)
        if self._per_min == 0:
            yield attempt
            return
        counters = await self._reserve(keys)
        try:
            yield attempt
        finally:
            self._settle(keys, counters, attempt)

    async def _reserve(self, keys: list[Key]) -> list[_Counter]:
        """Return the counters of `keys`, each with one more under way."""
        while True:
            counters = [self._counter(kind, name) for kind, name in keys]
            now = self._clock.monotonic()
            free = [counter.free(now, self._per_min) - counter.pending for counter in counters]
            wait_s = max((counter.until - now for counter in counters), default=0.0)
            if wait_s > 0:
                raise _too_many(wait_s)
            if all(room > 0 for room in free):
                for key, counter in zip(keys, counters, strict=True):
                    counter.pending += 1
                    self._keep(key, counter)
                return counters
            with self._turn() as turn:
                await turn

    @contextmanager
    def _turn(self) -> Iterator[asyncio.Future[None]]:
        if len(self._waiting) >= _MOST_WAITING:
            raise _too_many(1.0)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            yield turn
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)

    def _settle(self, keys: list[Key], counters: list[_Counter], attempt: Attempt) -> None:
        now = self._clock.monotonic()
        for (kind, name), counter in zip(keys, counters, strict=True):
            counter.pending -= 1
            if attempt.outcome is False:
                counter.fail(now, attempt.account or _MANY, self._per_min, _CAPS.get(kind, ACCOUNT_CAP_S))
            elif attempt.outcome is True and kind not in ("account", "name"):
                counter.forgive(attempt.account or _MANY)
            if counter.is_blank and self._counters[kind].get(name) is counter:
                del self._counters[kind][name]
        waiting, self._waiting = self._waiting, []
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)

    def _counter(self, kind: str, name: str) -> _Counter:
        counters = self._counters.get(kind)
        return (counters and counters.get(name)) or _Counter(self._per_min)

    def _keep(self, key: Key, counter: _Counter) -> None:
        kind, name = key
        counters = self._counters.setdefault(kind, OrderedDict())
        counters[name] = counter
        counters.move_to_end(name)
        if len(counters) > MOST_KEYS:
            counters.popitem(last=False)


def source(address: str | None) -> str | None:
    """What counts as one place on the network: an IPv4 address, or the 64 bits of an IPv6 address that a customer of a
    provider is given."""
    if address is None:
        return None
    parsed = parse(address)
    if parsed is None:
        return address[:64]
    return f"{int(parsed) >> 64:016x}/64" if parsed.version == 6 else str(parsed)


def _keys(account: str | None, exists: bool, place: str | None, device: str | None, known: bool) -> list[Key]:
    if account is not None and device is not None:
        return [("device", f"{account} {device}")]
    keys = [] if place is None else [("address", place)]
    if account is not None:
        # Names of nobody have their own: making them up does not push out the counters of accounts.
        kind = "known" if known else "account" if exists else "name"
        keys.append((kind, f"{account} {place}" if known else account))
    return keys


def _too_many(wait_s: float) -> RateLimited:
    return RateLimited("Too many attempts failed. Wait a little, then try again.", retry_after_s=wait_s)
