"""Signing in, staying signed in, signing out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from server.access import Permission, Principal, require
from server.auth.access_tokens import AccessTokens
from server.auth.credentials import Credentials, WrongCredentials
from server.auth.devices import Devices
from server.auth.directory import Directory
from server.auth.records import Grant, Login, User, Visitor
from server.auth.refresh_tokens import Refresh, RefreshTokens
from server.auth.traces import Traces, clean
from server.clock import Clock, rfc3339
from server.errors import NotFound, Unauthenticated
from server.eventlog.audit import Audit
from server.ids import new_id
from server.protocol.identity import LoginList, LoginView

IDLE_S = 30 * 24 * 3600.0
LONGEST_S = 90 * 24 * 3600.0
MOST_LOGINS = 20
# A browser whose answer was lost asks again with the token that it still has; so do two tabs that wake at once.
GRACE_S = 10.0

How = Literal["password", "setup", "oidc"]


class SessionEnded(Unauthenticated):
    """Signed out, revoked, or not used for too long."""

    code = "session_ended"


class SessionReused(Unauthenticated):
    """A refresh token came back that had been exchanged already: two have it, and one of them stole it."""

    code = "session_reused"


class LoginNotFound(NotFound):
    """None of the sign-ins of the one who asks has this id."""

    code = "login_not_found"


class SignIns:
    """Each sign-in is a row that can be ended; access tokens of 15 minutes come of it until then. It ends when it was
    not used for 30 days, and after 90 days in any case."""

    def __init__(
        self,
        directory: Directory,
        audit: Audit,
        clock: Clock,
        *,
        credentials: Credentials,
        access_tokens: AccessTokens,
        refresh_tokens: RefreshTokens,
        devices: Devices,
    ) -> None:
        self._directory = directory
        self._traces = Traces(audit)
        self._clock = clock
        self._credentials = credentials
        self._access_tokens = access_tokens
        self._refresh_tokens = refresh_tokens
        self._devices = devices

    async def sign_in(self, name: str, password: str, code: str | None, *, visitor: Visitor) -> Grant:
        """Sign the owner of these in.

        Raises:
            WrongCredentials, SecondFactorRequired, RateLimited, TooBusy: as `Credentials.check`.
            Unauthenticated (`wrong_code`): the code of the second factor is wrong.
        """
        user = await self._credentials.check(name, password, code, visitor=visitor)
        return await self._begin(user, visitor, "password")

    async def begin(self, user_name: str, *, visitor: Visitor, how: How) -> Grant:
        """Sign `user_name` in, who was found to be themselves in the way `how`.

        Raises:
            WrongCredentials: there is no such account, or it is disabled.
        """
        return await self._begin(self._directory.users.get(user_name), visitor, how)

    async def refresh(self, refresh_token: str, *, visitor: Visitor) -> Grant:
        """Exchange `refresh_token` for a new one, with a new access token.

        The one before counts once more within 10 s from the same address and browser, and gives the same new one.

        Raises:
            SessionEnded: it is none of ours, or its sign-in has ended.
            SessionReused: it was exchanged already. The sign-in has ended now, for whoever holds the newer one too.
        """
        refresh = self._refresh_tokens.read(refresh_token)
        if refresh is None:
            ended = _ended()
            await self._traces.refused("access", None, visitor, ended, reason="a refresh token that is none of ours")
            raise ended
        async with self._directory.changing:
            login = self._directory.logins.get(refresh.login)
            user = None if login is None else self._directory.users.get(login.user)
            now = self._clock.now()
            if login is None or user is None or user.disabled or login.expires_at <= now:
                raise _ended()
            if refresh.generation == login.generation:
                login = msgspec.structs.replace(
                    login,
                    generation=login.generation + 1,
                    refreshed_at=now,
                    expires_at=min(now + IDLE_S, login.created_at + LONGEST_S),
                    address=visitor.address,
                    agent=clean(visitor.agent),
                )
                await self._directory.put_login(login, user=msgspec.structs.replace(user, last_seen_at=now))
            elif not _is_repeated(refresh, login, visitor, now):
                await self._end_reused(login, visitor)
            return self._grant(login, device=None)

    async def end(self, refresh_token: str | None, principal: Principal | None, *, visitor: Visitor) -> None:
        """Sign out: end the sign-in of `refresh_token` and that of `principal`. What is none (any more) is left."""
        refresh = None if refresh_token is None else self._refresh_tokens.read(refresh_token)
        ids = {refresh.login if refresh else "", (principal.credential or "") if principal else ""}
        async with self._directory.changing:
            logins = [self._directory.logins[one] for one in ids if one in self._directory.logins]
            for login in logins:
                await self._traces.done("sign_out", login.user, visitor, target=login.id)
            if logins:
                await self._directory.drop_logins([login.id for login in logins])

    def logins(self, by: Principal) -> LoginList:
        """The sign-ins of the one who asks that are still good, newest first."""
        return LoginList([_view(login, by) for login in reversed(self._own(by))])

    async def revoke(self, by: Principal, id: str) -> None:
        """End one sign-in of the one who asks; it may be the one they ask with.

        Raises:
            LoginNotFound: none of theirs has this id.
        """
        async with self._directory.changing:
            if all(login.id != id for login in self._own(by)):
                raise LoginNotFound("You have no such sign-in. It may have ended already.")
            await self._revoke(by, [id])

    async def revoke_others(self, by: Principal) -> None:
        """End all sign-ins of the one who asks, but for the one they ask with."""
        async with self._directory.changing:
            await self._revoke(by, [login.id for login in self._own(by) if login.id != by.credential])

    async def _begin(self, checked: User | None, visitor: Visitor, how: How) -> Grant:
        """Sign in the account whose password and second factor were those of `checked` when it was looked at."""
        async with self._directory.changing:
            user = None if checked is None else self._directory.users.get(checked.name)
            if checked is None or user is None or user.disabled or _key(user) != _key(checked):
                error = WrongCredentials("This account cannot sign in. Ask an administrator.")
                name = None if checked is None else checked.name
                await self._traces.refused("sign_in", name, visitor, error, how=how, reason="disabled or changed")
                raise error
            now = self._clock.now()
            login = Login(
                id=new_id(now),
                user=user.name,
                generation=1,
                created_at=now,
                refreshed_at=now,
                expires_at=now + IDLE_S,
                address=visitor.address,
                agent=clean(visitor.agent),
            )
            await self._traces.done("sign_in", user.name, visitor, target=login.id, how=how)
            ended = self._in_the_way(user.name, now)
            for one in ended:
                if self._directory.logins[one].expires_at > now:
                    await self._traces.done("session_revoked", user.name, visitor, target=one, reason="too many")
            await self._directory.put_login(login, user=msgspec.structs.replace(user, last_seen_at=now), ended=ended)
        known = self._devices.known(user.name, visitor.device) is not None
        return self._grant(login, device=visitor.device if known else self._devices.issue(user.name))

    def _in_the_way(self, user: str, now: float) -> list[str]:
        """The sign-ins of `user` that are over, and the oldest ones that leave no room for one more."""
        logins = self._directory.logins_of(user)
        good = [login for login in logins if login.expires_at > now]
        oldest = good[: max(len(good) - MOST_LOGINS + 1, 0)]
        return [login.id for login in logins if login.expires_at <= now or login in oldest]

    async def _end_reused(self, login: Login, visitor: Visitor) -> None:
        error = SessionReused(
            "Somebody else used this sign-in, so it was ended everywhere. Sign in again, and change your password "
            "if you do not know why."
        )
        await self._traces.done("session_reused", login.user, visitor, target=login.id, error=error)
        await self._directory.drop_logins([login.id])
        raise error

    async def _revoke(self, by: Principal, ids: Sequence[str]) -> None:
        visitor = Visitor(address=by.address)
        for one in ids:
            await self._traces.done("session_revoked", by.id, visitor, target=one)
        if ids:
            await self._directory.drop_logins(ids)

    def _own(self, by: Principal) -> list[Login]:
        require(by, Permission.ACCOUNT)
        now = self._clock.now()
        return [login for login in self._directory.logins_of(by.user or "") if login.expires_at > now]

    def _grant(self, login: Login, *, device: str | None) -> Grant:
        access_token, access_expires_at = self._access_tokens.issue(login.user, login.id)
        return Grant(
            user=login.user,
            login=login.id,
            access_token=access_token,
            access_expires_at=access_expires_at,
            refresh_token=self._refresh_tokens.issue(login.id, login.generation),
            refresh_expires_at=login.expires_at,
            device=device,
        )


def _is_repeated(refresh: Refresh, login: Login, visitor: Visitor, now: float) -> bool:
    """Whether the owner of `login` may have sent its token before last because the answer did not arrive."""
    return (
        refresh.generation == login.generation - 1
        and now - login.refreshed_at <= GRACE_S
        and (visitor.address, clean(visitor.agent)) == (login.address, login.agent)
    )


def _key(user: User) -> tuple[str | None, bytes | None]:
    return user.password, user.totp


def _ended() -> SessionEnded:
    return SessionEnded("Your sign-in has ended. Sign in again.")


def _view(login: Login, by: Principal) -> LoginView:
    return LoginView(
        id=login.id,
        created_at=rfc3339(login.created_at),
        last_seen_at=rfc3339(login.refreshed_at),
        expires_at=rfc3339(login.expires_at),
        address=login.address,
        agent=login.agent,
        current=login.id == by.credential,
    )
