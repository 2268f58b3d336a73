"""The first account: of whoever holds the link that the server prints, or with a password from the settings."""

from __future__ import annotations

import hmac
import secrets

from server.access import CONSOLE, Role
from server.auth.directory import Directory
from server.auth.names import normalise_name
from server.auth.passwords import Passwords, WeakPassword, check_new
from server.auth.records import Grant, User, Visitor
from server.auth.sign_ins import SignIns
from server.auth.traces import Traces
from server.clock import Clock
from server.errors import AppError, Forbidden, StartupError
from server.eventlog.audit import Audit

_TOKEN_B = 32
_FIRST_NAME = "admin"


class WrongSetupLink(Forbidden):
    """The link is not the one that this start of the server printed."""

    code = "wrong_setup_link"


class SetupDone(AppError):
    """There is an account already."""

    code = "setup_done"
    status = 409


class Setup:
    """Open only while there is no account. The link is another one after each start, and is never stored."""

    def __init__(
        self, directory: Directory, audit: Audit, clock: Clock, *, passwords: Passwords, sign_ins: SignIns
    ) -> None:
        self._directory = directory
        self._traces = Traces(audit)
        self._clock = clock
        self._passwords = passwords
        self._sign_ins = sign_ins
        self._token = secrets.token_urlsafe(_TOKEN_B)

    @property
    def needed(self) -> bool:
        """Whether nobody could sign in, for there is no account."""
        return not self._directory.users

    @property
    def token(self) -> str | None:
        """What the link has to hold, None when no set-up is needed."""
        return self._token if self.needed else None

    async def complete(self, token: str, name: str, password: str, *, visitor: Visitor) -> Grant:
        """Make the first administrator and sign them in.

        Raises:
            SetupDone: somebody was quicker, or it was done long ago.
            WrongSetupLink: `token` is not this start's.
            InvalidName, WeakPassword: the message says what is asked for.
        """
        if not self.needed:
            raise _done()
        if not hmac.compare_digest(token.encode("utf-8", "surrogatepass"), self._token.encode()):
            error = WrongSetupLink("This link does not count (any more). Use the one that the server printed last.")
            await self._traces.refused("setup", None, visitor, error)
            raise error
        name = normalise_name(name)
        await self._make(name, password, actor=name, visitor=visitor)
        return await self._sign_ins.begin(name, visitor=visitor, how="setup")

    async def from_password(self, password: str) -> None:
        """Make the administrator `admin` with this password when there is no account; do nothing otherwise.

        Raises:
            StartupError: the password would be guessed.
        """
        if not self.needed:
            return
        try:
            await self._make(_FIRST_NAME, password, actor=CONSOLE.id, visitor=Visitor())
        except WeakPassword as error:
            raise StartupError(f"PILOTHOUSE_ADMIN_PASSWORD: {error.message}") from None

    async def _make(self, name: str, password: str, *, actor: str, visitor: Visitor) -> None:
        check_new(password, name)
        known = await self._passwords.hash(password)
        async with self._directory.changing:
            if not self.needed:
                raise _done()
            await self._traces.done("setup", actor, visitor, target=name)
            await self._directory.put_user(
                User(name=name, role=Role.ADMIN, password=known, created_at=self._clock.now())
            )


def _done() -> SetupDone:
    return SetupDone("This server is set up already. Sign in.")
