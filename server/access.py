"""Who is asking, and the one pure rule that says what they may do. Services ask it; doors only say who is asking."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Role(enum.IntEnum):
    """What a person may do at most; each role may do all that the lower ones may."""

    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3


class Permission(enum.Enum):
    """One thing that can be done; its value is the lowest role that may do it."""

    VIEW = Role.VIEWER
    OPERATE = Role.OPERATOR

    @property
    def role(self) -> Role:
        return self.value


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who was identified. `id` is stable and scopes idempotency keys; it is what events show as `by`."""

    id: str
    role: Role


# The server answers on loopback only as long as it has no accounts: whoever reaches it is the machine's own user.
LOCAL = Principal(id="local", role=Role.ADMIN)


def allows(principal: Principal, permission: Permission) -> bool:
    """Whether `principal` may do `permission` now."""
    return principal.role >= permission.role
