"""What the verdict on the audit trail says, and what only a note kept elsewhere can tell."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server.eventlog.chain import link, split
from server.eventlog.verdict import Verdict, verify
from tests.fakes.clock import FakeClock
from tests.fakes.rows import tamper
from tests.fakes.trail import chain_of, found, opened_log, rewrite, text, write_trail


def recompute(path: Path, start: int) -> None:
    """Make a new chain from the entry `start` on, as whoever can write the file can."""
    before = bytes.fromhex(chain_of(path, start - 2))
    for seq in range(start, 12, 2):
        parts = split(text(path, seq))
        assert parts is not None
        new, before = link(before, parts[0])
        rewrite(path, seq, new)
    tamper(path, f"UPDATE log SET chain = x'{before.hex()}'")


def test_a_trail_that_nobody_touched_is_good(trail: Path) -> None:
    verdict = verify(trail)
    base, first, count = (1, 3, 5) if verdict.base else (0, 1, 6)
    assert verdict == Verdict(
        count=count, unchained=0, base=base, first=first, last=11, head=chain_of(trail, 11), broken=None
    )
    assert verdict.ok


def test_a_verdicts_note_is_what_the_next_one_expects(trail: Path) -> None:
    seq, _, head = verify(trail).note.partition(":")
    assert found(trail, expect=(int(seq), head.upper())) is None


@pytest.mark.parametrize("seq", [3, 5, 7, 11])
def test_an_entry_that_was_noted_once_is_still_the_same(trail: Path, seq: int) -> None:
    assert found(trail, expect=(seq, chain_of(trail, seq))) is None


async def test_an_empty_trail_is_good_beside_its_server(tmp_path: Path) -> None:
    async with opened_log(tmp_path / "pilothouse.db"):
        verdict = await asyncio.to_thread(verify, tmp_path / "pilothouse.db")
    assert (verdict.ok, verdict.count, verdict.note) == (True, 0, "0:" + "0" * 64)


# --- what only a note kept elsewhere can tell


def test_a_chain_that_was_made_anew_is_found_by_what_was_noted_before(trail: Path) -> None:
    noted = (11, chain_of(trail, 11))
    rewrite(trail, 5, text(trail, 5).replace(b'"ann"', b'"eve"'))
    recompute(trail, 5)
    assert found(trail) is None
    assert found(trail, expect=noted) == (11, "noted")


def test_an_end_that_was_cut_off_well_is_found_by_what_was_noted_before(trail: Path) -> None:
    noted = (11, chain_of(trail, 11))
    for table in ("events", "audit_archive"):
        tamper(trail, f"DELETE FROM {table} WHERE seq >= 9")
    head = chain_of(trail, 7)
    tamper(trail, f"UPDATE log SET chain = x'{head}'", "UPDATE channels SET head = 7 WHERE name = 'audit'")
    assert found(trail) is None
    assert found(trail, expect=noted) == (11, "missing")


def test_a_beginning_that_was_cut_off_well_is_found_by_what_was_noted_before(trail: Path) -> None:
    noted = (3, chain_of(trail, 3))
    base = chain_of(trail, 5)
    for table in ("events", "audit_archive"):
        tamper(trail, f"DELETE FROM {table} WHERE seq <= 5")
    tamper(trail, f"UPDATE audit_base SET seq = 5, chain = x'{base}'")
    assert found(trail) is None
    assert found(trail, expect=noted) == (3, "forgotten")


def test_a_noted_entry_in_whose_place_there_is_none_is_found(trail: Path) -> None:
    assert found(trail, expect=(6, "0" * 64)) == (6, "noted")


async def test_what_was_noted_of_the_last_entry_that_was_forgotten_can_still_be_compared(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "pilothouse.db"
    async with opened_log(path, clock) as log:
        await write_trail(log, 3)
        noted = chain_of(path, 5)
        await log.prune(6)
        await log.forget_audit("9999")
    verdict = await asyncio.to_thread(verify, path, expect=(5, noted))
    assert (verdict.ok, verdict.count, verdict.base, verdict.note) == (True, 0, 5, f"5:{noted}")
    assert await asyncio.to_thread(found, path, expect=(5, "0" * 64)) == (5, "noted")
