"""How often somebody may guess, and that nobody is locked out by it."""

from __future__ import annotations

import asyncio

import pytest

from server.auth.throttle import (
    ACCOUNT_CAP_S,
    ADDRESS_CAP_S,
    FIRST_DELAY_S,
    FORGET_S,
    MOST_KEYS,
    WINDOW_S,
    Throttle,
    source,
)
from server.errors import RateLimited
from tests.fakes.clock import FakeClock

PER_MIN = 5


async def attempt(
    throttle: Throttle,
    *,
    right: bool = False,
    account: str | None = "ann",
    exists: bool = True,
    address: str | None = "192.0.2.1",
    device: str | None = None,
    known_address: bool = False,
) -> None:
    async with throttle.sign_in(
        account, exists=exists, address=address, device=device, known_address=known_address
    ) as one:
        if right:
            one.succeeded()
        else:
            one.failed()


async def wait_of(throttle: Throttle, **where: object) -> float:
    """How long an attempt has to wait now."""
    with pytest.raises(RateLimited) as caught:
        await attempt(throttle, **where)  # type: ignore[arg-type]
    assert caught.value.retry_after_s is not None
    return caught.value.retry_after_s


async def fail(throttle: Throttle, times: int, **where: object) -> None:
    for _ in range(times):
        await attempt(throttle, **where)  # type: ignore[arg-type]


async def test_five_failures_cost_nothing_and_the_next_has_to_wait(throttle: Throttle) -> None:
    await fail(throttle, PER_MIN)
    assert await wait_of(throttle) == FIRST_DELAY_S


async def test_failures_of_more_than_a_minute_ago_do_not_count(throttle: Throttle, clock: FakeClock) -> None:
    for _ in range(10):
        await fail(throttle, PER_MIN - 1)
        await clock.advance(WINDOW_S)


async def test_delay_of_an_address_doubles_up_to_a_quarter_of_an_hour(throttle: Throttle, clock: FakeClock) -> None:
    await fail(throttle, PER_MIN, account=None)
    waits = []
    for _ in range(8):
        waits.append(await wait_of(throttle, account=None))
        await clock.advance(waits[-1])
        await attempt(throttle, account=None)
    assert waits == [30, 60, 120, 240, 480, ADDRESS_CAP_S, ADDRESS_CAP_S, ADDRESS_CAP_S]


async def test_delay_of_an_account_is_never_more_than_a_minute(throttle: Throttle, clock: FakeClock) -> None:
    await fail(throttle, PER_MIN, address=None)
    waits = []
    for _ in range(4):
        waits.append(await wait_of(throttle, address=None))
        await clock.advance(waits[-1])
        await attempt(throttle, address=None)
    assert waits == [30, ACCOUNT_CAP_S, ACCOUNT_CAP_S, ACCOUNT_CAP_S]


async def test_delay_begins_anew_after_an_hour_of_quiet(throttle: Throttle, clock: FakeClock) -> None:
    await fail(throttle, PER_MIN, account=None)
    await clock.advance(FORGET_S + 1)
    await fail(throttle, PER_MIN, account=None)
    assert await wait_of(throttle, account=None) == FIRST_DELAY_S


async def test_many_addresses_that_guess_at_one_account_wait_together(throttle: Throttle) -> None:
    for number in range(PER_MIN):
        await attempt(throttle, address=f"198.51.100.{number}")
    assert await wait_of(throttle, address="203.0.113.1") == FIRST_DELAY_S


async def test_one_address_that_guesses_at_many_accounts_waits(throttle: Throttle) -> None:
    for number in range(PER_MIN):
        await attempt(throttle, account=f"user{number}")
    assert await wait_of(throttle, account="another") == FIRST_DELAY_S


async def test_names_of_nobody_wait_as_accounts_do(throttle: Throttle) -> None:
    for number in range(PER_MIN):
        await attempt(throttle, account="ghost", exists=False, address=f"198.51.100.{number}")
    assert await wait_of(throttle, account="ghost", exists=False, address="203.0.113.1") == FIRST_DELAY_S


async def test_other_accounts_and_addresses_are_not_touched(throttle: Throttle) -> None:
    await fail(throttle, PER_MIN)
    await attempt(throttle, account="bob", address="203.0.113.1")


async def test_one_ipv6_network_is_one_address(throttle: Throttle) -> None:
    for number in range(PER_MIN):
        await attempt(throttle, account=f"user{number}", address=f"2001:db8:1:2::{number}")
    await wait_of(throttle, account="another", address="2001:db8:1:2:ffff::1")
    await attempt(throttle, account="another", address="2001:db8:1:3::1")


async def test_stranger_cannot_lock_out_a_browser_that_signed_in_before(throttle: Throttle) -> None:
    for number in range(PER_MIN):
        await attempt(throttle, address=f"198.51.100.{number}")
    await wait_of(throttle, address="203.0.113.1")
    await attempt(throttle, address="203.0.113.1", device="phone", right=True)


async def test_stranger_at_the_same_address_cannot_lock_out_a_browser_that_signed_in_before(
    throttle: Throttle,
) -> None:
    await fail(throttle, PER_MIN)
    await wait_of(throttle)
    await attempt(throttle, device="phone", right=True)


async def test_stranger_cannot_lock_out_an_address_that_is_signed_in(throttle: Throttle) -> None:
    for number in range(PER_MIN):
        await attempt(throttle, address=f"198.51.100.{number}")
    await attempt(throttle, address="203.0.113.1", known_address=True, right=True)


async def test_browser_that_signed_in_before_may_not_guess_more_than_others(throttle: Throttle) -> None:
    await fail(throttle, PER_MIN, device="phone")
    assert await wait_of(throttle, device="phone") == FIRST_DELAY_S
    await attempt(throttle, device="desk")
    await attempt(throttle)


async def test_success_frees_its_address_but_not_the_account_under_attack(throttle: Throttle) -> None:
    await fail(throttle, PER_MIN - 1)
    await attempt(throttle, right=True)
    await fail(throttle, PER_MIN, account="bob")
    await attempt(throttle, address="203.0.113.1")
    assert await wait_of(throttle, address="203.0.113.2") == FIRST_DELAY_S


async def test_own_account_is_no_key_to_more_guesses_at_others(throttle: Throttle) -> None:
    await fail(throttle, PER_MIN - 1, account="ann")
    await attempt(throttle, account="mallory", right=True)
    await attempt(throttle, account="bob")
    assert await wait_of(throttle, account="carl") == FIRST_DELAY_S


async def test_success_ends_the_delays_of_whoever_only_mistyped(throttle: Throttle, clock: FakeClock) -> None:
    await fail(throttle, PER_MIN, device="phone")
    await clock.advance(FIRST_DELAY_S)
    await attempt(throttle, device="phone", right=True)
    await fail(throttle, PER_MIN, device="phone")
    assert await wait_of(throttle, device="phone") == FIRST_DELAY_S


async def test_success_frees_the_address_that_is_signed_in(throttle: Throttle) -> None:
    for _ in range(3):
        await fail(throttle, PER_MIN - 1, known_address=True)
        await attempt(throttle, known_address=True, right=True)


async def test_hundred_guesses_at_once_are_no_more_than_five(throttle: Throttle) -> None:
    let = asyncio.Event()
    tried = 0

    async def guess() -> None:
        nonlocal tried
        async with throttle.sign_in("ann", exists=True, address="192.0.2.1", device=None, known_address=False) as one:
            tried += 1
            await let.wait()
            one.failed()

    guesses = asyncio.gather(*(guess() for _ in range(100)), return_exceptions=True)
    await asyncio.sleep(0)
    let.set()
    ends = await guesses
    assert tried == PER_MIN
    assert sum(isinstance(end, RateLimited) for end in ends) == 100 - PER_MIN


async def test_hundred_that_are_right_at_once_all_come_in(throttle: Throttle) -> None:
    await asyncio.gather(*(attempt(throttle, right=True) for _ in range(100)))


async def test_more_than_can_wait_are_told_to_come_again(throttle: Throttle) -> None:
    let = asyncio.Event()

    async def slow() -> None:
        async with throttle.sign_in("ann", exists=True, address=None, device=None, known_address=False) as one:
            await let.wait()
            one.succeeded()

    all_of_them = asyncio.gather(*(slow() for _ in range(300)), return_exceptions=True)
    await asyncio.sleep(0)
    assert await wait_of(throttle, address=None) == 1
    let.set()
    ends = await all_of_them
    assert sum(isinstance(end, RateLimited) for end in ends) == 300 - 256 - PER_MIN


async def test_after_a_delay_one_at_a_time_is_let_through(throttle: Throttle, clock: FakeClock) -> None:
    await fail(throttle, PER_MIN)
    await clock.advance(FIRST_DELAY_S)
    ends = await asyncio.gather(*(attempt(throttle) for _ in range(10)), return_exceptions=True)
    assert [type(end) for end in ends].count(RateLimited) == 9


async def test_attempt_whose_end_nobody_knows_does_not_count(throttle: Throttle) -> None:
    for _ in range(50):
        with pytest.raises(OSError, match="disk"):
            async with throttle.sign_in("ann", exists=True, address="192.0.2.1", device=None, known_address=False):
                raise OSError("disk")
    await attempt(throttle, right=True)


async def test_limit_of_zero_lets_everything_through(clock: FakeClock) -> None:
    await fail(Throttle(clock, per_min=0), 100)


async def test_limit_of_one_makes_the_second_wait(clock: FakeClock) -> None:
    throttle = Throttle(clock, per_min=1)
    await attempt(throttle)
    assert await wait_of(throttle) == FIRST_DELAY_S


async def test_made_up_names_take_a_bounded_memory_and_push_out_no_account(clock: FakeClock) -> None:
    throttle = Throttle(clock, per_min=1)
    await attempt(throttle, address=None)
    for number in range(MOST_KEYS + 10):
        await attempt(throttle, account=f"x{number}", exists=False, address=None)
    assert await wait_of(throttle, address=None) == FIRST_DELAY_S
    await attempt(throttle, account="x0", exists=False, address=None)
    await wait_of(throttle, account=f"x{MOST_KEYS + 9}", exists=False, address=None)


async def test_password_that_is_asked_for_again_has_a_count_of_its_own(throttle: Throttle) -> None:
    for _ in range(PER_MIN):
        async with throttle.confirm("ann", "L") as one:
            one.failed()
    with pytest.raises(RateLimited):
        async with throttle.confirm("ann", "L"):
            pass
    async with throttle.confirm("ann", "M") as other:
        other.succeeded()
    await attempt(throttle)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        (None, None),
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "20010db800000000/64"),
        ("fe80::1%eth0", "fe80000000000000/64"),
        ("no address " + "x" * 100, "no address " + "x" * 53),
    ],
)
def test_place_on_the_network_of_an_address(address: str | None, place: str | None) -> None:
    assert source(address) == place
