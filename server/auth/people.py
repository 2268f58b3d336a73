"""Accounts: who there is, what they may do, and their passwords."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from server.access import Permission, Principal, Role, require
from server.auth.bounds import TooMany
from server.auth.directory import Directory
from server.auth.names import known_name, normalise_labels, normalise_name
from server.auth.passwords import NoPassword, Passwords, WrongPassword, check_new
from server.auth.records import User
from server.auth.second_factor import SecondFactorMissing
from server.auth.throttle import Throttle
from server.clock import Clock, rfc3339
from server.errors import AppError, NotFound, RateLimited
from server.eventlog.audit import Audit, told_of
from server.protocol.events import AuditAction
from server.protocol.identity import NewUserBody, UserChangeBody, UserList, UserView

MOST_USERS = 1000


class UserNotFound(NotFound):
    """There is no account with this name."""

    code = "user_not_found"


class NameTaken(AppError):
    """There is an account with this name, perhaps a disabled one."""

    code = "name_taken"
    status = 409


class LastAdmin(AppError):
    """Nobody would be left who may manage people."""

    code = "last_admin"
    status = 409


class People:
    """For administrators; and one's own password. Each change is in the audit trail before it is made."""

    def __init__(
        self, directory: Directory, audit: Audit, clock: Clock, *, passwords: Passwords, throttle: Throttle
    ) -> None:
        self._directory = directory
        self._audit = audit
        self._clock = clock
        self._passwords = passwords
        self._throttle = throttle

    def list(self, by: Principal) -> UserList:
        """All accounts, by name.

        Raises:
            Forbidden: `by` is no administrator. So do all others, but for `change_password`.
        """
        require(by, Permission.PEOPLE)
        return UserList([self._view(user) for _, user in sorted(self._directory.users.items())])

    async def add(self, by: Principal, body: NewUserBody) -> UserView:
        """Make an account and return it.

        Raises:
            InvalidName, InvalidLabel, WeakPassword: the message says what is asked for.
            NameTaken: there is one already; a disabled one keeps its name.
            TooMany: there are 1000.
        """
        require(by, Permission.PEOPLE)
        name, labels = normalise_name(body.name), normalise_labels(body.labels)
        check_new(body.password, name)
        self._check_room(name)
        password = await self._passwords.hash(body.password)
        async with self._directory.changing:
            self._check_room(name)
            user = User(
                name=name,
                role=Role[body.role.upper()],
                labels=labels,
                password=password,
                created_at=self._clock.now(),
            )
            await self._record(by, "user_added", name, {"role": user.role.word, "labels": _text(labels)})
            await self._directory.put_user(user)
        return self._view(user)

    async def change(self, by: Principal, name: str, body: UserChangeBody) -> UserView:
        """Change what `body` names, and return the account as it is then. Disabling ends all its sign-ins.

        Raises:
            UserNotFound, InvalidLabel: as they say.
            LastAdmin: nobody else who may sign in is an administrator.
        """
        require(by, Permission.PEOPLE)
        labels = None if body.labels is None else normalise_labels(body.labels)
        async with self._directory.changing:
            old = self._find(name)
            new = msgspec.structs.replace(
                old,
                role=old.role if body.role is None else Role[body.role.upper()],
                labels=old.labels if labels is None else labels,
                disabled=old.disabled if body.disabled is None else body.disabled,
            )
            self._check_admins(old, new)
            await self._record_change(by, old, new)
            if new != old:
                await self._directory.put_user(new, ended=self._logins(old.name) if new.disabled else ())
        return self._view(new)

    async def set_password(self, by: Principal, name: str, password: str) -> None:
        """Give `name` another password and end all its sign-ins.

        Raises:
            UserNotFound, WeakPassword: as they say.
        """
        require(by, Permission.PEOPLE)
        check_new(password, self._find(name).name)
        fresh = await self._passwords.hash(password)
        async with self._directory.changing:
            user = self._find(name)
            await self._record(by, "password_changed", user.name)
            await self._directory.put_user(msgspec.structs.replace(user, password=fresh), ended=self._logins(user.name))

    async def change_password(self, by: Principal, current: str, new: str) -> None:
        """Give the one who asks another password and end their other sign-ins.

        Raises:
            WrongPassword, RateLimited: `current` is not theirs; too many were not.
            NoPassword: the provider signs them in.
            WeakPassword: `new` would be guessed.
        """
        require(by, Permission.ACCOUNT)
        user = self._find(by.user or "")
        if user.password is None:
            raise NoPassword("Your account has no password: you sign in through the provider.")
        check_new(new, user.name)
        await self._confirm(by, user, current)
        fresh = await self._passwords.hash(new)
        async with self._directory.changing:
            now = self._find(user.name)
            if now.password != user.password or by.credential not in self._directory.logins:
                raise WrongPassword("Your password was changed meanwhile. Sign in again.")
            others = [one for one in self._logins(user.name) if one != by.credential]
            await self._record(by, "password_changed", user.name)
            await self._directory.put_user(msgspec.structs.replace(now, password=fresh), ended=others)

    async def remove_second_factor(self, by: Principal, name: str) -> None:
        """Have `name` sign in with the password alone, and set up a second factor anew.

        Raises:
            UserNotFound, SecondFactorMissing: as they say.
        """
        require(by, Permission.PEOPLE)
        async with self._directory.changing:
            user = self._find(name)
            if user.totp is None:
                raise SecondFactorMissing("This account has no second factor.")
            await self._record(by, "second_factor_disabled", user.name)
            await self._directory.put_user(msgspec.structs.replace(user, totp=None, totp_step=0, recovery=()))

    async def end_logins(self, by: Principal, name: str) -> None:
        """Sign `name` out everywhere. Their API tokens stay.

        Raises:
            UserNotFound: as it says.
        """
        require(by, Permission.PEOPLE)
        async with self._directory.changing:
            name = self._find(name).name
            if ids := self._logins(name):
                await self._record(by, "session_revoked", name, {"sign_ins": str(len(ids))})
                await self._directory.drop_logins(ids)

    async def _confirm(self, by: Principal, user: User, current: str) -> None:
        try:
            async with self._throttle.confirm(user.name, by.credential) as attempt:
                if not await self._passwords.verify(user.password, current):
                    attempt.failed()
                    raise WrongPassword("This is not your present password.")
                attempt.succeeded()
        except (WrongPassword, RateLimited) as error:
            error.audited = True
            await self._audit.refused(told_of(by, "password_changed", target=user.name, error=error))
            raise

    def _check_room(self, name: str) -> None:
        if name in self._directory.users:
            raise NameTaken(f"There is an account {name} already. Choose another name, or change that one.")
        if len(self._directory.users) >= MOST_USERS:
            raise TooMany(f"There are {MOST_USERS} accounts, and there can be no more.")

    def _check_admins(self, old: User, new: User) -> None:
        was, is_still = (user.role is Role.ADMIN and not user.disabled for user in (old, new))
        others = (user for user in self._directory.users.values() if user.name != old.name)
        if was and not is_still and not any(user.role is Role.ADMIN and not user.disabled for user in others):
            raise LastAdmin("This is the last administrator. Make somebody else one first.")

    async def _record_change(self, by: Principal, old: User, new: User) -> None:
        detail: dict[str, str] = {}
        if new.role is not old.role:
            detail |= {"role": new.role.word, "role_before": old.role.word}
        if new.labels != old.labels:
            detail |= {"labels": _text(new.labels), "labels_before": _text(old.labels)}
        if detail:
            await self._record(by, "user_changed", old.name, detail)
        if new.disabled != old.disabled:
            await self._record(by, "user_disabled" if new.disabled else "user_enabled", old.name)

    async def _record(
        self, by: Principal, action: AuditAction, target: str, detail: Mapping[str, str] | None = None
    ) -> None:
        await self._audit.record(told_of(by, action, target=target, detail=detail))

    def _find(self, name: str) -> User:
        user = self._directory.users.get(known_name(name) or "")
        if user is None:
            raise UserNotFound("There is no account with this name.")
        return user

    def _logins(self, name: str) -> Sequence[str]:
        return [login.id for login in self._directory.logins_of(name)]

    def _view(self, user: User) -> UserView:
        now = self._clock.now()
        return UserView(
            name=user.name,
            role=user.role.word,
            labels=[*user.labels],
            disabled=user.disabled,
            password=user.password is not None,
            second_factor=user.totp is not None,
            oidc=user.subject is not None,
            created_at=rfc3339(user.created_at),
            last_seen_at=None if user.last_seen_at is None else rfc3339(user.last_seen_at),
            logins=sum(login.expires_at > now for login in self._directory.logins_of(user.name)),
        )


def _text(labels: Sequence[str]) -> str:
    return ", ".join(labels)
