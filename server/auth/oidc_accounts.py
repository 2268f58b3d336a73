"""The account of a person whom the provider signs in: found by its subject and never by a name, made when missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from server.access import Role
from server.auth.bounds import TooMany
from server.auth.directory import Directory
from server.auth.names import MOST_NAME, known_name
from server.auth.oidc_errors import OidcRefused
from server.auth.oidc_settings import OidcSettings
from server.auth.people import MOST_USERS
from server.auth.records import User, Visitor
from server.auth.traces import Traces
from server.clock import Clock
from server.eventlog.audit import Audit

# In front of `-999`.
_MOST_BASE = MOST_NAME - 4
_NAMELESS = "person"


class OidcAccounts:
    """Brings what the provider says of somebody into the directory."""

    def __init__(self, settings: OidcSettings, directory: Directory, audit: Audit, clock: Clock) -> None:
        self._settings = settings
        self._directory = directory
        self._traces = Traces(audit)
        self._clock = clock

    async def account(self, claims: Mapping[str, Any], visitor: Visitor) -> User:
        """Return the account of the person with these claims of a checked ID token, with the role that they give.

        A name or an e-mail address never leads to an account: at some providers people choose their own.

        Raises:
            OidcRefused: the claims give no role, or the account is disabled.
        """
        role = self._settings.role(claims)
        if role is None:
            raise OidcRefused("You are not in a group that may come in here. Ask an administrator.")
        subject = f"{self._settings.issuer}#{claims['sub']}"
        async with self._directory.changing:
            known = next((user for user in self._directory.users.values() if user.subject == subject), None)
            if known is None:
                return await self._add(subject, role, claims, visitor)
            if known.disabled:
                raise OidcRefused("Your account here is disabled. Ask an administrator.")
            if known.role is role:
                return known
            return await self._change(known, role, visitor)

    async def _add(self, subject: str, role: Role, claims: Mapping[str, Any], visitor: Visitor) -> User:
        if len(self._directory.users) >= MOST_USERS:
            raise TooMany(f"There are {MOST_USERS} accounts, and no more fit. Tell an administrator.")
        name = next(name for name in _names(claims.get("preferred_username")) if name not in self._directory.users)
        user = User(name=name, role=role, subject=subject, created_at=self._clock.now())
        await self._traces.done("user_added", name, visitor, target=name, how="oidc", role=role.word, subject=subject)
        await self._directory.put_user(user)
        return user

    async def _change(self, known: User, role: Role, visitor: Visitor) -> User:
        # Also when it takes the role from the last administrator: the provider says who is one, and the command line
        # on the machine itself needs none.
        user = msgspec.structs.replace(known, role=role)
        await self._traces.done(
            "user_changed", user.name, visitor, target=user.name, how="oidc", role=role.word, before=known.role.word
        )
        await self._directory.put_user(user)
        return user


def _names(wanted: object) -> Iterator[str]:
    """Names that an account may have, without end: like `wanted` first, then with -2, -3 and so on behind."""
    text = wanted.lower() if isinstance(wanted, str) else ""
    base = re.sub(r"[^a-z0-9._-]+", "-", text)[:_MOST_BASE].strip("-._") or _NAMELESS
    number = 1
    while True:
        name = base if number == 1 else f"{base}-{number}"
        if known_name(name) == name:
            yield name
        number += 1
