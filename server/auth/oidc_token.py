"""What makes an ID token count (OpenID Connect Core 1.0, section 3.1.3.7)."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from typing import Any

import msgspec
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import import_key

from server.auth.oidc_errors import OidcRefused

log = logging.getLogger(__name__)

# Only what needs the provider's private key. With HS256 the client's secret would do, with `none` nothing at all.
KEY_TYPES = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
LEEWAY_S = 30
_LONGEST_SUBJECT = 255


class KeySet(msgspec.Struct, frozen=True):
    """A JWKS document (RFC 7517, section 5). Keys of a kind that is not known here are passed over."""

    keys: list[dict[str, Any]]


def header(token: str) -> dict[str, Any]:
    """Return the header of `token`, which nobody has vouched for yet.

    Raises:
        OidcRefused: it is no signed token, or signed in a way that does not count.
    """
    try:
        found: dict[str, Any] = dict(jws.extract_compact(token.encode()).headers())
    except (JoseError, ValueError) as error:
        raise refused("it is no signed token") from error
    algorithm = found.get("alg")
    if not isinstance(algorithm, str) or algorithm not in KEY_TYPES:
        raise refused(f"it is signed by {str(algorithm)[:32]!r}")
    return found


def pick(keys: Sequence[dict[str, Any]], header: dict[str, Any]) -> dict[str, Any] | None:
    """Return the key of the set that `header` names, or the only one that fits where it names none."""
    algorithm, kid = header["alg"], header.get("kid")
    fitting = [
        key
        for key in keys
        if key.get("kty") == KEY_TYPES[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
    ]
    return fitting[0] if len(fitting) == 1 else None


def verify(
    token: str,
    key: dict[str, Any] | None,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str | None,
    now_s: float,
) -> dict[str, Any]:
    """Return the claims of `token`, which was signed with `key`, for `client_id` and this sign-in, and is of now.

    Raises:
        OidcRefused: it was not; the log says what is wrong with it.
    """
    if key is None:
        raise refused("the provider does not have the key that signed it")
    options = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": client_id},
    }
    params = {"client_id": client_id, "nonce": nonce, "access_token": access_token}
    try:
        with warnings.catch_warnings():
            # EdDSA has a newer name (RFC 9864) that providers do not use yet.
            warnings.simplefilter("ignore", SecurityWarning)
            decoded = jwt.decode(token, import_key(_public(key)), algorithms=list(KEY_TYPES))
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        claims.validate(now=int(now_s), leeway=LEEWAY_S)
    except (JoseError, ValueError, TypeError) as error:
        raise refused(str(error) or type(error).__name__) from error
    subject = claims["sub"]
    if not 1 <= len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        raise refused("its subject is empty or too long")
    return dict(claims)


def refused(reason: str) -> OidcRefused:
    log.warning("an ID token does not count", extra={"reason": reason[:256]})
    return OidcRefused("What the provider says does not hold. Begin again, or tell an administrator.")


def _public(key: dict[str, Any]) -> dict[str, Any]:
    # `key_ops` and `x5c` add nothing to what was checked, and some providers write them in ways that are not allowed.
    return {name: value for name, value in key.items() if name in ("kty", "kid", "n", "e", "crv", "x", "y")}
