"""The first account."""

from __future__ import annotations

import asyncio

import pytest

from server.access import Role
from server.auth.directory import Directory
from server.auth.names import InvalidName
from server.auth.passwords import Passwords, WeakPassword
from server.auth.setup import Setup, SetupDone, WrongSetupLink
from server.auth.sign_ins import SignIns
from server.errors import StartupError, StorageUnavailable
from server.eventlog.audit import Audit
from tests.fakes.clock import FakeClock
from tests.fakes.log import HandledLog
from tests.unit.auth.conftest import HOME, PASSWORD, AddUser, Trail


def link(setup: Setup) -> str:
    assert setup.token is not None
    return setup.token


async def test_link_makes_the_first_administrator_and_signs_them_in(
    setup: Setup, directory: Directory, sign_ins: SignIns, trail: Trail
) -> None:
    assert setup.needed
    grant = await setup.complete(link(setup), "Ann", PASSWORD, visitor=HOME)
    assert directory.users["ann"].role is Role.ADMIN
    assert list(directory.logins) == [grant.login]
    assert not setup.needed
    assert setup.token is None
    await sign_ins.sign_in("ann", PASSWORD, None, visitor=HOME)
    first, second, _ = await trail()
    assert (first.actor, first.action, first.outcome, first.target) == ("ann", "setup", "ok", "ann")
    assert (first.address, second.action, second.detail) == (HOME.address, "sign_in", {"how": "setup"})


async def test_link_works_once(setup: Setup, directory: Directory) -> None:
    token = link(setup)
    await setup.complete(token, "ann", PASSWORD, visitor=HOME)
    with pytest.raises(SetupDone):
        await setup.complete(token, "bob", PASSWORD, visitor=HOME)
    assert list(directory.users) == ["ann"]


async def test_of_two_at_once_one_wins(setup: Setup, directory: Directory, trail: Trail) -> None:
    ends = await asyncio.gather(
        *(setup.complete(link(setup), name, PASSWORD, visitor=HOME) for name in ("ann", "bob")), return_exceptions=True
    )
    assert [type(end) for end in ends].count(SetupDone) == 1
    assert len(directory.users) == 1
    assert [entry.action for entry in await trail()] == ["setup", "sign_in"]


@pytest.mark.parametrize("token", ["", "x", "é", "\ud800", "x" * 100_000])
async def test_wrong_link_makes_nothing_and_leaves_a_trace_without_it(
    setup: Setup, directory: Directory, trail: Trail, token: str
) -> None:
    with pytest.raises(WrongSetupLink) as wrong:
        await setup.complete(token, "ann", PASSWORD, visitor=HOME)
    assert not directory.users
    assert wrong.value.audited  # The door, which notes what is forbidden, leaves it at that.
    (entry,) = await trail()
    assert (entry.actor, entry.action, entry.code, entry.detail) == (None, "setup", "wrong_setup_link", {})


async def test_link_of_another_start_does_not_count(
    setup: Setup, directory: Directory, audit: Audit, clock: FakeClock, passwords: Passwords, sign_ins: SignIns
) -> None:
    other = Setup(directory, audit, clock, passwords=passwords, sign_ins=sign_ins)
    with pytest.raises(WrongSetupLink):
        await setup.complete(link(other), "ann", PASSWORD, visitor=HOME)


async def test_wrong_name_or_password_leaves_the_link_good(setup: Setup) -> None:
    token = link(setup)
    with pytest.raises(InvalidName):
        await setup.complete(token, "console", PASSWORD, visitor=HOME)
    with pytest.raises(WeakPassword):
        await setup.complete(token, "ann", "short", visitor=HOME)
    assert setup.token == token
    await setup.complete(token, "ann", PASSWORD, visitor=HOME)


async def test_nothing_is_made_without_a_trace(setup: Setup, directory: Directory, log: HandledLog) -> None:
    log.full = True
    with pytest.raises(StorageUnavailable):
        await setup.complete(link(setup), "ann", PASSWORD, visitor=HOME)
    assert not directory.users


async def test_password_of_the_settings_makes_the_account_admin(
    setup: Setup, directory: Directory, sign_ins: SignIns, trail: Trail
) -> None:
    await setup.from_password(PASSWORD)
    assert directory.users["admin"].role is Role.ADMIN
    assert not setup.needed
    await sign_ins.sign_in("admin", PASSWORD, None, visitor=HOME)
    entry = (await trail())[0]
    assert (entry.actor, entry.action, entry.target, entry.address) == ("console", "setup", "admin", None)


async def test_password_of_the_settings_changes_no_account_that_is_there(
    setup: Setup, directory: Directory, add_user: AddUser
) -> None:
    ann = await add_user("ann")
    await setup.from_password(PASSWORD)
    assert dict(directory.users) == {"ann": ann}


async def test_weak_password_of_the_settings_stops_the_start_without_showing_it(
    setup: Setup, directory: Directory
) -> None:
    with pytest.raises(StartupError, match=r"PILOTHOUSE_ADMIN_PASSWORD: .*too short") as caught:
        await setup.from_password("tiny")
    assert "tiny" not in caught.value.message
    assert not directory.users
