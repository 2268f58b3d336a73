"""How fast one socket may send."""

from __future__ import annotations

from server.web.command_rate import CommandRate


def allowed(rate: CommandRate, count: int, now: float) -> int:
    return sum(rate.take(now) is None for _ in range(count))


def test_so_many_at_once_and_no_more() -> None:
    assert allowed(CommandRate(20, 40, 0.0), 100, 0.0) == 40


def test_the_bucket_fills_with_time_and_never_over_its_size() -> None:
    rate = CommandRate(20, 40, 0.0)
    assert allowed(rate, 40, 0.0) == 40
    assert allowed(rate, 40, 0.5) == 10
    assert allowed(rate, 100, 1000.0) == 40


def test_a_refusal_says_when_it_works_again() -> None:
    rate = CommandRate(2, 1, 0.0)
    rate.take(0.0)
    refusal = rate.take(0.0)
    assert refusal is not None
    assert (refusal.code, refusal.temporary, refusal.retry_after_s) == ("rate_limited", True, 0.5)
    assert rate.take(0.5) is None


def test_who_goes_on_after_its_refusals_floods_and_who_slows_down_does_not() -> None:
    flood, slow = CommandRate(20, 40, 0.0), CommandRate(20, 40, 0.0)
    allowed(flood, 40 + 80, 0.0)
    assert not flood.flooded
    flood.take(0.0)
    assert flood.flooded
    for second in range(100):
        allowed(slow, 40, float(second))
    assert not slow.flooded
