"""From counters to bytes per second."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from server.host.rates import Rates

readings = st.lists(
    st.tuples(
        st.floats(0, 1e6),
        st.dictionaries(st.sampled_from(["eth0", "eth1"]), st.tuples(st.integers(0, 2**64), st.integers(0, 2**64))),
    ),
    max_size=6,
)


def test_a_rate_is_what_was_added_over_the_time_that_passed() -> None:
    rates = Rates()
    rates.step({"eth0": (1000, 500)}, 10.0)
    assert rates.step({"eth0": (5000, 700)}, 12.0) == {"eth0": (2000.0, 100.0)}


def test_the_first_reading_has_nothing_to_compare_with() -> None:
    assert Rates().step({"eth0": (10**12, 10**12)}, 10.0) == {"eth0": (0.0, 0.0)}


def test_a_new_interface_brings_no_burst() -> None:
    rates = Rates()
    rates.step({"eth0": (0, 0)}, 10.0)
    assert rates.step({"eth0": (0, 0), "eth1": (10**12, 10**12)}, 11.0)["eth1"] == (0.0, 0.0)


def test_a_counter_that_begins_again_is_no_negative_rate() -> None:
    rates = Rates()
    rates.step({"eth0": (10**9, 50)}, 10.0)
    assert rates.step({"eth0": (100, 150)}, 11.0) == {"eth0": (0.0, 100.0)}
    assert rates.step({"eth0": (300, 150)}, 12.0) == {"eth0": (200.0, 0.0)}


def test_an_interface_that_went_is_forgotten() -> None:
    rates = Rates()
    rates.step({"eth0": (0, 0)}, 10.0)
    assert rates.step({}, 11.0) == {}
    assert rates.step({"eth0": (500, 500)}, 12.0) == {"eth0": (0.0, 0.0)}


@settings(deadline=None)
@given(readings)
def test_no_order_of_readings_gives_a_negative_rate(steps: list[tuple[float, dict[str, tuple[int, int]]]]) -> None:
    rates = Rates()
    for now, counters in steps:
        found = rates.step(counters, now)
        assert found.keys() == counters.keys()
        assert all(rate >= 0 for pair in found.values() for rate in pair)
