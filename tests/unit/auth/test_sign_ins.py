"""Signing in, staying signed in, signing out."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from server.access import CONSOLE, Principal, Role, Scope
from server.auth.access_tokens import AccessTokens
from server.auth.credentials import WrongCredentials
from server.auth.devices import Devices
from server.auth.directory import Directory
from server.auth.records import Grant, Visitor
from server.auth.refresh_tokens import RefreshTokens
from server.auth.sign_ins import (
    GRACE_S,
    IDLE_S,
    LONGEST_S,
    MOST_LOGINS,
    LoginNotFound,
    SessionEnded,
    SessionReused,
    SignIns,
)
from server.errors import Forbidden, StorageUnavailable
from server.ids import new_id
from server.storage.database import Database
from tests.fakes.clock import FakeClock
from tests.fakes.log import HandledLog
from tests.unit.auth.conftest import ELSEWHERE, HOME, PASSWORD, AddPerson, Trail


@pytest.fixture
async def ann(add_person: AddPerson) -> None:
    await add_person("ann")


async def enter(sign_ins: SignIns, name: str = "ann", visitor: Visitor = HOME) -> Grant:
    return await sign_ins.sign_in(name, PASSWORD, None, visitor=visitor)


def person(grant: Grant) -> Principal:
    return Principal(id=grant.user, role=Role.VIEWER, user=grant.user, credential=grant.login, address="192.0.2.1")


@pytest.mark.usefixtures("ann")
class TestSigningIn:
    async def test_gives_what_the_browser_needs_and_leaves_a_trace(
        self, sign_ins: SignIns, directory: Directory, access_tokens: AccessTokens, clock: FakeClock, trail: Trail
    ) -> None:
        grant = await enter(sign_ins, "Ann")
        claims = access_tokens.verify(grant.access_token)
        assert (grant.user, claims.sub, claims.sid) == ("ann", "ann", grant.login)
        assert grant.refresh_expires_at == clock.now() + IDLE_S
        login = directory.logins[grant.login]
        assert (login.user, login.address, login.agent) == ("ann", HOME.address, HOME.agent)
        assert directory.users["ann"].last_seen_at == clock.now()
        (entry,) = await trail()
        assert (entry.actor, entry.action, entry.outcome, entry.target) == ("ann", "sign_in", "ok", grant.login)
        assert (entry.address, entry.agent, entry.detail) == (HOME.address, HOME.agent, {"how": "password"})

    async def test_many_at_once_all_come_in(self, sign_ins: SignIns, directory: Directory) -> None:
        grants = await asyncio.gather(*(enter(sign_ins) for _ in range(10)))
        assert {grant.login for grant in grants} == set(directory.logins)
        assert len(directory.logins) == 10

    async def test_twenty_first_ends_the_oldest(
        self, sign_ins: SignIns, directory: Directory, clock: FakeClock, trail: Trail
    ) -> None:
        grants = []
        for _ in range(MOST_LOGINS + 1):
            await clock.advance(1)
            grants.append(await enter(sign_ins))
        assert [login.id for login in directory.logins_of("ann")] == [grant.login for grant in grants[1:]]
        ended = [entry.target for entry in await trail() if entry.action == "session_revoked"]
        assert ended == [grants[0].login]

    async def test_rows_that_are_over_go(self, sign_ins: SignIns, directory: Directory, clock: FakeClock) -> None:
        await enter(sign_ins)
        await clock.advance(IDLE_S)
        grant = await enter(sign_ins)
        assert list(directory.logins) == [grant.login]

    async def test_browser_keeps_its_device_cookie(self, sign_ins: SignIns, devices: Devices) -> None:
        first = await enter(sign_ins)
        assert devices.known("ann", first.device) is not None
        again = await enter(sign_ins, visitor=Visitor(device=first.device))
        assert again.device == first.device

    async def test_device_cookie_of_another_account_is_replaced(self, sign_ins: SignIns, devices: Devices) -> None:
        grant = await enter(sign_ins, visitor=Visitor(device=devices.issue("bob")))
        assert devices.known("ann", grant.device) is not None

    async def test_nothing_begins_without_a_trace(
        self, sign_ins: SignIns, directory: Directory, log: HandledLog
    ) -> None:
        log.full = True
        with pytest.raises(StorageUnavailable):
            await enter(sign_ins)
        assert not directory.logins

    async def test_agent_that_is_no_text_is_cut_and_cleaned(self, sign_ins: SignIns, directory: Directory) -> None:
        grant = await enter(sign_ins, visitor=Visitor(agent="\ud800\x1b[2J\n" + "x" * 100_000))
        assert directory.logins[grant.login].agent == "��[2J�" + "x" * 250

    async def test_account_disabled_during_the_slow_comparison_does_not_come_in(
        self, sign_ins: SignIns, directory: Directory, trail: Trail
    ) -> None:
        async with directory.changing:
            entering = asyncio.gather(enter(sign_ins), return_exceptions=True)
            await directory.put_user(msgspec.structs.replace(directory.users["ann"], disabled=True))
        assert [type(end) for end in await entering] == [WrongCredentials]
        assert not directory.logins

    async def test_password_changed_during_the_slow_comparison_does_not_count(
        self, sign_ins: SignIns, directory: Directory
    ) -> None:
        checked = directory.users["ann"]
        await directory.put_user(msgspec.structs.replace(checked, password="another hash"))
        with pytest.raises(WrongCredentials):
            await sign_ins._begin(checked, HOME, "password")  # noqa: SLF001 - the moment between two awaits

    async def test_provider_may_sign_in_whom_it_knows(self, sign_ins: SignIns, trail: Trail) -> None:
        grant = await sign_ins.begin("ann", visitor=HOME, how="oidc")
        assert grant.user == "ann"
        assert (await trail())[-1].detail == {"how": "oidc"}

    async def test_provider_may_not_sign_in_who_is_not_there(self, sign_ins: SignIns, trail: Trail) -> None:
        with pytest.raises(WrongCredentials):
            await sign_ins.begin("ghost", visitor=HOME, how="oidc")
        assert (await trail())[-1].outcome == "refused"


@pytest.mark.usefixtures("ann")
class TestRefreshing:
    async def test_gives_new_tokens_and_moves_the_end(
        self, sign_ins: SignIns, directory: Directory, access_tokens: AccessTokens, clock: FakeClock
    ) -> None:
        first = await enter(sign_ins)
        await clock.advance(900)
        second = await sign_ins.refresh(first.refresh_token, visitor=ELSEWHERE)
        assert second.login == first.login
        assert second.refresh_token != first.refresh_token
        assert second.refresh_expires_at == clock.now() + IDLE_S
        assert second.device is None
        assert access_tokens.verify(second.access_token).sid == first.login
        assert directory.logins[first.login].address == ELSEWHERE.address
        assert directory.users["ann"].last_seen_at == clock.now()
        third = await sign_ins.refresh(second.refresh_token, visitor=HOME)
        assert third.refresh_token not in (first.refresh_token, second.refresh_token)

    async def test_two_tabs_at_once_get_the_same(self, sign_ins: SignIns) -> None:
        first = await enter(sign_ins)
        grants = await asyncio.gather(*(sign_ins.refresh(first.refresh_token, visitor=HOME) for _ in range(5)))
        assert len({grant.refresh_token for grant in grants}) == 1
        await sign_ins.refresh(grants[0].refresh_token, visitor=HOME)

    async def test_lost_answer_is_given_again_within_ten_seconds(self, sign_ins: SignIns, clock: FakeClock) -> None:
        first = await enter(sign_ins)
        lost = await sign_ins.refresh(first.refresh_token, visitor=HOME)
        await clock.advance(GRACE_S)
        again = await sign_ins.refresh(first.refresh_token, visitor=HOME)
        assert again.refresh_token == lost.refresh_token

    @pytest.mark.parametrize(
        ("wait_s", "visitor"),
        [
            (GRACE_S + 1, HOME),
            (0, ELSEWHERE),
            (0, Visitor(address=HOME.address, agent="curl")),
            (0, Visitor(address=ELSEWHERE.address, agent=HOME.agent)),
            (0, Visitor()),
        ],
    )
    async def test_token_that_was_exchanged_ends_the_sign_in_for_both(
        self,
        sign_ins: SignIns,
        directory: Directory,
        clock: FakeClock,
        trail: Trail,
        wait_s: float,
        visitor: Visitor,
    ) -> None:
        first = await enter(sign_ins)
        second = await sign_ins.refresh(first.refresh_token, visitor=HOME)
        await clock.advance(wait_s)
        with pytest.raises(SessionReused):
            await sign_ins.refresh(first.refresh_token, visitor=visitor)
        with pytest.raises(SessionEnded):
            await sign_ins.refresh(second.refresh_token, visitor=HOME)
        assert not directory.logins
        entry = (await trail())[-1]
        assert (entry.actor, entry.action, entry.outcome, entry.code, entry.target, entry.address) == (
            "ann",
            "session_reused",
            "refused",
            "session_reused",
            first.login,
            visitor.address,
        )

    async def test_token_of_two_exchanges_ago_ends_the_sign_in_at_once(
        self, sign_ins: SignIns, directory: Directory
    ) -> None:
        first = await enter(sign_ins)
        second = await sign_ins.refresh(first.refresh_token, visitor=HOME)
        await sign_ins.refresh(second.refresh_token, visitor=HOME)
        with pytest.raises(SessionReused):
            await sign_ins.refresh(first.refresh_token, visitor=HOME)
        assert not directory.logins

    async def test_one_reused_sign_in_does_not_end_the_others(self, sign_ins: SignIns, directory: Directory) -> None:
        first, other = await enter(sign_ins), await enter(sign_ins)
        await sign_ins.refresh(first.refresh_token, visitor=HOME)
        with pytest.raises(SessionReused):
            await sign_ins.refresh(first.refresh_token, visitor=ELSEWHERE)
        assert list(directory.logins) == [other.login]

    async def test_ends_when_it_is_not_used_for_thirty_days(self, sign_ins: SignIns, clock: FakeClock) -> None:
        grant = await enter(sign_ins)
        await clock.advance(IDLE_S - 1)
        grant = await sign_ins.refresh(grant.refresh_token, visitor=HOME)
        await clock.advance(IDLE_S)
        with pytest.raises(SessionEnded):
            await sign_ins.refresh(grant.refresh_token, visitor=HOME)

    async def test_ends_after_ninety_days_in_any_case(self, sign_ins: SignIns, clock: FakeClock) -> None:
        grant = await enter(sign_ins)
        begun = clock.now()
        while clock.now() + IDLE_S / 2 < begun + LONGEST_S:
            await clock.advance(IDLE_S / 2)
            grant = await sign_ins.refresh(grant.refresh_token, visitor=HOME)
        assert grant.refresh_expires_at == begun + LONGEST_S
        await clock.advance(IDLE_S / 2)
        with pytest.raises(SessionEnded):
            await sign_ins.refresh(grant.refresh_token, visitor=HOME)

    async def test_disabled_account_is_not_refreshed(self, sign_ins: SignIns, directory: Directory) -> None:
        grant = await enter(sign_ins)
        await directory.put_user(msgspec.structs.replace(directory.users["ann"], disabled=True))
        with pytest.raises(SessionEnded):
            await sign_ins.refresh(grant.refresh_token, visitor=HOME)

    async def test_made_up_token_is_refused_with_a_trace_but_without_the_token(
        self, sign_ins: SignIns, trail: Trail
    ) -> None:
        login, generation, _ = (await enter(sign_ins)).refresh_token.split(".")
        for made_up in (f"{login}.{generation}.{'A' * 43}", "x", "", "\ud800", "x" * 100_000):
            with pytest.raises(SessionEnded):
                await sign_ins.refresh(made_up, visitor=ELSEWHERE)
        entry = (await trail())[-1]
        assert (entry.actor, entry.action, entry.code) == (None, "access", "session_ended")
        assert login not in repr(entry)

    async def test_genuine_token_of_a_sign_in_that_is_gone_is_refused(
        self, sign_ins: SignIns, refresh_tokens: RefreshTokens
    ) -> None:
        with pytest.raises(SessionEnded):
            await sign_ins.refresh(refresh_tokens.issue(new_id(), 1), visitor=HOME)

    async def test_still_works_after_a_restart(
        self, sign_ins: SignIns, directory: Directory, database: Database
    ) -> None:
        grant = await enter(sign_ins)
        assert (await Directory.open(database)).logins == directory.logins
        second = await sign_ins.refresh(grant.refresh_token, visitor=HOME)
        assert (await Directory.open(database)).logins == directory.logins
        assert (await Directory.open(database)).users == directory.users
        assert second.login in directory.logins

    async def test_nothing_of_a_token_is_in_the_database(self, sign_ins: SignIns, database: Database) -> None:
        grant = await enter(sign_ins)
        stored = await database.read(lambda connection: "\n".join(connection.iterdump()))
        assert grant.login in stored
        for secret in (grant.refresh_token.rpartition(".")[2], grant.access_token, grant.device, PASSWORD):
            assert str(secret) not in stored


@pytest.mark.usefixtures("ann")
class TestSigningOut:
    async def test_ends_the_sign_in_of_the_refresh_token(
        self, sign_ins: SignIns, directory: Directory, trail: Trail
    ) -> None:
        grant = await enter(sign_ins)
        await sign_ins.end(grant.refresh_token, None, visitor=HOME)
        assert not directory.logins
        entry = (await trail())[-1]
        assert (entry.actor, entry.action, entry.outcome, entry.target) == ("ann", "sign_out", "ok", grant.login)
        with pytest.raises(SessionEnded):
            await sign_ins.refresh(grant.refresh_token, visitor=HOME)

    async def test_ends_the_sign_in_of_who_asks(self, sign_ins: SignIns, directory: Directory) -> None:
        grant, other = await enter(sign_ins), await enter(sign_ins)
        await sign_ins.end(None, person(grant), visitor=HOME)
        assert list(directory.logins) == [other.login]

    async def test_same_one_shown_twice_is_ended_once(self, sign_ins: SignIns, trail: Trail) -> None:
        grant = await enter(sign_ins)
        await sign_ins.end(grant.refresh_token, person(grant), visitor=HOME)
        assert [entry.action for entry in await trail()] == ["sign_in", "sign_out"]

    @pytest.mark.parametrize("token", [None, "", "x", "\ud800"])
    async def test_nobody_can_sign_out_too(self, sign_ins: SignIns, directory: Directory, token: str | None) -> None:
        grant = await enter(sign_ins)
        await sign_ins.end(token, CONSOLE, visitor=HOME)
        assert list(directory.logins) == [grant.login]

    async def test_twice_is_as_good_as_once(self, sign_ins: SignIns, trail: Trail) -> None:
        grant = await enter(sign_ins)
        await asyncio.gather(*(sign_ins.end(grant.refresh_token, None, visitor=HOME) for _ in range(2)))
        assert [entry.action for entry in await trail()] == ["sign_in", "sign_out"]


@pytest.mark.usefixtures("ann")
class TestOwnSignIns:
    async def test_are_listed_newest_first_with_the_present_one_marked(
        self, sign_ins: SignIns, add_person: AddPerson, clock: FakeClock
    ) -> None:
        await add_person("bob")
        first = await enter(sign_ins)
        await enter(sign_ins, "bob")
        await clock.advance(60)
        second = await enter(sign_ins, visitor=ELSEWHERE)
        listed = sign_ins.logins(person(first)).logins
        assert [(one.id, one.current, one.address, one.agent) for one in listed] == [
            (second.login, False, ELSEWHERE.address, ELSEWHERE.agent),
            (first.login, True, HOME.address, HOME.agent),
        ]
        assert listed[1].created_at == "2026-11-20T09:00:00.000Z"
        await clock.advance(IDLE_S - 60)
        assert [one.id for one in sign_ins.logins(person(first)).logins] == [second.login]

    async def test_one_is_ended_with_a_trace_and_told_to_who_listens(
        self, sign_ins: SignIns, directory: Directory, trail: Trail
    ) -> None:
        first, second = await enter(sign_ins), await enter(sign_ins)
        told: list[list[str]] = []
        directory.on_change(lambda: told.append(list(directory.logins)))
        await sign_ins.revoke(person(first), second.login)
        assert told == [[first.login]]
        entry = (await trail())[-1]
        assert (entry.actor, entry.action, entry.target) == ("ann", "session_revoked", second.login)

    async def test_those_of_others_are_not_there(
        self, sign_ins: SignIns, add_person: AddPerson, directory: Directory
    ) -> None:
        await add_person("bob")
        mine, theirs = await enter(sign_ins), await enter(sign_ins, "bob")
        for one in (theirs.login, "", "x", "\ud800"):
            with pytest.raises(LoginNotFound):
                await sign_ins.revoke(person(mine), one)
        assert theirs.login in directory.logins

    async def test_two_who_end_the_same_one_leave_one_trace(self, sign_ins: SignIns, trail: Trail) -> None:
        first, second = await enter(sign_ins), await enter(sign_ins)
        ends = await asyncio.gather(
            *(sign_ins.revoke(person(first), second.login) for _ in range(2)), return_exceptions=True
        )
        assert [type(end) for end in ends] == [type(None), LoginNotFound]
        assert [entry.action for entry in await trail()].count("session_revoked") == 1

    async def test_all_others_are_ended_at_once(
        self, sign_ins: SignIns, add_person: AddPerson, directory: Directory
    ) -> None:
        await add_person("bob")
        mine, bob = await enter(sign_ins), await enter(sign_ins, "bob")
        for _ in range(3):
            await enter(sign_ins)
        await sign_ins.revoke_others(person(mine))
        assert set(directory.logins) == {mine.login, bob.login}
        await sign_ins.revoke_others(person(mine))

    async def test_are_not_for_tokens_and_not_for_the_machine(self, sign_ins: SignIns) -> None:
        token = Principal(id="ann:ci", role=Role.ADMIN, user="ann", credential="T", scopes=frozenset(Scope))
        for by in (token, CONSOLE):
            with pytest.raises(Forbidden):
                sign_ins.logins(by)
            with pytest.raises(Forbidden):
                await sign_ins.revoke(by, "x")
            with pytest.raises(Forbidden):
                await sign_ins.revoke_others(by)
