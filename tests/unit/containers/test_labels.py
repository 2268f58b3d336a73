from __future__ import annotations

import pytest

from server.containers import labels as labels_module
from server.containers.labels import KnownLabels, carries
from server.errors import StorageUnavailable
from tests.fakes.clock import FakeClock
from tests.fakes.database import HandledDatabase

BLUE = {"team": "blue"}


@pytest.fixture
def known(database: HandledDatabase, clock: FakeClock) -> KnownLabels:
    return KnownLabels(database, clock)


async def reloaded(database: HandledDatabase, clock: FakeClock) -> KnownLabels:
    """What the next start of Pilothouse knows."""
    known = KnownLabels(database, clock)
    await known.load()
    return known


async def rows(database: HandledDatabase) -> list[str]:
    found = await database.read(lambda c: c.execute("SELECT id FROM container_labels ORDER BY rowid").fetchall())
    return [key for (key,) in found]


@pytest.mark.parametrize(
    ("selectors", "matches"),
    [
        ((), True),
        (("team",), True),
        (("team=blue",), True),
        (("team=red",), False),
        (("Team=blue",), False),
        (("team=blu",), False),
        (("team=blue", "tier"), True),
        (("team=blue", "stage"), False),
        (("team=",), False),
        (("tier=",), True),
        (("url=http://x/?a=b",), True),
        (("=",), False),
    ],
)
def test_a_container_carries_labels_as_the_engines_own_filter_reads_them(
    selectors: tuple[str, ...], matches: bool
) -> None:
    labels = {"team": "blue", "tier": "", "url": "http://x/?a=b"}
    assert carries(labels, selectors) is matches


async def test_labels_are_known_after_a_restart(
    known: KnownLabels, database: HandledDatabase, clock: FakeClock
) -> None:
    known.note("aa", BLUE)
    known.note("bb", {})
    await known.save()
    again = await reloaded(database, clock)
    assert [again.get(key) for key in ("aa", "bb", "cc")] == [BLUE, {}, None]


async def test_what_was_noted_is_known_at_once_and_the_first_word_stands(known: KnownLabels) -> None:
    known.note("aa", BLUE)
    known.note("aa", {"team": "red"})
    assert known.get("aa") == BLUE


async def test_many_are_saved_in_one_write_and_nothing_new_in_none(
    known: KnownLabels, database: HandledDatabase
) -> None:
    for number in range(500):
        known.note(f"{number:03}", BLUE)
    # The second write would raise this.
    await known.save()
    database.failures = [StorageUnavailable("full")]
    known.note("007", BLUE)
    await known.save()
    assert (len(await rows(database)), len(database.failures)) == (500, 1)


async def test_a_storage_that_refuses_is_tried_again(known: KnownLabels, database: HandledDatabase) -> None:
    known.note("aa", BLUE)
    database.failures = [StorageUnavailable("full")]
    with pytest.raises(StorageUnavailable):
        await known.save()
    assert await rows(database) == []
    await known.save()
    assert await rows(database) == ["aa"]


async def test_only_those_seen_last_are_kept_in_memory_and_on_the_disk(
    known: KnownLabels, database: HandledDatabase, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels_module, "MOST_CONTAINERS", 2)
    for key in ("aa", "bb"):
        known.note(key, BLUE)
    await known.save()
    known.note("aa", BLUE)
    known.note("cc", BLUE)
    await known.save()
    assert (known.get("bb"), len(known)) == (None, 2)
    assert await rows(database) == ["aa", "cc"]
    assert len(await reloaded(database, clock)) == 2


async def test_one_that_was_forgotten_and_is_seen_again_is_saved_again(
    known: KnownLabels, database: HandledDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels_module, "MOST_CONTAINERS", 1)
    known.note("aa", BLUE)
    await known.save()
    known.note("bb", BLUE)
    known.note("aa", BLUE)
    await known.save()
    assert await rows(database) == ["aa"]


async def test_huge_labels_cost_no_more_memory_than_is_allowed(
    known: KnownLabels, database: HandledDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels_module, "MOST_B", 1000)
    known.note("aa", BLUE)
    known.note("bb", {"note": "x" * 2000})
    await known.save()
    assert (len(known), await rows(database)) == (0, [])


async def test_a_bound_that_became_lower_is_kept_on_the_disk_too(
    known: KnownLabels, database: HandledDatabase, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("aa", "bb", "cc"):
        known.note(key, BLUE)
    await known.save()
    monkeypatch.setattr(labels_module, "MOST_CONTAINERS", 1)
    again = await reloaded(database, clock)
    await again.save()
    assert (again.get("cc"), await rows(database)) == (BLUE, ["cc"])
