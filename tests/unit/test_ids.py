from __future__ import annotations

from server.ids import is_ulid, new_id


def test_an_id_is_a_ulid() -> None:
    assert is_ulid(new_id())


def test_ids_of_later_times_sort_after_earlier_ones() -> None:
    ids = [new_id(now_s) for now_s in (0.001, 1.0, 1_795_165_200.0, 1_795_165_200.001)]
    assert ids == sorted(ids)


def test_an_id_carries_the_time_in_its_first_ten_characters() -> None:
    # The example of the specification: 1469918176385 ms.
    assert new_id(1_469_918_176.385)[:10] == "01ARYZ6S41"


def test_ids_of_the_same_moment_differ() -> None:
    assert len({new_id(1.0) for _ in range(1000)}) == 1000


def test_other_text_is_no_ulid() -> None:
    for text in ("", "01ARYZ6S41", "81ARYZ6S41TSV4RRFFQ69G5FAV", "01ARYZ6S41TSV4RRFFQ69G5FAI", new_id().lower()):
        assert not is_ulid(text)
