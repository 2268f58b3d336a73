"""API tokens: for programs, narrower than a person, revocable, and kept as nothing but a hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from server.access import Permission, Principal, Role, Scope, require
from server.auth.bounds import TooMany
from server.auth.directory import Directory
from server.auth.records import ApiToken
from server.auth.titles import checked_title
from server.auth.token_use import TokenUse
from server.clock import Clock, rfc3339
from server.errors import AppError, Forbidden, InvalidRequest, InvalidToken, NotFound, TokenExpired
from server.eventlog.audit import Audit, told_of
from server.ids import new_id
from server.protocol.events import AuditAction
from server.protocol.identity import NewServiceTokenBody, NewToken, NewTokenBody, ScopeWord, TokenList, TokenView

# It says what was found when one turns up in a log or a repository: secret scanners look for such words.
PREFIX = "plh"
MOST_OF_ONE = 50
MOST = 1000
_DAY_S = 24 * 3600.0
_SECRET_B = 32
_LONGEST = 128

_LEAST_ROLE = {Scope.READ: Role.VIEWER, Scope.OPERATE: Role.OPERATOR, Scope.ADMIN: Role.ADMIN}


class TokenNotFound(NotFound):
    """There is no such token, or it is somebody else's."""

    code = "token_not_found"


class TokenNameTaken(AppError):
    """Its owner has a token of this name already: what is done with the two could not be told apart."""

    code = "name_taken"
    status = 409


class ApiTokens:
    """Makes, finds and revokes tokens."""

    def __init__(self, directory: Directory, audit: Audit, clock: Clock) -> None:
        self._directory = directory
        self._audit = audit
        self._clock = clock
        self._use = TokenUse(directory, clock)

    async def close(self) -> None:
        """Give up what is still to be written about the use of tokens."""
        await self._use.close()

    def lookup(self, token: str) -> ApiToken:
        """Return the record of `token` and note that it was used.

        Raises:
            InvalidToken: it is none of ours, or was revoked.
            TokenExpired: its time is over.
        """
        known = self._known(token)
        if known is None:
            raise InvalidToken("This token is not known: it was revoked, or is not complete. Use another one.")
        if known.expires_at is not None and known.expires_at <= self._clock.now():
            raise TokenExpired("This token has expired. Make a new one.")
        self._use.note(known.id)
        return known

    def list_own(self, by: Principal) -> TokenList:
        """The tokens of the one who asks, oldest first."""
        require(by, Permission.ACCOUNT)
        return self._list(token for token in self._directory.tokens.values() if token.user == by.user)

    def list_all(self, by: Principal) -> TokenList:
        """The tokens of everybody and of nobody, oldest first."""
        require(by, Permission.PEOPLE)
        return self._list(self._directory.tokens.values())

    async def create_own(self, by: Principal, body: NewTokenBody) -> NewToken:
        """Return a new token of the one who asks. Its role is theirs, and stays at most that.

        Raises:
            Forbidden: `by` is no person, or a scope goes beyond their role.
            InvalidTitle, TokenNameTaken, TooMany: as they say.
        """
        require(by, Permission.ACCOUNT)
        scopes = _scopes(body.scopes)
        if beyond := _beyond(scopes, by.role):
            raise Forbidden(f"A token may not do more than you: leave out {beyond}.")
        return await self._create(by, body.name, by.user, by.role, scopes, body.days)

    async def create(self, by: Principal, body: NewServiceTokenBody) -> NewToken:
        """Return a new token of nobody.

        Raises:
            Forbidden: `by` is no administrator.
            InvalidRequest: a scope goes beyond the role, so that it would never count.
            InvalidTitle, TokenNameTaken, TooMany: as they say.
        """
        require(by, Permission.PEOPLE)
        role = Role[body.role.upper()]
        scopes = None if body.scopes is None else _scopes(body.scopes)
        if scopes is not None and (beyond := _beyond(scopes, role)):
            raise InvalidRequest(f"The role {body.role} is too low for {beyond}. Choose a higher role or fewer scopes.")
        return await self._create(by, body.name, None, role, scopes, body.days)

    async def revoke_own(self, by: Principal, id: str) -> None:
        """End a token of the one who asks.

        Raises:
            TokenNotFound: they have none with this id.
        """
        require(by, Permission.ACCOUNT)
        async with self._directory.changing:
            token = self._directory.tokens.get(id)
            if token is None or token.user != by.user:
                raise _not_found(id)
            await self._revoke(by, token)

    async def revoke(self, by: Principal, id: str) -> None:
        """End a token, whoever has it.

        Raises:
            TokenNotFound: there is none with this id.
        """
        require(by, Permission.PEOPLE)
        async with self._directory.changing:
            token = self._directory.tokens.get(id)
            if token is None:
                raise _not_found(id)
            await self._revoke(by, token)

    def _known(self, token: str) -> ApiToken | None:
        if len(token) > _LONGEST or not token.isascii():
            return None
        prefix, _, rest = token.partition("_")
        key, _, secret = rest.partition("_")
        known = self._directory.tokens.get(key) if prefix == PREFIX else None
        if known is None or not hmac.compare_digest(known.hash, _hash(secret)):
            return None
        return known

    def _list(self, tokens: Iterable[ApiToken]) -> TokenList:
        return TokenList([_view(token) for token in sorted(tokens, key=lambda token: token.created_at)])

    async def _create(
        self, by: Principal, name: str, user: str | None, role: Role, scopes: frozenset[Scope] | None, days: int | None
    ) -> NewToken:
        name = checked_title(name)
        now_s = self._clock.now()
        secret = secrets.token_urlsafe(_SECRET_B)
        token = ApiToken(
            id=new_id(now_s).lower(),
            name=name,
            user=user,
            role=role,
            scopes=scopes,
            hash=_hash(secret),
            created_at=now_s,
            expires_at=None if days is None else now_s + days * _DAY_S,
        )
        async with self._directory.changing:
            await self._make_room(token)
            await self._record(by, "token_created", token)
            await self._directory.put_token(token)
        return NewToken(f"{PREFIX}_{token.id}_{secret}", _view(token))

    async def _make_room(self, new: ApiToken) -> None:
        """Let an expired token of the same name make way: a script that renews its own needs no other step."""
        tokens = self._directory.tokens
        of_owner = [token for token in tokens.values() if token.user == new.user]
        for namesake in [token for token in of_owner if token.name == new.name]:
            if namesake.expires_at is None or namesake.expires_at > new.created_at:
                raise TokenNameTaken(f"There is a token “{new.name}” already. Revoke it, or choose another name.")
            await self._directory.drop_token(namesake.id)
            of_owner.remove(namesake)
        if new.user is not None and len(of_owner) >= MOST_OF_ONE:
            raise TooMany(f"You have {MOST_OF_ONE} tokens, and no more fit. Revoke one that is not used any more.")
        if len(tokens) >= MOST:
            raise TooMany(f"There are {MOST} tokens, and no more fit. Revoke some that are not used any more.")

    async def _revoke(self, by: Principal, token: ApiToken) -> None:
        await self._record(by, "token_revoked", token)
        await self._directory.drop_token(token.id)

    async def _record(self, by: Principal, action: AuditAction, token: ApiToken) -> None:
        detail = {"id": token.id, "role": token.role.word, "scopes": " ".join(_words(token))}
        if token.user is not None:
            detail["user"] = token.user
        if token.expires_at is not None:
            detail["expires_at"] = rfc3339(token.expires_at)
        await self._audit.record(told_of(by, action, target=token.name, detail=detail))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _scopes(words: list[ScopeWord]) -> frozenset[Scope]:
    return frozenset(Scope(word) for word in words)


def _beyond(scopes: frozenset[Scope], role: Role) -> str:
    """Which of `scopes` a `role` cannot fill, in words; empty for none."""
    return ", ".join(sorted(scope.value for scope in scopes if _LEAST_ROLE[scope] > role))


def _words(token: ApiToken) -> list[ScopeWord]:
    """What the token may be used for, from the least to the most."""
    return [
        scope.value
        for scope, least in _LEAST_ROLE.items()
        if (least <= token.role if token.scopes is None else scope in token.scopes)
    ]


def _view(token: ApiToken) -> TokenView:
    return TokenView(
        id=token.id,
        name=token.name,
        user=token.user,
        role=token.role.word,
        scopes=_words(token),
        created_at=rfc3339(token.created_at),
        expires_at=None if token.expires_at is None else rfc3339(token.expires_at),
        last_used_at=None if token.last_used_at is None else rfc3339(token.last_used_at),
    )


def _not_found(id: str) -> TokenNotFound:
    return TokenNotFound(f"There is no token {id}. It may have been revoked already.")
