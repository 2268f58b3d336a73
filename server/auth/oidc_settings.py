"""The settings of the OpenID Connect provider, checked once at the start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from server.access import Role
from server.config import PREFIX, Config, is_loopback
from server.errors import StartupError


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """`name`: what the sign-in button calls the provider. `roles`: which value of `claim` gives which role."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    claim: str
    roles: Mapping[str, Role]

    def role(self, claims: Mapping[str, Any]) -> Role | None:
        """The highest role that `claims` give, None for no entry."""
        found = _look_up(claims, self.claim)
        values = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        return max(
            (self.roles[value] for value in values if isinstance(value, str) and value in self.roles), default=None
        )


def oidc_settings(config: Config) -> OidcSettings | None:
    """Return what `config` says of the provider, None where it names none.

    Raises:
        StartupError: something is missing or wrong; the message says which setting and what is allowed.
    """
    if not config.oidc_issuer:
        for name in ("oidc_client_id", "oidc_client_secret", "oidc_roles"):
            if getattr(config, name):
                raise StartupError(
                    f"{PREFIX}{name.upper()} is set and {PREFIX}OIDC_ISSUER is not. Set both or neither."
                )
        return None
    if not is_trustworthy(config.oidc_issuer):
        raise StartupError(
            f"{PREFIX}OIDC_ISSUER={config.oidc_issuer!r}: allowed is the https address that the provider calls itself, "
            "without query; http on a loopback address only."
        )
    if not config.oidc_client_id:
        raise StartupError(f"{PREFIX}OIDC_CLIENT_ID is missing: it is what the provider knows this server as.")
    if not config.oidc_roles_claim:
        raise StartupError(f"{PREFIX}OIDC_ROLES_CLAIM is empty: name the claim that holds a person's roles.")
    return OidcSettings(
        issuer=config.oidc_issuer,
        client_id=config.oidc_client_id,
        client_secret=config.oidc_client_secret,
        name=config.oidc_name or (urlsplit(config.oidc_issuer).hostname or ""),
        claim=config.oidc_roles_claim,
        roles=_roles(config.oidc_roles),
    )


def is_trustworthy(url: str) -> bool:
    """Whether nobody on the way can change what is said with `url`: https, or not beyond this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.query or parts.fragment or not url.isprintable() or " " in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def _roles(pairs: Iterable[str]) -> dict[str, Role]:
    roles: dict[str, Role] = {}
    for pair in pairs:
        # From the right: a group may be called `cn=ops`.
        value, _, word = pair.rpartition("=")
        if not value or word.upper() not in Role.__members__:
            raise StartupError(
                f"{PREFIX}OIDC_ROLES={pair!r}: allowed is value=role, where the role is "
                f"{', '.join(role.word for role in Role)}; as in ops=operator,sre=admin."
            )
        roles[value.strip()] = Role[word.upper()]
    if not roles:
        raise StartupError(
            f"{PREFIX}OIDC_ROLES is empty, so nobody could sign in. Set it as in ops=operator,sre=admin."
        )
    return roles


def _look_up(claims: Mapping[str, Any], name: str) -> Any:
    # Some providers want claims of one's own to be called like a URL, with dots that separate nothing.
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found
