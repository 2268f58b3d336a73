"""Access tokens: JWTs of 15 minutes that say which sign-in they belong to, and nothing of what it may do."""

from __future__ import annotations

import secrets
from typing import Any

import jwt
import msgspec

from server.auth.vault import Vault
from server.clock import Clock
from server.errors import InvalidToken, TokenExpired

LIFE_S = 15 * 60.0
_ISSUER = _AUDIENCE = "pilothouse"
_ALGORITHM = "HS256"
# Ours have some 400; reading a longer one would only be work for whoever sent it.
_MOST_CHARACTERS = 2048
# The clock may have been set back a little between making a token and reading it.
_LEEWAY_S = 60.0


class Claims(msgspec.Struct, frozen=True):
    """What a verified token says: the account, its sign-in, and until when (seconds since the Unix epoch)."""

    sub: str
    sid: str
    iat: int
    nbf: int
    exp: int
    jti: str


class AccessTokens:
    """Makes and verifies them, with the keys of the vault."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    def issue(self, user: str, login: str) -> tuple[str, float]:
        """Return a token for the sign-in `login` of `user`, and when it ends."""
        now = int(self._clock.now())
        expires_at = now + LIFE_S
        key = self._vault.signing_key
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": user,
            "sid": login,
            "iat": now,
            "nbf": now,
            "exp": int(expires_at),
            "jti": secrets.token_hex(8),
        }
        return jwt.encode(claims, key.secret, algorithm=_ALGORITHM, headers={"kid": key.kid}), expires_at

    def verify(self, token: str) -> Claims:
        """Return what `token` says. Whether the sign-in is still good is not asked here.

        Raises:
            InvalidToken: no token of this server, changed, or not good yet.
            TokenExpired: it was good.
        """
        claims = self._decode(token)
        now = self._clock.now()
        if max(claims.iat, claims.nbf) > now + _LEEWAY_S:
            raise InvalidToken("This access token is from the future. Sign in again.")
        if claims.exp <= now:
            raise TokenExpired("The access token has ended. Refresh it, or sign in again.")
        return claims

    def _decode(self, token: str) -> Claims:
        try:
            if len(token) > _MOST_CHARACTERS:
                raise ValueError("too long")
            key = self._vault.verifying_key(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                raise ValueError("unknown key")
            return msgspec.convert(_verified(token, key.secret), Claims)
        # A header of a thousand brackets ends in a RecursionError.
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise InvalidToken("This access token is not one of this server's. Sign in again.") from None


def _verified(token: str, secret: bytes) -> dict[str, Any]:
    # Times are compared with the server's own clock by the caller.
    return jwt.decode(
        token,
        secret,
        algorithms=[_ALGORITHM],
        audience=_AUDIENCE,
        issuer=_ISSUER,
        options={
            "require": ["iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"],
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
        },
    )
