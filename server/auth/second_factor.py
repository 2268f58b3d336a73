"""The second factor of an account: setting it up, asking for it, taking it away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import msgspec

from server.access import Permission, Principal, require
from server.auth import totp
from server.auth.attempts import Attempts
from server.auth.directory import Directory
from server.auth.passwords import NoPassword, WrongPassword
from server.auth.records import User
from server.auth.vault import BrokenSeal, Vault
from server.clock import Clock
from server.errors import AppError, Unauthenticated
from server.eventlog.audit import Audit, told_of
from server.protocol.events import AuditAction
from server.protocol.identity import RecoveryCodes, TotpSetup

PURPOSE = "totp"
SETUP_S = 600.0
MOST_SETUPS = 1000

Verify = Callable[[str | None, str], Awaitable[bool]]
"""Whether a password is the one that a hash was made of."""


class WrongCode(Unauthenticated):
    """Neither the code of now nor a recovery code that is left, or it was used before."""

    code = "wrong_code"


class SecondFactorActive(AppError):
    code = "second_factor_active"
    status = 409


class SecondFactorMissing(AppError):
    """There is none, or none that waits for its first code."""

    code = "second_factor_missing"
    status = 409


@dataclass(frozen=True, slots=True)
class _Setup:
    """Shown to its owner and not yet confirmed. `until` is monotonic time."""

    secret: str = field(repr=False)
    until: float


class SecondFactors:
    """What has begun is kept in memory only: an unconfirmed secret is worth nothing, and a restart begins anew."""

    def __init__(
        self,
        directory: Directory,
        vault: Vault,
        audit: Audit,
        clock: Clock,
        verify: Verify,
        *,
        most_setups: int = MOST_SETUPS,
    ) -> None:
        self._directory = directory
        self._vault = vault
        self._audit = audit
        self._clock = clock
        self._verify = verify
        self._codes = Attempts(clock)
        self._passwords = Attempts(clock)
        self._verifying = asyncio.Lock()
        self._most_setups = most_setups
        # By account. The oldest one goes when there are as many as there may be.
        self._setups: dict[str, _Setup] = {}

    async def begin(self, by: Principal, password: str | None) -> TotpSetup:
        """Return a new secret for the app of the one who asks. It is in force once `confirm` has seen a code of it.

        Raises:
            SecondFactorActive: they have one already.
            WrongPassword, NoPassword, RateLimited: `password` is not theirs; None is right only for who has none.
        """
        user = self._user(by)
        if user.totp is not None:
            raise SecondFactorActive("You have a second factor already. Remove it first to set up another one.")
        await self._check_password(by, user, password, "second_factor_enabled")
        secret = totp.new_secret()
        now_s = self._clock.monotonic()
        self._setups.pop(user.name, None)
        self._setups = {name: one for name, one in self._setups.items() if one.until > now_s}
        if len(self._setups) >= self._most_setups:
            del self._setups[next(iter(self._setups))]
        self._setups[user.name] = _Setup(secret, now_s + SETUP_S)
        uri = totp.uri(secret, user.name)
        return TotpSetup(secret=secret, uri=uri, qr=await asyncio.to_thread(totp.qr, uri))

    async def confirm(self, by: Principal, code: str) -> RecoveryCodes:
        """Put the secret that was begun in force and return the recovery codes, which cannot be shown again.

        Raises:
            SecondFactorMissing: nothing was begun in the last 10 minutes.
            WrongCode, RateLimited: `code` is not of that secret and of now.
        """
        async with self._directory.changing:
            user = self._user(by)
            setup = self._setups.get(user.name)
            if setup is None or setup.until <= self._clock.monotonic() or user.totp is not None:
                raise SecondFactorMissing("There is nothing to confirm. Begin with a new secret.")
            self._codes.check(user.name)
            step = totp.matching_step(setup.secret, code, self._clock.now(), after=0)
            if step is None:
                error = self._wrong(user)
                await self._refused(by, "second_factor_enabled", error)
                raise error
            codes = totp.new_recovery_codes()
            sealed = self._vault.seal(setup.secret.encode(), purpose=PURPOSE, owner=user.name)
            hashes = tuple(totp.recovery_hash(one) for one in codes)
            await self._record(by, "second_factor_enabled")
            await self._directory.put_user(msgspec.structs.replace(user, totp=sealed, totp_step=step, recovery=hashes))
            self._setups.pop(user.name, None)
        return RecoveryCodes(codes)

    async def remove(self, by: Principal, password: str | None) -> None:
        """Have the one who asks sign in without a second factor from now on.

        Raises:
            SecondFactorMissing: they have none.
            WrongPassword, NoPassword, RateLimited: as `begin`.
        """
        user = self._user(by)
        if user.totp is None:
            raise SecondFactorMissing("You have no second factor.")
        await self._check_password(by, user, password, "second_factor_disabled")
        async with self._directory.changing:
            await self._record(by, "second_factor_disabled")
            user = self._user(by)
            await self._directory.put_user(msgspec.structs.replace(user, totp=None, totp_step=0, recovery=()))

    async def check(self, user: User, code: str) -> None:
        """Do nothing if `code` is the one of now, or a recovery code; it is used up by this.

        Call it after the password was right, and without holding `directory.changing`.

        Raises:
            WrongCode: it is not, or it was used before.
            RateLimited: too many were wrong. A recovery code still works: it cannot be guessed, and whoever stole the
                password cannot keep its owner out.
        """
        async with self._directory.changing:
            # As it is now: another sign-in may have used this very code since.
            user = self._directory.users[user.name]
            if user.totp is None:
                return
            recovery = totp.without(user.recovery, code)
            if recovery is not None:
                await self._directory.put_user(msgspec.structs.replace(user, recovery=recovery))
                return
            self._codes.check(user.name)
            step = totp.matching_step(self._secret(user, user.totp), code, self._clock.now(), after=user.totp_step)
            if step is None:
                raise self._wrong(user)
            await self._directory.put_user(msgspec.structs.replace(user, totp_step=step))

    def _user(self, by: Principal) -> User:
        require(by, Permission.ACCOUNT)
        assert by.user is not None  # noqa: S101 - what the permission says
        return self._directory.users[by.user]

    def _secret(self, user: User, sealed: bytes) -> str:
        try:
            return self._vault.unseal(sealed, purpose=PURPOSE, owner=user.name).decode()
        except BrokenSeal:
            raise WrongCode(
                "The second factor cannot be read: the server's secrets file is another one. "
                "Use a recovery code, or have an administrator remove the second factor."
            ) from None

    def _wrong(self, user: User) -> WrongCode:
        self._codes.note_wrong(user.name)
        return WrongCode("This code is wrong, or was used already. Wait for the next one.")

    async def _check_password(self, by: Principal, user: User, password: str | None, action: AuditAction) -> None:
        """Whoever sits down at a browser that somebody left open must not be able to change what protects them."""
        if user.password is None:
            if password is not None:
                raise NoPassword("Your account has no password: leave it out.")
            return
        # One at a time: a hundred asked at once would all be looked at before the first is counted.
        async with self._verifying:
            self._passwords.check(user.name)
            if password is None or not await self._verify(user.password, password):
                self._passwords.note_wrong(user.name)
                error = WrongPassword("This is not your password.")
                await self._refused(by, action, error)
                raise error

    async def _record(self, by: Principal, action: AuditAction) -> None:
        await self._audit.record(told_of(by, action, target=by.user))

    async def _refused(self, by: Principal, action: AuditAction, error: AppError) -> None:
        error.audited = True
        await self._audit.refused(told_of(by, action, target=by.user, error=error))
