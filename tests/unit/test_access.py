from __future__ import annotations

import pytest

from server.access import LOCAL, Permission, Principal, Role, allows


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        (Role.VIEWER, Permission.VIEW, True),
        (Role.VIEWER, Permission.OPERATE, False),
        (Role.OPERATOR, Permission.OPERATE, True),
        (Role.ADMIN, Permission.OPERATE, True),
    ],
)
def test_a_role_may_do_its_own_and_all_lower_things(role: Role, permission: Permission, allowed: bool) -> None:
    assert allows(Principal("ann", role), permission) is allowed


def test_the_machines_own_user_may_do_everything_but_what_needs_an_account() -> None:
    assert {permission for permission in Permission if not allows(LOCAL, permission)} == {Permission.ACCOUNT}
