"""Passwords: slow hashes that are made and compared in threads of their own, and what a new one must be like."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from server.errors import AppError, Forbidden, TooBusy

T = TypeVar("T")

# The least that OWASP's password storage cheat sheet asks of argon2id. More would let a handful of sign-ins at once
# take a small host's memory.
_MEMORY_KIB, _ROUNDS, _LANES = 19 * 1024, 2, 1
_AT_ONCE = 2
_MOST_WAITING = 32

LEAST_CHARACTERS = 10
MOST_BYTES = 1024

# Those of the lists that attackers try first which are long enough to pass otherwise.
_COMMON_TEXT = """
    1234567890 0123456789 0987654321 12345678910 123456789a 1234567891 1q2w3e4r5t 1qaz2wsx3edc q1w2e3r4t5
    qwertyuiop qwerty12345 qwerty123456 qwertyuiop123 asdfghjkl1 asdfghjkl123 password12 password123
    password1234 password12345 passw0rd123 p@ssw0rd123 p@ssword123 passwordpassword mypassword mypassword123
    administrator adminadmin admin12345 admin123456 administrator1 changeme123 changeme1234 letmein123
    letmeinnow welcome123 welcome1234 iloveyou123 iloveyou12 sunshine123 football123 baseball123 princess123
    superman123 trustno1trustno1 abcdefghij abcdefghijk abc1234567 abcd123456 a123456789 aa12345678 pilothouse
    pilothouse1 pilothouse123 dockerdocker docker12345 containers containers1
"""
_COMMON = frozenset(_COMMON_TEXT.split())


class WeakPassword(AppError):
    """It would be guessed, or cannot be taken."""

    code = "weak_password"
    status = 400


class WrongPassword(Forbidden):
    """The password that was asked for again is not the account's."""

    code = "wrong_password"


class NoPassword(AppError):
    """The account signs in through the provider and has no password of its own."""

    code = "no_password"
    status = 409


class Passwords:
    """Hashes with argon2id, two at a time. At most 32 wait for that; whoever comes then is told to try again."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """`hasher`: argon2id with the parameters that new hashes have."""
        self._hasher = hasher or PasswordHasher(time_cost=_ROUNDS, memory_cost=_MEMORY_KIB, parallelism=_LANES)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="passwords")
        self._begun = 0
        self._nobody = _hash_of_nothing(self._hasher)

    def close(self) -> None:
        """End the threads when they have done what they are at. Later calls raise RuntimeError."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """Return a new hash of `password`.

        Raises:
            TooBusy: too many wait already.
        """
        return await self._in_thread(lambda: self._hasher.hash(_bytes(password)))

    async def verify(self, known: str | None, password: str) -> bool:
        """Whether `password` is the one that the hash `known` was made of. None, for an account that is not there or
        has no password, is as much work, and never true.

        Raises:
            TooBusy: too many wait already.
        """
        return await self._in_thread(lambda: self._matches(self._nobody if known is None else known, password))

    def is_outdated(self, known: str) -> bool:
        """Whether `known` was made with other parameters than new hashes are."""
        return self._hasher.check_needs_rehash(known)

    def _matches(self, known: str, password: str) -> bool:
        try:
            return self._hasher.verify(known, _bytes(password))
        except (Argon2Error, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._begun >= _AT_ONCE + _MOST_WAITING:
            raise TooBusy("Many people sign in at this moment. Try again in some seconds.", retry_after_s=2)
        self._begun += 1
        loop = asyncio.get_running_loop()
        future: Future[T] = self._threads.submit(work)
        # Counted until the thread is done with it, also when whoever asked has gone.
        future.add_done_callback(lambda _: _soon(loop, self._ended))
        return await asyncio.wrap_future(future)

    def _ended(self) -> None:
        self._begun -= 1


def check_new(password: str, name: str) -> None:
    """Do nothing if `password` may be that of the account `name`.

    Raises:
        WeakPassword: it has fewer than 10 characters or more than 1024 bytes, or is among the first to be guessed.
    """
    text = unicodedata.normalize("NFC", password[: MOST_BYTES + 1])
    if len(_bytes(password[: MOST_BYTES + 1])) > MOST_BYTES:
        raise WeakPassword(f"This password is too long: at most {MOST_BYTES} bytes.")
    if len(text) < LEAST_CHARACTERS:
        raise WeakPassword(f"This password is too short: at least {LEAST_CHARACTERS} characters.")
    folded = text.casefold()
    if len(set(folded)) == 1:
        raise WeakPassword("This password is one character over and over. Choose another one.")
    if folded == name.casefold():
        raise WeakPassword("This password is the name of the account. Choose another one.")
    if folded in _COMMON:
        raise WeakPassword("This password is one of those that are tried first. Choose another one.")


def _bytes(password: str) -> bytes:
    # The same letters come in more than one form, depending on the system they were typed on (RFC 8265, section 4.2).
    # A half of a surrogate pair is no text, but no reason to fail either.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """A hash with the parameters of `hasher` that no password is known for: comparing with it takes as long."""
    salt, digest = (
        base64.b64encode(os.urandom(length)).rstrip(b"=").decode() for length in (hasher.salt_len, hasher.hash_len)
    )
    parameters = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${parameters}${salt}${digest}"


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # The loop has ended, and with it all that counts.
        loop.call_soon_threadsafe(call)
