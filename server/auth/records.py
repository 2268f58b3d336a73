"""What is kept of people, as values. Times are seconds since the Unix epoch."""

from __future__ import annotations

import msgspec

from server.access import MemberRole, Role, Scope


class User(msgspec.Struct, frozen=True, kw_only=True):
    """An account. `password`: an argon2id hash, None where the provider signs it in. `totp`: the sealed secret of its
    second factor, None without one; `totp_step` the newest time step whose code was used. `recovery`: hashes of the
    recovery codes that are left. `subject`: `issuer#sub` of the OpenID Connect provider. `labels`: as in `Principal`.
    """

    name: str
    role: Role
    labels: tuple[str, ...] = ()
    disabled: bool = False
    password: str | None = None
    totp: bytes | None = None
    totp_step: int = 0
    recovery: tuple[str, ...] = ()
    subject: str | None = None
    created_at: float
    last_seen_at: float | None = None


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in of a person. `generation` grows with each refresh; `refreshed_at` is when it last did."""

    id: str
    user: str
    generation: int
    created_at: float
    refreshed_at: float
    expires_at: float
    address: str | None
    agent: str | None


class ApiToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token for programs. `user`: its owner, None for a token of nobody. `scopes` None: all that `role` may."""

    id: str
    name: str
    user: str | None
    role: Role
    scopes: frozenset[Scope] | None
    hash: bytes
    created_at: float
    expires_at: float | None
    last_used_at: float | None = None


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """`members`: user name to role."""

    id: str
    name: str
    created_at: float
    members: dict[str, MemberRole] = {}


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request about signing in comes from. `device`: the cookie of a browser in which somebody signed in before
    (see `throttle`)."""

    address: str | None = None
    agent: str | None = None
    device: str | None = None


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a successful sign-in or refresh gives. Only `device` may be None: a refresh leaves it as it is."""

    user: str
    login: str
    access_token: str
    access_expires_at: float
    refresh_token: str
    refresh_expires_at: float
    device: str | None
