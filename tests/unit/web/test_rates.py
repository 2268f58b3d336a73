"""What a client has left."""

from __future__ import annotations

from server.web.rates import Rate, WindowMemory, fields
from tests.fakes.clock import FakeClock


async def test_a_burst_passes_and_the_next_request_does_not() -> None:
    rate = Rate("api", 10, 20, FakeClock())
    assert [rate.take("a").allowed for _ in range(21)] == [True] * 20 + [False]


async def test_in_the_long_run_as_many_pass_as_the_rate_says() -> None:
    clock = FakeClock()
    rate = Rate("api", 10, 20, clock)
    passed = 0
    for _ in range(1000):
        passed += rate.take("a").allowed
        await clock.advance(0.02)
    assert 200 <= passed <= 220


async def test_one_client_takes_nothing_from_another() -> None:
    rate = Rate("api", 10, 1, FakeClock())
    rate.take("a")
    assert not rate.take("a").allowed
    assert rate.take("b").allowed


async def test_after_the_time_it_names_the_next_one_passes() -> None:
    clock = FakeClock()
    rate = Rate("api", 10, 3, clock)
    for _ in range(3):
        rate.take("a")
    refused = rate.take("a")
    await clock.advance(refused.reset_s)
    assert not refused.allowed
    assert rate.take("a").allowed


async def test_what_is_refused_does_not_lengthen_the_wait() -> None:
    clock = FakeClock()
    rate = Rate("api", 10, 3, clock)
    for _ in range(100):
        rate.take("a")
    await clock.advance(0.31)
    assert rate.take("a").allowed


async def test_a_rate_above_its_burst_and_a_fraction_are_kept() -> None:
    fast, slow = Rate("api", 1000, 2, FakeClock()).take("a"), Rate("api", 0.5, 1, FakeClock()).take("a")
    assert (fast.limit, fast.window_s) == (2, 0.002)
    assert (slow.limit, slow.window_s) == (1, 2)


async def test_the_headers_say_limit_window_rest_and_time() -> None:
    rate = Rate("api", 10, 20, FakeClock())
    rate.take("a")
    assert fields(rate.take("a")) == {"RateLimit-Policy": '"api";q=20;w=2', "RateLimit": '"api";r=18;t=2'}


async def test_those_who_are_idle_are_forgotten_and_there_are_never_too_many() -> None:
    clock = FakeClock()
    memory = WindowMemory(clock, most=100)
    for n in range(1000):
        memory.acquire_entry(f"busy {n}", 5, 1000)
        assert len(memory) <= 100
    await clock.advance(2)
    for n in range(100):
        memory.acquire_entry(f"late {n % 10}", 50, 1000)
    for n in range(90):
        memory.acquire_entry(f"other {n}", 5, 1000)
    assert memory.get("busy 999") == 0


async def test_who_comes_back_is_not_the_one_that_is_forgotten() -> None:
    memory = WindowMemory(FakeClock(), most=2)
    memory.acquire_entry("a", 1, 1000)
    memory.acquire_entry("b", 1, 1000)
    memory.acquire_entry("a", 1, 1000)
    memory.acquire_entry("c", 1, 1000)
    assert not memory.acquire_entry("a", 1, 1000)
    assert memory.acquire_entry("b", 1, 1000)
