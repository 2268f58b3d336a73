"""Whose a token is. What it may do is never in the token: it is looked up in the directory, as it is now."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from server.access import Identity, Principal, Role, Scope
from server.auth.access_tokens import AccessTokens, Claims
from server.auth.directory import Directory
from server.auth.records import ApiToken, Login, User
from server.clock import Clock
from server.errors import TokenExpired, TokenRevoked

API_TOKEN_PREFIX = "plh_"  # noqa: S105 - how one begins

# Verifying a JWT costs as much as the rest of a small request, and a browser shows the same one for 15 minutes.
_MOST_VERIFIED = 4096
# A principal is a quarter of a kilobyte, and thousands of sockets may be of one person.
_MOST_PRINCIPALS = 4096

Credential = Login | ApiToken
Lookup = Callable[[str], ApiToken]
"""The record of an API token. Raises InvalidToken, TokenExpired or TokenRevoked."""


class Identities:
    """Answers for every request and, after each change, for every live connection; it never waits."""

    def __init__(self, directory: Directory, access_tokens: AccessTokens, clock: Clock, *, lookup: Lookup) -> None:
        self._directory = directory
        self._access_tokens = access_tokens
        self._clock = clock
        self._lookup = lookup
        self._verified: OrderedDict[bytes, Claims] = OrderedDict()
        self._principals: OrderedDict[tuple[str, str | None], Principal] = OrderedDict()

    def by_token(self, token: str, *, address: str | None) -> Identity:
        """The identity behind an access token or an API token that came from `address`.

        Raises:
            InvalidToken: it was never one of ours, or somebody changed it.
            TokenExpired: its time is over.
            TokenRevoked: signed out or revoked, or its account was disabled.
        """
        if token.startswith(API_TOKEN_PREFIX):
            found = self._lookup(token)
            return Identity(self._principal(found, address), found.expires_at)
        claims = self._claims(token)
        login = self._directory.logins.get(claims.sid)
        if login is None or login.user != claims.sub or login.expires_at <= self._clock.now():
            raise TokenRevoked("This sign-in was ended. Sign in again.")
        return Identity(self._principal(login, address), float(claims.exp))

    def current(self, principal: Principal) -> Principal | None:
        """`principal` as it is now: another one when its role, labels or memberships have changed since, None when its
        credential was revoked or has ended."""
        if principal.credential is None:
            return principal
        credential = self._directory.logins.get(principal.credential) or self._directory.tokens.get(
            principal.credential
        )
        if credential is None or credential.user != principal.user:
            return None
        if credential.expires_at is not None and credential.expires_at <= self._clock.now():
            return None
        try:
            return self._principal(credential, principal.address)
        except TokenRevoked:
            return None

    def named(self, id: str) -> Principal | None:
        """The person or token whose principal's id is `id`, with what they may do now; None when there is none any
        more. For what they once asked for or allowed and is done later: no sign-in of theirs is needed for it."""
        user, _, name = id.partition(":")
        if name:
            owner = None if user == "token" else user
            tokens = self._directory.tokens.values()
            found = next((one for one in tokens if one.name == name and one.user == owner), None)
            if found is None or (found.expires_at is not None and found.expires_at <= self._clock.now()):
                return None
            try:
                return self._principal(found, None)
            except TokenRevoked:
                return None
        person = self._directory.users.get(user)
        if person is None or person.disabled:
            return None
        return Principal(
            id=person.name,
            role=person.role,
            user=person.name,
            labels=person.labels,
            workspaces=self._directory.memberships(person.name),
        )

    def _claims(self, token: str) -> Claims:
        key = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        claims = self._verified.get(key)
        if claims is None:
            claims = self._access_tokens.verify(token)
            self._verified[key] = claims
            if len(self._verified) > _MOST_VERIFIED:
                self._verified.popitem(last=False)
            return claims
        if claims.exp <= self._clock.now():
            del self._verified[key]
            raise TokenExpired("The access token has ended. Refresh it, or sign in again.")
        self._verified.move_to_end(key)
        return claims

    def _principal(self, credential: Credential, address: str | None) -> Principal:
        """What `credential` stands for now: the same object as before while nothing changed."""
        user = None if credential.user is None else self._directory.users.get(credential.user)
        if credential.user is not None and (user is None or user.disabled):
            raise TokenRevoked("This account was disabled. Ask an administrator.")
        fresh = self._made_of(credential, user, address)
        key = (credential.id, address)
        known = self._principals.get(key)
        if known == fresh:
            self._principals.move_to_end(key)
            return known
        self._principals[key] = fresh
        if len(self._principals) > _MOST_PRINCIPALS:
            self._principals.popitem(last=False)
        return fresh

    def _made_of(self, credential: Credential, user: User | None, address: str | None) -> Principal:
        if isinstance(credential, ApiToken):
            who, role = f"{credential.user or 'token'}:{credential.name}", credential.role
            # "All" is spelled out: a principal without scopes is a person who signed in, and may change their account.
            scopes = frozenset(Scope) if credential.scopes is None else credential.scopes
        else:
            who, role, scopes = credential.user, Role.ADMIN, None
        if user is None:
            return Principal(id=who, role=role, credential=credential.id, scopes=scopes, address=address)
        return Principal(
            id=who,
            role=min(role, user.role),
            user=user.name,
            credential=credential.id,
            scopes=scopes,
            labels=user.labels,
            workspaces=self._directory.memberships(user.name),
            address=address,
        )
