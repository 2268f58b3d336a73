"""The audit trail as people page through it: newest first, from the log and from its archive."""

from __future__ import annotations

import pytest

from server.eventlog.log import NewEvent
from server.eventlog.sqlite import SqliteLog
from server.eventlog.trail import MAX_ENTRIES, MAX_ROWS, AuditTrail
from server.protocol.identity import AuditPage
from tests.fakes.database import HandledDatabase
from tests.fakes.rows import tamper
from tests.fakes.trail import recorded, write_trail


@pytest.fixture
def trail(database: HandledDatabase) -> AuditTrail:
    return AuditTrail(database)


def seqs(page: AuditPage) -> list[int]:
    return [entry.seq for entry in page.entries]


async def every_page(trail: AuditTrail, limit: int, **wanted: str) -> list[list[int]]:
    pages, before = [], None
    while True:
        page = await trail.page(before=before, limit=limit, **wanted)
        pages.append(seqs(page))
        if page.next is None:
            return pages
        before = page.next


async def test_an_empty_trail_has_an_empty_page(trail: AuditTrail, log: SqliteLog) -> None:
    assert await trail.page(limit=10) == AuditPage(entries=[], next=None)


async def test_an_entry_is_what_was_recorded_with_its_place_and_hash(trail: AuditTrail, log: SqliteLog) -> None:
    (stored,) = await log.append([recorded("ann", "sign_in", "failed", "x")])
    (entry,) = (await trail.page(limit=10)).entries
    assert (entry.seq, entry.timestamp, entry.chain) == (1, stored.timestamp, stored.text[-66:-2].decode())
    assert (entry.data.actor, entry.data.outcome, entry.data.target) == ("ann", "failed", "x")


@pytest.mark.parametrize("pruned", [0, 3, 6, 14])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
async def test_pages_one_after_the_other_are_the_whole_trail_newest_first(
    trail: AuditTrail, log: SqliteLog, pruned: int, limit: int
) -> None:
    await write_trail(log, 7)
    await log.prune(pruned)
    pages = await every_page(trail, limit)
    assert [seq for page in pages for seq in page] == [13, 11, 9, 7, 5, 3, 1]
    assert [len(page) for page in pages] == [limit] * (7 // limit) + ([7 % limit] if 7 % limit else [])


async def test_a_page_begins_before_a_seq(trail: AuditTrail, log: SqliteLog) -> None:
    await write_trail(log, 5)
    assert seqs(await trail.page(before=7, limit=2)) == [5, 3]
    assert seqs(await trail.page(before=8, limit=2)) == [7, 5]
    assert seqs(await trail.page(before=2**70, limit=2)) == [9, 7]
    assert await trail.page(before=1, limit=2) == AuditPage(entries=[], next=None)


async def test_a_page_has_a_bound_of_its_own(trail: AuditTrail, log: SqliteLog) -> None:
    await log.append([recorded()] * (MAX_ENTRIES + 5))
    page = await trail.page(limit=10 * MAX_ENTRIES)
    assert (len(page.entries), page.next) == (MAX_ENTRIES, 6)


WANTED = [
    ({"actor": "ann"}, [9, 3, 1]),
    ({"action": "sign_out"}, [9, 5]),
    ({"outcome": "refused"}, [7, 3]),
    ({"actor": "ann", "outcome": "refused"}, [3]),
    ({"actor": "an"}, []),
]


@pytest.mark.parametrize("pruned", [0, 5, 10])
@pytest.mark.parametrize(("wanted", "expected"), WANTED)
async def test_a_filter_leaves_what_passes_it(
    trail: AuditTrail, log: SqliteLog, pruned: int, wanted: dict[str, str], expected: list[int]
) -> None:
    await log.append(
        [
            recorded("ann", "sign_in", "ok"),
            NewEvent("test.noted", "system", {}),
            recorded("ann", "sign_in", "refused"),
            NewEvent("test.noted", "system", {}),
            recorded("ben", "sign_out", "ok"),
            NewEvent("test.noted", "system", {}),
            recorded(None, "access", "refused"),
            NewEvent("test.noted", "system", {}),
            recorded("ann", "sign_out", "failed"),
        ]
    )
    await log.prune(pruned)
    assert seqs(await trail.page(limit=10, **wanted)) == expected  # type: ignore[arg-type]
    assert [seq for page in await every_page(trail, 1, **wanted) for seq in page] == expected


async def test_a_filter_that_nothing_passes_looks_at_a_bounded_part_and_says_where_to_go_on(
    trail: AuditTrail, log: SqliteLog
) -> None:
    await log.append([recorded("ann")] + [recorded("ben")] * (MAX_ROWS + 10))
    page = await trail.page(limit=10, actor="ann")
    assert (seqs(page), page.next) == ([], 12)
    assert await every_page(trail, 10, actor="ann") == [[], [1]]


async def test_entries_that_are_pruned_between_two_pages_are_neither_lost_nor_doubled(
    trail: AuditTrail, log: SqliteLog
) -> None:
    await write_trail(log, 6)
    first = await trail.page(limit=3)
    await log.prune(9)
    second = await trail.page(before=first.next, limit=3)
    assert seqs(first) + seqs(second) == [11, 9, 7, 5, 3, 1]


async def test_an_entry_that_cannot_be_read_is_left_out_and_logged(
    trail: AuditTrail, log: SqliteLog, database: HandledDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    await write_trail(log, 3)
    tamper(database.path, "UPDATE events SET text = x'ff' WHERE seq = 3")
    assert seqs(await trail.page(limit=10)) == [5, 1]
    assert [record.__dict__["seq"] for record in caplog.records] == [3]


async def test_large_entries_end_a_page_early(trail: AuditTrail, log: SqliteLog) -> None:
    data = {"actor": "ann", "action": "access", "outcome": "ok", "agent": "x" * 200_000}
    await log.append([NewEvent("audit.recorded", "audit", data)] * 40)
    pages = await every_page(trail, 40)
    assert [seq for page in pages for seq in page] == list(range(40, 0, -1))
    assert max(len(page) for page in pages) < 25
