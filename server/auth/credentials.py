"""Whether a name, a password and a code are somebody's: slowly, not too often, and with a trace of every refusal."""

from __future__ import annotations

import contextlib
from typing import Protocol

import msgspec

from server.auth.devices import Devices
from server.auth.directory import Directory
from server.auth.names import known_name
from server.auth.passwords import Passwords
from server.auth.records import User, Visitor
from server.auth.throttle import Attempt, Throttle, source
from server.auth.traces import Traces
from server.clock import Clock
from server.errors import RateLimited, TooBusy, Unauthenticated
from server.eventlog.audit import Audit


class WrongCredentials(Unauthenticated):
    """No account with this name, or not its password, or it may not sign in: nobody is told which."""

    code = "wrong_credentials"


class SecondFactorRequired(Unauthenticated):
    """The password was right; the account has a second factor as well."""

    code = "second_factor_required"


class SecondFactor(Protocol):
    """What is needed of `SecondFactors`."""

    async def check(self, user: User, code: str) -> None:
        """Raises Unauthenticated (`wrong_code`) when `code` is not the one of now, RateLimited after too many."""
        ...


class Credentials:
    """Asks for the password first and for the second factor only after the right one."""

    def __init__(
        self,
        directory: Directory,
        audit: Audit,
        clock: Clock,
        *,
        passwords: Passwords,
        second_factor: SecondFactor,
        throttle: Throttle,
        devices: Devices,
    ) -> None:
        self._directory = directory
        self._traces = Traces(audit)
        self._clock = clock
        self._passwords = passwords
        self._second_factor = second_factor
        self._throttle = throttle
        self._devices = devices

    async def check(self, name: str, password: str, code: str | None, *, visitor: Visitor) -> User:
        """Return the account that these belong to, as it was when its password was looked at.

        Raises:
            WrongCredentials: they belong to none that may sign in. Which accounts there are cannot be told from it, nor
                from the time that it takes.
            SecondFactorRequired: `code` is missing.
            Unauthenticated (`wrong_code`): `code` is wrong.
            RateLimited, TooBusy: not now.
        """
        account = known_name(name)
        # Written down only when there is such an account: people type their password into the field above.
        named = account if account in self._directory.users else None
        try:
            async with self._throttle.sign_in(
                account,
                exists=account in self._directory.users,
                address=visitor.address,
                device=None if account is None else self._devices.known(account, visitor.device),
                known_address=account is not None and self._is_signed_in_from(account, visitor.address),
            ) as attempt:
                user = await self._matching(named, password, visitor, attempt)
                if user.totp is not None:
                    await self._check_code(user, code, visitor, attempt)
                attempt.succeeded()
        except RateLimited as error:
            await self._traces.refused("sign_in", named, visitor, error)
            raise
        return await self._with_fresh_hash(user, password)

    async def _matching(self, named: str | None, password: str, visitor: Visitor, attempt: Attempt) -> User:
        user = None if named is None else self._directory.users.get(named)
        known = None if user is None or user.disabled else user.password
        if await self._passwords.verify(known, password) and user is not None:
            return user
        attempt.failed()
        error = WrongCredentials("The name or the password is wrong.")
        await self._traces.refused("sign_in", named, visitor, error, reason=_reason(user))
        raise error

    async def _check_code(self, user: User, code: str | None, visitor: Visitor, attempt: Attempt) -> None:
        if code is None:
            required = SecondFactorRequired("Enter the code of your authenticator app, or a recovery code.")
            await self._traces.refused("sign_in", user.name, visitor, required)
            raise required
        try:
            await self._second_factor.check(user, code)
        except Unauthenticated as error:
            attempt.failed()
            await self._traces.refused("sign_in", user.name, visitor, error)
            raise

    async def _with_fresh_hash(self, user: User, password: str) -> User:
        """Hash the password again where its hash is weaker than new ones are: only now is it known."""
        if user.password is None or not self._passwords.is_outdated(user.password):
            return user
        with contextlib.suppress(TooBusy):  # At the next sign-in, then.
            fresh = await self._passwords.hash(password)
            async with self._directory.changing:
                now = self._directory.users[user.name]
                if now.password == user.password:
                    user = msgspec.structs.replace(now, password=fresh)
                    await self._directory.put_user(user)
        return user

    def _is_signed_in_from(self, account: str, address: str | None) -> bool:
        now, place = self._clock.now(), source(address)
        return place is not None and any(
            login.expires_at > now and source(login.address) == place for login in self._directory.logins_of(account)
        )


def _reason(user: User | None) -> str:
    if user is None:
        return "no such account"
    if user.disabled:
        return "disabled account"
    return "wrong password" if user.password is not None else "account without a password"
