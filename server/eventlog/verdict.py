"""Whether the audit trail is what was written.

The chain finds what somebody changed, removed, inserted or moved who does not recompute every hash after it. Whoever
can write the file can do that too, or cut off the end and correct the head, or the beginning as if retention had, and
nothing in the file can tell. What does: the note `seq:hash` of a verdict, kept where they cannot write. A later trail
that does not hold that entry with that hash is another one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from server.eventlog.audit_file import Ends, ends, entries, opened
from server.eventlog.chain import follows, split
from server.eventlog.envelope import head_of
from server.eventlog.log import InvalidEvent, StoredEvent

Why = Literal["changed", "missing", "out_of_order", "end", "noted", "forgotten"]
"""`end`: the last entry is not the one that the log noted. `noted`: an entry is not the one that was expected.
`forgotten`: what was expected is older than all that is kept, so nothing can be said of it."""


class Broken(msgspec.Struct, frozen=True):
    """The first thing that is wrong: at the entry `seq`, in one sentence for people."""

    seq: int
    why: Why
    message: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`count` entries from `first` to `last` are as they were written; `head` is the hash of the last, in hexadecimal.
    `base`: entries up to this one were removed by retention, 0 for none. `unchained`: entries from before the chain
    began, of which nothing can be said. `broken`: None when nothing else is wrong."""

    count: int
    unchained: int
    base: int
    first: int | None
    last: int | None
    head: str
    broken: Broken | None

    @property
    def ok(self) -> bool:
        return self.broken is None

    @property
    def note(self) -> str:
        """What to keep elsewhere, and to expect the next time."""
        return f"{self.base if self.last is None else self.last}:{self.head}"


def verify(path: Path, *, expect: tuple[int, str] | None = None) -> Verdict:
    """Read the whole trail in the database `path`, which a server may be writing, as of one moment, and judge it.

    `expect`: seq and hash (hexadecimal) of an entry, noted earlier. Blocks for some seconds per million entries.

    Raises:
        StorageUnavailable, StartupError: `path` cannot be used; see `opened`.
    """
    with opened(path) as connection:
        walk = _Walk(ends(connection), expect)
        broken = walk.beginning()
        for entry in entries(connection):
            broken = broken or walk.step(entry)
            if broken is not None:
                break
        return walk.verdict(broken or walk.end())


class _Walk:
    """Goes along the chain. `seq` and `chain` are those of the last good entry."""

    def __init__(self, ends: Ends, expect: tuple[int, str] | None) -> None:
        self._ends = ends
        self._expect = None if expect is None else (expect[0], expect[1].lower())
        self._seq = ends.base
        self._chain = ends.base_chain
        self._first: int | None = None
        self._count = self._unchained = 0

    def beginning(self) -> Broken | None:
        if self._expect is not None and self._expect[0] < self._seq:
            sentence = f"Entry {self._expect[0]} is not kept any more, so it cannot be compared. Note a newer one."
            return Broken(self._expect[0], "forgotten", sentence)
        return self._compare()

    def step(self, entry: StoredEvent) -> Broken | None:
        """Go on to `entry`, or say why not."""
        found = split(entry.text)
        if entry.seq <= self._ends.base:
            if 0 < entry.seq <= self._ends.unchained and found is None:
                self._unchained += 1
                return None
            return _broken(entry, "out_of_order", "lies before the beginning of the chain: it was inserted")
        if found is None:
            return _broken(entry, "changed", "has no hash any more")
        if not _is_its_text(entry):
            if _seq_in(entry.text) not in (None, entry.seq):
                return _broken(entry, "out_of_order", "stands in the place of another one")
            return _broken(entry, "changed", "was changed: its columns contradict its text")
        if entry.prev > self._seq:
            return Broken(entry.prev, "missing", f"Entries after {self._seq}, up to {entry.prev}, are missing.")
        if entry.prev < self._seq:
            return _broken(
                entry, "out_of_order", f"follows {entry.prev}, but {self._seq} lies between: it was inserted"
            )
        body, chain = found
        if not follows(self._chain, body, chain):
            return _broken(entry, "changed", f"does not follow from {entry.prev}: one of the two was changed")
        self._seq, self._chain = entry.seq, chain
        self._first = self._first or entry.seq
        self._count += 1
        return self._compare()

    def end(self) -> Broken | None:
        """What is wrong with where it ends, once every entry was gone along."""
        head, noted = self._ends.head, self._expect
        if self._seq < head:
            return Broken(
                head, "missing", f"Entries after {self._seq}, up to {head}, are missing: the end was cut off."
            )
        if self._seq > head or self._chain != self._ends.head_chain:
            return Broken(self._seq, "end", f"Entry {self._seq} is not the last one that the log wrote.")
        if noted is not None and noted[0] > self._seq:
            return Broken(noted[0], "missing", f"Entry {noted[0]} was noted, but the trail ends at {self._seq}.")
        return None

    def verdict(self, broken: Broken | None) -> Verdict:
        return Verdict(
            count=self._count,
            unchained=self._unchained,
            base=self._ends.base,
            first=self._first,
            last=self._seq if self._count else None,
            head=self._chain.hex(),
            broken=broken,
        )

    def _compare(self) -> Broken | None:
        """Compare the entry that was reached with what was noted of it."""
        noted = self._expect
        if noted is None or self._seq < noted[0]:
            return None
        self._expect = None
        if self._seq > noted[0]:
            return Broken(noted[0], "noted", f"Entry {noted[0]} was noted, but there is none: the trail was rewritten.")
        if self._chain.hex() != noted[1]:
            return Broken(
                noted[0], "noted", f"Entry {noted[0]} is not the one that was noted: the trail was rewritten."
            )
        return None


def _broken(entry: StoredEvent, why: Why, what: str) -> Broken:
    return Broken(entry.seq, why, f"Entry {entry.seq} {what}.")


def _is_its_text(entry: StoredEvent) -> bool:
    try:
        return entry.text.startswith(head_of(entry))
    except InvalidEvent:
        return False


class _Place(msgspec.Struct):
    seq: int


def _seq_in(text: bytes) -> int | None:
    try:
        return msgspec.json.decode(text, type=_Place).seq
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
