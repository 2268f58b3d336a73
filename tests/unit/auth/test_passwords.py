"""Slow hashes, in threads of their own."""

from __future__ import annotations

import asyncio
import threading

import pytest
from argon2 import extract_parameters

from server.auth.passwords import Passwords, WeakPassword, check_new
from server.errors import TooBusy
from tests.fakes.passwords import CountingHasher


async def test_right_password_matches_and_a_wrong_one_does_not(passwords: Passwords) -> None:
    known = await passwords.hash("correct horse")
    assert await passwords.verify(known, "correct horse")
    assert not await passwords.verify(known, "correct horsf")


async def test_new_hashes_have_the_least_that_owasp_asks_for() -> None:
    passwords = Passwords()
    parameters = extract_parameters(await passwords.hash("correct horse"))
    passwords.close()
    assert parameters.type.name == "ID"
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19 * 1024, 2, 1)


async def test_account_that_is_not_there_is_as_much_work_as_one_that_is(
    passwords: Passwords, hasher: CountingHasher
) -> None:
    known = await passwords.hash("correct horse")
    assert not await passwords.verify(None, "correct horse")
    (compared,) = hasher.verified
    assert extract_parameters(compared) == extract_parameters(known)


async def test_hash_of_nothing_is_another_one_in_each_process() -> None:
    hashers = [CountingHasher(), CountingHasher()]
    for hasher in hashers:
        passwords = Passwords(hasher)
        await passwords.verify(None, "anything")
        passwords.close()
    assert hashers[0].verified != hashers[1].verified


async def test_hash_that_was_damaged_matches_nothing(passwords: Passwords) -> None:
    for damaged in ("", "x", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"):
        assert not await passwords.verify(damaged, "correct horse")


@pytest.mark.parametrize(
    "password", ["\ud800 half of a pair", "a\x00b and more", "", "x" * 100_000, "비밀번호 아주 긴 것"]
)
async def test_any_text_can_be_a_password(passwords: Passwords, password: str) -> None:
    assert await passwords.verify(await passwords.hash(password), password)
    assert not await passwords.verify(await passwords.hash(password), password + "!")


async def test_what_follows_a_null_character_counts(passwords: Passwords) -> None:
    assert not await passwords.verify(await passwords.hash("same\x00one"), "same\x00two")


async def test_same_letters_match_whatever_form_they_come_in(passwords: Passwords) -> None:
    assert await passwords.verify(await passwords.hash("caf\u00e9 au lait"), "cafe\u0301 au lait")


async def test_hash_of_other_parameters_is_outdated() -> None:
    old, new = Passwords(CountingHasher()), Passwords(CountingHasher(time_cost=2))
    known = await old.hash("correct horse")
    assert await new.verify(known, "correct horse")
    assert new.is_outdated(known)
    assert not new.is_outdated(await new.hash("correct horse"))
    old.close()
    new.close()


async def test_two_are_compared_at_once_and_never_on_the_loop(passwords: Passwords, hasher: CountingHasher) -> None:
    known = await passwords.hash("correct horse")
    found = await asyncio.gather(*(passwords.verify(known, "correct horse") for _ in range(20)))
    assert found == [True] * 20
    assert hasher.most_at_once <= 2
    assert threading.get_ident() not in hasher.threads


async def test_who_comes_when_thirty_two_wait_is_told_to_try_again(
    passwords: Passwords, hasher: CountingHasher
) -> None:
    hasher.held.clear()
    waiting = [asyncio.ensure_future(passwords.verify(None, "x")) for _ in range(34)]  # noqa: TID251
    await asyncio.sleep(0)
    with pytest.raises(TooBusy) as caught:
        await passwords.verify(None, "x")
    assert caught.value.retry_after_s == 2
    hasher.held.set()
    assert await asyncio.gather(*waiting) == [False] * 34
    assert not await passwords.verify(None, "x")


async def test_who_gives_up_waiting_leaves_their_place(passwords: Passwords, hasher: CountingHasher) -> None:
    hasher.held.clear()
    waiting = [asyncio.ensure_future(passwords.verify(None, "x")) for _ in range(34)]  # noqa: TID251
    await asyncio.sleep(0)
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    hasher.held.set()
    assert not await passwords.verify(None, "x")


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("", "too short"),
        ("123456789", "too short"),
        ("\u0065\u0301" * 9, "too short"),
        ("x" * 1025, "too long"),
        ("가" * 342, "too long"),
        ("\ud800" * 342, "too long"),
        ("x" * 1_000_000, "too long"),
        ("aaaaaaaaaaaa", "over and over"),
        ("aAaAaAaAaAaA", "over and over"),
        ("annabellelee", "name of the account"),
        ("AnnabelleLee", "name of the account"),
        ("Password123", "tried first"),
        ("qwertyuiop", "tried first"),
    ],
)
def test_password_that_would_be_guessed_is_refused(password: str, told: str) -> None:
    with pytest.raises(WeakPassword, match=told) as caught:
        check_new(password, "annabellelee")
    assert not password or password not in caught.value.message


@pytest.mark.parametrize("password", ["abcdefghi1", "비밀번호열글자입니다요", "x" * 1023 + "y", "\ud800123456789"])
def test_password_of_ten_characters_up_to_1024_bytes_is_taken(password: str) -> None:
    check_new(password, "ann")
