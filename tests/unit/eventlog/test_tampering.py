"""Whatever is done to the audit trail behind the server's back is found."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from server.eventlog.chain import link, split
from server.eventlog.verdict import verify
from tests.fakes.rows import tamper
from tests.fakes.trail import chain_of, found, opened_log, place, rewrite, text, write_trail


def replaced(old: bytes, new: bytes) -> Callable[[Path], None]:
    return lambda path: rewrite(path, 5, text(path, 5).replace(old, new))


def column(assignment: str) -> Callable[[Path], None]:
    return lambda path: tamper(path, f"UPDATE {place(path, 5)} SET {assignment} WHERE seq = 5")


def other_hash(path: Path) -> None:
    rewrite(path, 5, text(path, 5)[:-66] + chain_of(path, 3).encode() + b'"}')


def whole_row_with_its_hash(path: Path) -> None:
    parts = split(text(path, 5).replace(b'"ann"', b'"eve"'))
    assert parts is not None
    rewrite(path, 5, link(bytes.fromhex(chain_of(path, 3)), parts[0])[0])


CHANGES: dict[str, tuple[Callable[[Path], None], tuple[int, str]]] = {
    "the data": (replaced(b'"ann"', b'"eve"'), (5, "changed")),
    "a space": (replaced(b'"data":{', b'"data":{ '), (5, "changed")),
    "the time in the text": (replaced(b"2026-11-20", b"2026-11-19"), (5, "changed")),
    "the type in the text": (replaced(b"audit.recorded", b"audit.nothing!"), (5, "changed")),
    "the channel in the text": (replaced(b'"channel":"audit"', b'"channel":"system"'), (5, "changed")),
    "the hash": (other_hash, (5, "changed")),
    "the hash, to none": (replaced(b'"chain":', b'"chian":'), (5, "changed")),
    "the hash, to capitals": (lambda path: rewrite(path, 5, text(path, 5)[:-66] + b"A" * 64 + b'"}'), (5, "changed")),
    "everything, to nothing": (lambda path: rewrite(path, 5, b""), (5, "changed")),
    "everything, to nonsense": (lambda path: rewrite(path, 5, b"\xff" * 300), (5, "changed")),
    "the data and the hash": (whole_row_with_its_hash, (7, "changed")),
    "the column of the time": (column("timestamp = '2026-11-20T09:00:00.001Z'"), (5, "changed")),
    "the column of the type": (column("type = 'audit.nothing'"), (5, "changed")),
    "the column of the type, to none": (column("type = ''"), (5, "changed")),
    "the column of the type, to no text": (column("type = CAST(x'ff' AS TEXT)"), (5, "changed")),
    "the column of the id": (column("id = 'x'"), (5, "changed")),
    "the column of the predecessor": (column("prev = 1"), (5, "changed")),
    "the column of the seq": (column("seq = -seq"), (-5, "out_of_order")),
}


@pytest.mark.parametrize(("change", "where"), CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_entry_is_found(trail: Path, change: Callable[[Path], None], where: tuple[int, str]) -> None:
    change(trail)
    assert found(trail) == where


@pytest.mark.parametrize(
    ("gone", "named"), [("3", 3), ("5", 5), ("5, 7", 7), ("3, 5, 7, 9", 9), ("11", 11), ("9, 11", 11)]
)
def test_missing_entries_are_found(trail: Path, gone: str, named: int) -> None:
    for table in ("events", "audit_archive"):
        tamper(trail, f"DELETE FROM {table} WHERE seq IN ({gone})")
    assert found(trail) == (named, "missing")


def test_a_trail_without_its_beginning_is_found(trail: Path) -> None:
    for table in ("events", "audit_archive"):
        tamper(trail, f"DELETE FROM {table} WHERE seq <= 3")
    assert found(trail) == (3, "missing")


def test_a_trail_of_which_nothing_is_left_is_found(trail: Path) -> None:
    tamper(trail, "DELETE FROM events", "DELETE FROM audit_archive")
    assert found(trail) == (11, "missing")


def test_two_entries_that_changed_places_are_found(trail: Path) -> None:
    three, five = text(trail, 3), text(trail, 5)
    rewrite(trail, 3, five)
    rewrite(trail, 5, three)
    assert found(trail) == (3, "out_of_order")


def test_two_rows_that_changed_places_are_found(trail: Path) -> None:
    tables = {seq: place(trail, seq) for seq in (3, 5)}
    tamper(
        trail,
        f"UPDATE {tables[3]} SET seq = 99 WHERE seq = 3",
        f"UPDATE {tables[5]} SET seq = 3 WHERE seq = 5",
        f"UPDATE {tables[3]} SET seq = 5 WHERE seq = 99",
    )
    assert found(trail) == (3, "out_of_order")


def insert(path: Path, seq: int, prev: int, body: bytes, before: bytes) -> bytes:
    """Put an entry of the forger's own into the archive, well made; returns its hash."""
    head = b'{"type":"audit.recorded","id":"x","channel":"audit","seq":%d,"prev":%d,"timestamp":"t","data":' % (
        seq,
        prev,
    )
    new, chain = link(before, head + body)
    with closing(sqlite3.connect(path)) as connection, connection:
        row = (seq, prev, "audit.recorded", "x", "t", new)
        connection.execute("INSERT INTO audit_archive VALUES (?, ?, ?, ?, ?, ?)", row)
    return chain


@pytest.mark.parametrize(("before", "where"), [(5, (7, "out_of_order")), (3, (6, "changed"))])
def test_an_inserted_entry_is_found(trail: Path, before: int, where: tuple[int, str]) -> None:
    insert(trail, 6, 5, b'{"actor":"eve"}', bytes.fromhex(chain_of(trail, before)))
    assert found(trail) == where


def test_a_copy_of_an_entry_is_found(trail: Path) -> None:
    table = place(trail, 5)
    columns = "prev, channel, type, id, timestamp, text" if table == "events" else "prev, type, id, timestamp, text"
    tamper(trail, f"INSERT INTO {table} (seq, {columns}) SELECT 99, {columns} FROM {table} WHERE seq = 5")
    assert found(trail) == (99, "out_of_order")


def test_an_entry_inserted_after_the_end_is_found(trail: Path) -> None:
    insert(trail, 13, 11, b"{}", bytes.fromhex(chain_of(trail, 11)))
    assert found(trail) == (13, "end")


@pytest.mark.parametrize("seq", [-1, 0])
def test_an_entry_inserted_before_the_beginning_is_found(trail: Path, seq: int) -> None:
    insert(trail, seq, 0, b"{}", bytes(32))
    assert found(trail) == (seq, "out_of_order")


@pytest.mark.parametrize("seq", [-1, 0, 1])
def test_an_entry_without_a_hash_where_the_beginning_was_forgotten_is_found(trail: Path, seq: int) -> None:
    if verify(trail).base == 0:
        seq -= 1
    tamper(trail, f"INSERT INTO audit_archive VALUES ({seq}, 0, 'audit.recorded', 'x', 't', x'7b7d')")
    assert found(trail) == (seq, "out_of_order")


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE log SET chain = zeroblob(32)", (11, "end")),
        ("UPDATE channels SET head = 9 WHERE name = 'audit'", (11, "end")),
        ("DELETE FROM channels WHERE name = 'audit'", (11, "end")),
        ("UPDATE channels SET head = 13 WHERE name = 'audit'", (13, "missing")),
    ],
)
def test_another_end_than_the_log_noted_is_found(trail: Path, statement: str, where: tuple[int, str]) -> None:
    tamper(trail, statement)
    assert found(trail) == where


def test_another_base_is_found(trail: Path) -> None:
    tamper(trail, "UPDATE audit_base SET chain = randomblob(32)")
    broken = found(trail)
    assert broken is not None
    assert broken[1] == "changed"


async def test_an_entry_that_was_taken_for_one_of_another_channel_is_found(tmp_path: Path) -> None:
    path = tmp_path / "pilothouse.db"
    async with opened_log(path) as log:
        await write_trail(log, 6)
    tamper(path, "UPDATE events SET channel = 'system' WHERE seq = 5")
    assert await asyncio.to_thread(found, path) == (5, "missing")


def test_what_was_good_before_the_first_fault_is_counted(trail: Path) -> None:
    good = verify(trail)
    tamper(trail, f"DELETE FROM {place(trail, 7)} WHERE seq = 7")
    verdict = verify(trail)
    assert (verdict.first, verdict.last, verdict.count) == (good.first, 5, good.count - 3)
    assert verdict.head == chain_of(trail, 5)
