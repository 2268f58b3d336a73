"""Who is asking, and the pure rules that say what they may do. Services ask them; doors only say who is asking."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Literal, cast

from server.errors import Forbidden


class Role(enum.IntEnum):
    """What a person may do at most; each role may do all that the lower ones may."""

    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    @property
    def word(self) -> Literal["viewer", "operator", "admin"]:
        """As messages, the database and the command line write it."""
        return cast(Literal["viewer", "operator", "admin"], self.name.lower())


class MemberRole(enum.IntEnum):
    """What a person may do in one workspace: read, take part, or also say who else may."""

    VIEWER = 1
    MEMBER = 2
    OWNER = 3

    @property
    def word(self) -> Literal["viewer", "member", "owner"]:
        return cast(Literal["viewer", "member", "owner"], self.name.lower())


class Scope(enum.Enum):
    """What a token may be used for, below the role that it has."""

    READ = "read"
    OPERATE = "operate"
    ADMIN = "admin"


class Permission(enum.Enum):
    """One thing that can be done. `role` is the lowest that may do it, `scope` what a token needs for it."""

    VIEW = "view"
    OPERATE = "operate"
    # To let an agent do what it asked for: for a person who signed in, never for a token, which an agent could hold.
    APPROVE = "approve"
    # One's own password, sessions, tokens and second factor: for a person who signed in, never for a token.
    ACCOUNT = "account"
    PEOPLE = "people"
    AUDIT = "audit"

    @property
    def role(self) -> Role:
        return _NEEDS[self][0]

    @property
    def scope(self) -> Scope | None:
        """None: no token may do it."""
        return _NEEDS[self][1]


_NEEDS: dict[Permission, tuple[Role, Scope | None]] = {
    Permission.VIEW: (Role.VIEWER, Scope.READ),
    Permission.OPERATE: (Role.OPERATOR, Scope.OPERATE),
    Permission.APPROVE: (Role.OPERATOR, None),
    Permission.ACCOUNT: (Role.VIEWER, None),
    Permission.PEOPLE: (Role.ADMIN, Scope.ADMIN),
    Permission.AUDIT: (Role.ADMIN, Scope.ADMIN),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who was identified, as they are now: a change of role or membership makes another principal.

    `id` is stable, scopes idempotency keys and is what events show as `by`: `ann` for a person, `ann:ci` for a token of
    hers, `token:ci` for a token of nobody. `user` is the account behind it. `credential` is the sign-in or the token
    that it came with, which can be revoked. `scopes`: None means all. `labels`: only containers that carry every one of
    these (`key` or `key=value`) are there for it. `address` is where the request came from.
    """

    id: str
    role: Role
    user: str | None = None
    credential: str | None = None
    scopes: frozenset[Scope] | None = None
    labels: tuple[str, ...] = ()
    workspaces: tuple[tuple[str, MemberRole], ...] = ()
    address: str | None = field(default=None, compare=False)

    @property
    def holder(self) -> str:
        """Whose limits it counts against: those of its account, of all its sign-ins and tokens together; a token of
        nobody has its own."""
        return self.user or self.id

    def member_role(self, workspace: str) -> MemberRole | None:
        """Its role in `workspace`, None for a stranger."""
        return next((role for known, role in self.workspaces if known == workspace), None)


@dataclass(frozen=True, slots=True)
class Identity:
    """A principal, and until when what it showed is good: seconds since the Unix epoch, None for ever."""

    principal: Principal
    expires_at_s: float | None = None


# With PILOTHOUSE_AUTH=off, on loopback only: whoever reaches the server is the machine's own user.
LOCAL = Principal(id="local", role=Role.ADMIN)

# The command line on the machine itself: it could read and write the data folder as well.
CONSOLE = Principal(id="console", role=Role.ADMIN)


def allows(principal: Principal, permission: Permission) -> bool:
    """Whether `principal` may do `permission` now."""
    if principal.role < permission.role:
        return False
    if permission is Permission.ACCOUNT:
        return principal.user is not None and principal.scopes is None
    return principal.scopes is None or permission.scope in principal.scopes


def allows_in(principal: Principal, workspace: str, least: MemberRole) -> bool:
    """Whether `principal` may do in `workspace` what its members of the role `least` may. Administrators may all."""
    needed = Permission.VIEW if least is MemberRole.VIEWER else Permission.OPERATE
    if principal.scopes is not None and needed.scope not in principal.scopes:
        return False
    if principal.role is Role.ADMIN:
        return True
    role = principal.member_role(workspace)
    return role is not None and role >= least


def require(principal: Principal, permission: Permission) -> None:
    """Do nothing if `principal` may do `permission`.

    Raises:
        Forbidden: it may not; the message says who can change that.
    """
    if not allows(principal, permission):
        raise Forbidden(_REFUSALS[permission])


_REFUSALS = {
    Permission.VIEW: "This token may not read. Use one with the scope `read`.",
    Permission.OPERATE: "You may look at containers here, not act on them. Ask an administrator.",
    Permission.APPROVE: "You may not decide for an agent. Ask an operator who is signed in; a token is not enough.",
    Permission.ACCOUNT: "This is for people who signed in with their own account.",
    Permission.PEOPLE: "Only administrators manage people and tokens. Ask one of them.",
    Permission.AUDIT: "Only administrators read the audit trail. Ask one of them.",
}
