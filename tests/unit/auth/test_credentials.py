"""Name, password and second factor: who is let in, what the others are told, and what the trail says of them."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from server.auth.credentials import Credentials, SecondFactorRequired, WrongCredentials
from server.auth.devices import Devices
from server.auth.directory import Directory
from server.auth.passwords import Passwords
from server.auth.records import Login, Visitor
from server.errors import AppError, RateLimited, TooBusy, Unauthenticated
from tests.fakes.clock import FakeClock
from tests.fakes.log import HandledLog
from tests.fakes.passwords import CountingHasher
from tests.fakes.second_factor import CODE, FakeSecondFactor
from tests.unit.auth.conftest import ATTEMPTS_PER_MIN, ELSEWHERE, HOME, PASSWORD, AddPerson, AddUser, Trail


async def refusal(
    credentials: Credentials, name: str, password: str, code: str | None = None, visitor: Visitor = HOME
) -> AppError:
    with pytest.raises(AppError) as caught:
        await credentials.check(name, password, code, visitor=visitor)
    return caught.value


async def test_name_and_password_find_their_account(credentials: Credentials, add_person: AddPerson) -> None:
    await add_person("ann")
    assert (await credentials.check("Ann", PASSWORD, None, visitor=HOME)).name == "ann"


async def test_nobody_is_told_why_they_are_not_let_in_and_the_trail_knows(
    credentials: Credentials, add_person: AddPerson, add_user: AddUser, trail: Trail, hasher: CountingHasher
) -> None:
    ann = await add_person("ann")
    await add_person("bob", disabled=True)
    await add_user("carl")
    given = [("ann", "wrong"), ("bob", PASSWORD), ("carl", PASSWORD), ("ghost", PASSWORD)]
    told = [await refusal(credentials, name, password) for name, password in given]
    assert {(type(error), error.message, error.retry_after_s) for error in told} == {
        (WrongCredentials, "The name or the password is wrong.", None)
    }
    assert [(one.actor, one.outcome, one.code, one.detail["reason"]) for one in await trail()] == [
        ("ann", "refused", "wrong_credentials", "wrong password"),
        ("bob", "refused", "wrong_credentials", "disabled account"),
        ("carl", "refused", "wrong_credentials", "account without a password"),
        (None, "refused", "wrong_credentials", "no such account"),
    ]
    assert len(hasher.verified) == 4
    assert hasher.verified[0] == ann.password
    # The other three were compared with one and the same hash of nothing, which is as much work.
    assert len(set(hasher.verified[1:])) == 1


async def test_names_that_no_account_can_have_are_as_much_work_as_others(
    credentials: Credentials, hasher: CountingHasher
) -> None:
    for name in ("", "a" * 100_000, "аnn", "\ud800", "local"):
        assert isinstance(await refusal(credentials, name, PASSWORD), WrongCredentials)
    assert len(hasher.verified) == 5


@pytest.mark.parametrize("typed", ["My Secret Pass!", "hunter2hunter2"])
async def test_password_typed_into_the_field_of_the_name_is_not_written_down(
    credentials: Credentials, trail: Trail, typed: str
) -> None:
    await refusal(credentials, typed, "x")
    (entry,) = await trail()
    assert entry.actor is None
    assert entry.detail == {"reason": "no such account"}
    assert (entry.address, entry.agent) == (HOME.address, HOME.agent)


async def test_second_factor_is_asked_for_only_after_the_right_password(
    credentials: Credentials, add_person: AddPerson, second_factor: FakeSecondFactor, trail: Trail
) -> None:
    await add_person("ann", totp=b"sealed")
    assert isinstance(await refusal(credentials, "ann", "wrong", CODE), WrongCredentials)
    assert isinstance(await refusal(credentials, "ann", "wrong"), WrongCredentials)
    assert second_factor.asked == []
    assert isinstance(await refusal(credentials, "ann", PASSWORD), SecondFactorRequired)
    assert (await credentials.check("ann", PASSWORD, CODE, visitor=HOME)).name == "ann"
    assert second_factor.asked == ["ann"]
    assert (await trail())[-1].code == "second_factor_required"


async def test_wrong_code_counts_as_a_failure_and_leaves_a_trace(
    credentials: Credentials, add_person: AddPerson, trail: Trail
) -> None:
    await add_person("ann", totp=b"sealed")
    for _ in range(ATTEMPTS_PER_MIN):
        assert (await refusal(credentials, "ann", PASSWORD, "000000")).code == "wrong_code"
    assert isinstance(await refusal(credentials, "ann", PASSWORD, CODE), RateLimited)
    assert [one.code for one in await trail()] == ["wrong_code", "rate_limited"]


async def test_being_asked_for_the_second_factor_is_no_failure(credentials: Credentials, add_person: AddPerson) -> None:
    await add_person("ann", totp=b"sealed")
    for _ in range(ATTEMPTS_PER_MIN + 1):
        await refusal(credentials, "ann", PASSWORD)
    await credentials.check("ann", PASSWORD, CODE, visitor=HOME)


async def test_code_of_an_account_without_second_factor_is_not_looked_at(
    credentials: Credentials, add_person: AddPerson
) -> None:
    await add_person("ann")
    await credentials.check("ann", PASSWORD, "anything", visitor=HOME)


async def test_guessing_ends_before_the_slow_comparison(
    credentials: Credentials, add_person: AddPerson, hasher: CountingHasher
) -> None:
    await add_person("ann")
    ends = await asyncio.gather(
        *(credentials.check("ann", f"guess {number}", None, visitor=HOME) for number in range(30)),
        return_exceptions=True,
    )
    assert len(hasher.verified) == ATTEMPTS_PER_MIN
    assert [type(end) for end in ends].count(RateLimited) == 30 - ATTEMPTS_PER_MIN


async def test_right_password_does_not_help_while_the_address_has_to_wait(
    credentials: Credentials, add_person: AddPerson
) -> None:
    await add_person("ann")
    for _ in range(ATTEMPTS_PER_MIN):
        await refusal(credentials, "ann", "wrong")
    error = await refusal(credentials, "ann", PASSWORD)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 30


async def test_guessing_at_an_account_locks_neither_its_browser_nor_its_address_out(
    credentials: Credentials, add_person: AddPerson, directory: Directory, devices: Devices, clock: FakeClock
) -> None:
    await add_person("ann")
    now = clock.now()
    await directory.put_login(
        Login(
            id="L",
            user="ann",
            generation=1,
            created_at=now,
            refreshed_at=now,
            expires_at=now + 60,
            address=HOME.address,
            agent=None,
        )
    )
    for _ in range(ATTEMPTS_PER_MIN):
        await refusal(credentials, "ann", "wrong", visitor=ELSEWHERE)
    third = Visitor(address="203.0.113.1")
    assert isinstance(await refusal(credentials, "ann", PASSWORD, visitor=third), RateLimited)
    await credentials.check("ann", PASSWORD, None, visitor=HOME)
    for visitor in (ELSEWHERE, third):
        device = Visitor(address=visitor.address, device=devices.issue("ann"))
        await credentials.check("ann", PASSWORD, None, visitor=device)


async def test_who_signs_in_after_all_may_mistype_again(credentials: Credentials, add_person: AddPerson) -> None:
    await add_person("ann")
    await add_person("bob")
    for name in ("ann", "bob"):
        for _ in range(ATTEMPTS_PER_MIN - 1):
            await refusal(credentials, name, "wrong")
        await credentials.check(name, PASSWORD, None, visitor=HOME)


async def test_device_of_another_account_helps_nobody(
    credentials: Credentials, add_person: AddPerson, devices: Devices
) -> None:
    await add_person("ann")
    mallory = Visitor(address=ELSEWHERE.address, device=devices.issue("mallory"))
    for _ in range(ATTEMPTS_PER_MIN):
        await refusal(credentials, "ann", "wrong", visitor=mallory)
    assert isinstance(await refusal(credentials, "ann", "wrong", visitor=mallory), RateLimited)


async def test_address_whose_sign_in_is_over_is_a_stranger(
    credentials: Credentials, add_person: AddPerson, directory: Directory, clock: FakeClock
) -> None:
    await add_person("ann")
    now = clock.now()
    await directory.put_login(
        Login(
            id="L",
            user="ann",
            generation=1,
            created_at=now - 60,
            refreshed_at=now - 60,
            expires_at=now,
            address=HOME.address,
            agent=None,
        )
    )
    for _ in range(ATTEMPTS_PER_MIN):
        await refusal(credentials, "ann", "wrong", visitor=ELSEWHERE)
    assert isinstance(await refusal(credentials, "ann", PASSWORD), RateLimited)


async def test_hash_of_old_parameters_is_renewed_at_the_sign_in(
    credentials: Credentials, add_user: AddUser, directory: Directory, passwords: Passwords
) -> None:
    old = CountingHasher(time_cost=2).hash(PASSWORD)
    await add_user("ann", password=old)
    user = await credentials.check("ann", PASSWORD, None, visitor=HOME)
    assert user == directory.users["ann"]
    assert user.password not in (None, old)
    assert not passwords.is_outdated(user.password or "")
    assert (await credentials.check("ann", PASSWORD, None, visitor=HOME)).password == user.password


async def test_account_is_returned_as_it_was_when_its_password_was_looked_at(
    credentials: Credentials, add_person: AddPerson, directory: Directory, hasher: CountingHasher
) -> None:
    ann = await add_person("ann")
    hasher.held.clear()
    checking = asyncio.gather(credentials.check("ann", PASSWORD, None, visitor=HOME))
    await asyncio.sleep(0)
    await directory.put_user(msgspec.structs.replace(ann, password="another hash"))
    hasher.held.set()
    (checked,) = await checking
    assert checked == ann


async def test_too_many_sign_ins_at_once_count_as_no_failure(
    credentials: Credentials, add_person: AddPerson, passwords: Passwords, hasher: CountingHasher
) -> None:
    await add_person("ann")
    hasher.held.clear()
    busy = asyncio.gather(*(passwords.verify(None, "x") for _ in range(34)))
    await asyncio.sleep(0)
    for _ in range(ATTEMPTS_PER_MIN + 1):
        assert isinstance(await refusal(credentials, "ann", PASSWORD), TooBusy)
    hasher.held.set()
    await busy
    await credentials.check("ann", PASSWORD, None, visitor=HOME)


async def test_trail_that_cannot_be_written_still_refuses(
    credentials: Credentials, add_person: AddPerson, log: HandledLog
) -> None:
    await add_person("ann")
    log.full = True
    error = await refusal(credentials, "ann", "wrong")
    log.full = False
    assert isinstance(error, Unauthenticated)
