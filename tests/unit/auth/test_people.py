"""Accounts: who may manage them, what is refused, and that each change leaves its trace and takes effect."""

from __future__ import annotations

import asyncio

import pytest

from server.access import CONSOLE, LOCAL, Principal, Role, Scope
from server.auth.bounds import TooMany
from server.auth.credentials import WrongCredentials
from server.auth.directory import Directory
from server.auth.names import InvalidLabel, InvalidName
from server.auth.passwords import NoPassword, Passwords, WeakPassword, WrongPassword
from server.auth.people import MOST_USERS, LastAdmin, NameTaken, People, UserNotFound
from server.auth.records import Grant, User
from server.auth.second_factor import SecondFactorMissing
from server.auth.sign_ins import SignIns
from server.auth.throttle import Throttle
from server.errors import Forbidden, RateLimited, StorageUnavailable
from server.eventlog.audit import Audit
from server.protocol.identity import NewUserBody, UserChangeBody
from server.storage.database import Database
from tests.fakes.clock import FakeClock
from tests.fakes.log import HandledLog
from tests.unit.auth.conftest import ATTEMPTS_PER_MIN, HOME, PASSWORD, AddPerson, AddUser, Trail

ROOT = Principal(id="root", role=Role.ADMIN, user="root", credential="R", address="192.0.2.9")
FRESH = "another good password"


def new(
    name: str = "ann", role: str = "viewer", password: str = PASSWORD, labels: list[str] | None = None
) -> NewUserBody:
    return NewUserBody(name=name, role=role, password=password, labels=labels or [])  # type: ignore[arg-type]


def person(grant: Grant) -> Principal:
    return Principal(id=grant.user, role=Role.VIEWER, user=grant.user, credential=grant.login, address="192.0.2.1")


async def enter(sign_ins: SignIns, password: str = PASSWORD) -> Grant:
    return await sign_ins.sign_in("ann", password, None, visitor=HOME)


async def test_added_account_can_sign_in(people: People, sign_ins: SignIns, trail: Trail) -> None:
    view = await people.add(ROOT, new("Ann", "operator", labels=["team=ops", "a"]))
    assert (view.name, view.role, view.labels, view.disabled, view.password) == (
        "ann",
        "operator",
        ["a", "team=ops"],
        False,
        True,
    )
    assert (await enter(sign_ins)).user == "ann"
    entry = (await trail())[0]
    assert (entry.actor, entry.action, entry.outcome, entry.target) == ("root", "user_added", "ok", "ann")
    assert (entry.address, entry.detail) == ("192.0.2.9", {"role": "operator", "labels": "a, team=ops"})


async def test_list_is_by_name_and_says_how_often_each_is_signed_in(
    people: People, sign_ins: SignIns, add_person: AddPerson, add_user: AddUser, clock: FakeClock
) -> None:
    await add_person("bob", totp=b"sealed")
    await add_person("ann")
    await add_user("carl", disabled=True, subject="https://id.example.net#7")
    await enter(sign_ins)
    await enter(sign_ins)
    users = people.list(CONSOLE).users
    assert [(one.name, one.logins, one.password, one.second_factor, one.oidc, one.disabled) for one in users] == [
        ("ann", 2, True, False, False, False),
        ("bob", 0, True, True, False, False),
        ("carl", 0, False, False, True, True),
    ]
    assert [one.last_seen_at for one in users] == ["2026-11-20T09:00:00.000Z", None, None]
    await clock.advance(31 * 24 * 3600)
    assert people.list(CONSOLE).users[0].logins == 0


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (new(name=""), InvalidName),
        (new(name="аnn"), InvalidName),
        (new(name="x" * 256), InvalidName),
        (new(name="console"), InvalidName),
        (new(password="short"), WeakPassword),
        (new(name="annabellelee", password="annabellelee"), WeakPassword),
        (new(labels=["=x"]), InvalidLabel),
        (new(name="BOB"), NameTaken),
    ],
)
async def test_account_that_cannot_be_is_not_made(
    people: People, add_user: AddUser, directory: Directory, trail: Trail, body: NewUserBody, refusal: type[Exception]
) -> None:
    await add_user("bob", disabled=True)
    with pytest.raises(refusal):
        await people.add(ROOT, body)
    assert list(directory.users) == ["bob"]
    assert not await trail()


async def test_two_who_add_the_same_name_make_one_account(people: People, directory: Directory, trail: Trail) -> None:
    ends = await asyncio.gather(people.add(ROOT, new()), people.add(ROOT, new("Ann")), return_exceptions=True)
    assert [type(end) for end in ends].count(NameTaken) == 1
    assert list(directory.users) == ["ann"]
    assert len(await trail()) == 1


async def test_thousand_accounts_are_enough(
    database: Database, audit: Audit, clock: FakeClock, passwords: Passwords, throttle: Throttle
) -> None:
    row = "INSERT INTO users VALUES (?, 'viewer', '[]', 0, NULL, NULL, 0, '[]', NULL, 0, NULL)"
    await database.write(lambda connection: connection.executemany(row, [(f"u{n}",) for n in range(MOST_USERS - 1)]))
    directory = await Directory.open(database)
    people = People(directory, audit, clock, passwords=passwords, throttle=throttle)
    await people.add(ROOT, new("ann"))
    with pytest.raises(TooMany):
        await people.add(ROOT, new("bob"))
    assert len(directory.users) == MOST_USERS


async def test_nothing_changes_without_a_trace(
    people: People, add_person: AddPerson, directory: Directory, log: HandledLog
) -> None:
    await add_person("ann", totp=b"sealed")
    before = dict(directory.users)
    log.full = True
    for change in (
        people.add(ROOT, new("bob")),
        people.change(ROOT, "ann", UserChangeBody(role="admin")),
        people.change(ROOT, "ann", UserChangeBody(disabled=True)),
        people.set_password(ROOT, "ann", FRESH),
        people.remove_second_factor(ROOT, "ann"),
    ):
        with pytest.raises(StorageUnavailable):
            await change
    assert directory.users == before


async def test_change_says_what_was_before_and_what_is_now(
    people: People, add_user: AddUser, trail: Trail, directory: Directory, database: Database
) -> None:
    await add_user("ann", labels=("a",))
    view = await people.change(ROOT, "Ann", UserChangeBody(role="operator", labels=["b", "c=1"]))
    assert (view.role, view.labels) == ("operator", ["b", "c=1"])
    (entry,) = await trail()
    assert (entry.action, entry.target) == ("user_changed", "ann")
    assert entry.detail == {"role": "operator", "role_before": "viewer", "labels": "b, c=1", "labels_before": "a"}
    assert (await Directory.open(database)).users == directory.users


async def test_what_is_absent_stays_and_no_change_leaves_no_trace(
    people: People, add_user: AddUser, trail: Trail, directory: Directory
) -> None:
    ann = await add_user("ann", Role.OPERATOR, labels=("a",))
    await people.change(ROOT, "ann", UserChangeBody())
    await people.change(ROOT, "ann", UserChangeBody(role="operator", labels=["a"], disabled=False))
    assert directory.users["ann"] == ann
    assert not await trail()


async def test_disabling_ends_all_sign_ins_at_once_and_enabling_revives_none(
    people: People, sign_ins: SignIns, add_person: AddPerson, directory: Directory, database: Database, trail: Trail
) -> None:
    await add_person("ann")
    await enter(sign_ins)
    await enter(sign_ins)
    told: list[int] = []
    directory.on_change(lambda: told.append(len(directory.logins)))
    await people.change(ROOT, "Ann", UserChangeBody(disabled=True))
    assert told == [0]
    await people.change(ROOT, "ann", UserChangeBody(disabled=False))
    assert not (await Directory.open(database)).logins
    assert [entry.action for entry in await trail()][2:] == ["user_disabled", "user_enabled"]


async def test_everybody_who_is_connected_is_looked_at_again_when_a_role_or_label_changes(
    people: People, add_user: AddUser, directory: Directory
) -> None:
    await add_user("ann")
    told: list[User] = []
    directory.on_change(lambda: told.append(directory.users["ann"]))
    await people.change(ROOT, "ann", UserChangeBody(role="operator"))
    await people.change(ROOT, "ann", UserChangeBody(labels=["a"]))
    assert [(user.role, user.labels) for user in told] == [(Role.OPERATOR, ()), (Role.OPERATOR, ("a",))]


@pytest.mark.parametrize("body", [UserChangeBody(role="operator"), UserChangeBody(disabled=True)])
async def test_last_administrator_stays(
    people: People, add_user: AddUser, directory: Directory, trail: Trail, body: UserChangeBody
) -> None:
    await add_user("root", Role.ADMIN)
    await add_user("old", Role.ADMIN, disabled=True)
    await add_user("ann", Role.OPERATOR)
    with pytest.raises(LastAdmin):
        await people.change(ROOT, "root", body)
    assert directory.users["root"].role is Role.ADMIN
    assert not await trail()
    await people.change(ROOT, "root", UserChangeBody(labels=["a"]))
    await people.change(ROOT, "ann", UserChangeBody(disabled=True))


async def test_two_administrators_who_disable_each_other_leave_one(
    people: People, add_user: AddUser, directory: Directory
) -> None:
    await add_user("root", Role.ADMIN)
    await add_user("toor", Role.ADMIN)
    ends = await asyncio.gather(
        people.change(ROOT, "toor", UserChangeBody(disabled=True)),
        people.change(ROOT, "root", UserChangeBody(role="viewer")),
        return_exceptions=True,
    )
    assert [type(end) for end in ends].count(LastAdmin) == 1
    assert sum(user.role is Role.ADMIN and not user.disabled for user in directory.users.values()) == 1


async def test_two_changes_at_once_both_count(people: People, add_user: AddUser, directory: Directory) -> None:
    await add_user("ann")
    await asyncio.gather(
        people.change(ROOT, "ann", UserChangeBody(role="operator")),
        people.change(ROOT, "ann", UserChangeBody(labels=["a"])),
    )
    assert (directory.users["ann"].role, directory.users["ann"].labels) == (Role.OPERATOR, ("a",))


@pytest.mark.parametrize("name", ["ghost", "", "\ud800", "x" * 100_000, "аnn"])
async def test_who_is_not_there_cannot_be_changed(people: People, name: str) -> None:
    for change in (
        people.change(ROOT, name, UserChangeBody(role="admin")),
        people.set_password(ROOT, name, FRESH),
        people.remove_second_factor(ROOT, name),
        people.end_logins(ROOT, name),
    ):
        with pytest.raises(UserNotFound):
            await change


async def test_new_password_from_an_administrator_ends_all_sign_ins(
    people: People, sign_ins: SignIns, add_person: AddPerson, directory: Directory, trail: Trail
) -> None:
    await add_person("ann")
    await enter(sign_ins)
    await people.set_password(CONSOLE, "Ann", FRESH)
    assert not directory.logins
    with pytest.raises(WrongCredentials):
        await enter(sign_ins)
    await enter(sign_ins, FRESH)
    entry = (await trail())[1]
    assert (entry.actor, entry.action, entry.target, entry.detail) == ("console", "password_changed", "ann", {})


async def test_weak_password_from_an_administrator_is_refused(people: People, add_user: AddUser) -> None:
    await add_user("annabellelee")
    with pytest.raises(WeakPassword):
        await people.set_password(ROOT, "annabellelee", "AnnabelleLee")


async def test_own_new_password_ends_the_other_sign_ins(
    people: People, sign_ins: SignIns, add_person: AddPerson, directory: Directory, trail: Trail
) -> None:
    await add_person("ann")
    mine = await enter(sign_ins)
    await enter(sign_ins)
    await people.change_password(person(mine), PASSWORD, FRESH)
    assert list(directory.logins) == [mine.login]
    await enter(sign_ins, FRESH)
    assert (await trail())[2].action == "password_changed"


async def test_own_password_is_guarded_by_the_present_one_and_cannot_be_guessed(
    people: People, sign_ins: SignIns, add_person: AddPerson, directory: Directory, trail: Trail
) -> None:
    ann = await add_person("ann")
    mine = person(await enter(sign_ins))
    for _ in range(ATTEMPTS_PER_MIN):
        with pytest.raises(WrongPassword) as wrong:
            await people.change_password(mine, "wrong", FRESH)
        assert wrong.value.audited  # The door, which notes what is forbidden, leaves it at that.
    with pytest.raises(RateLimited):
        await people.change_password(mine, PASSWORD, FRESH)
    assert directory.users["ann"].password == ann.password
    refused = [(entry.action, entry.outcome, entry.code) for entry in (await trail())[1:]]
    assert refused == [
        ("password_changed", "refused", "wrong_password"),
        ("password_changed", "refused", "rate_limited"),
    ]


async def test_own_new_password_must_be_a_good_one(people: People, sign_ins: SignIns, add_person: AddPerson) -> None:
    await add_person("ann")
    with pytest.raises(WeakPassword):
        await people.change_password(person(await enter(sign_ins)), PASSWORD, "short")


async def test_account_of_the_provider_has_no_password_to_change(people: People, add_user: AddUser) -> None:
    await add_user("ann", subject="https://id.example.net#7")
    by = Principal(id="ann", role=Role.VIEWER, user="ann", credential="L")
    with pytest.raises(NoPassword):
        await people.change_password(by, PASSWORD, FRESH)


async def test_of_two_password_changes_at_once_one_counts(
    people: People, sign_ins: SignIns, add_person: AddPerson
) -> None:
    await add_person("ann")
    mine = person(await enter(sign_ins))
    ends = await asyncio.gather(
        people.change_password(mine, PASSWORD, FRESH),
        people.change_password(mine, PASSWORD, FRESH + "!"),
        return_exceptions=True,
    )
    assert [type(end) for end in ends].count(WrongPassword) == 1


async def test_removed_second_factor_takes_its_recovery_codes_along(
    people: People, add_user: AddUser, directory: Directory, trail: Trail
) -> None:
    await add_user("ann", totp=b"sealed", totp_step=5, recovery=("hash",))
    await people.remove_second_factor(ROOT, "ann")
    ann = directory.users["ann"]
    assert (ann.totp, ann.totp_step, ann.recovery) == (None, 0, ())
    with pytest.raises(SecondFactorMissing):
        await people.remove_second_factor(ROOT, "ann")
    assert [(entry.action, entry.target) for entry in await trail()] == [("second_factor_disabled", "ann")]


async def test_all_sign_ins_of_a_person_are_ended(
    people: People, sign_ins: SignIns, add_person: AddPerson, directory: Directory, trail: Trail
) -> None:
    await add_person("ann")
    await enter(sign_ins)
    await enter(sign_ins)
    await people.end_logins(ROOT, "ann")
    await people.end_logins(ROOT, "ann")
    assert not directory.logins
    assert [entry.detail for entry in await trail() if entry.action == "session_revoked"] == [{"sign_ins": "2"}]


@pytest.mark.parametrize(
    "by",
    [
        Principal(id="v", role=Role.VIEWER, user="v", credential="L"),
        Principal(id="o", role=Role.OPERATOR, user="o", credential="L"),
        Principal(id="a:ci", role=Role.ADMIN, user="a", credential="T", scopes=frozenset({Scope.READ, Scope.OPERATE})),
    ],
)
async def test_only_administrators_manage_people(people: People, add_person: AddPerson, by: Principal) -> None:
    await add_person("ann", totp=b"sealed")
    with pytest.raises(Forbidden):
        people.list(by)
    for change in (
        people.add(by, new("bob")),
        people.change(by, "ann", UserChangeBody(role="admin")),
        people.set_password(by, "ann", FRESH),
        people.remove_second_factor(by, "ann"),
        people.end_logins(by, "ann"),
    ):
        with pytest.raises(Forbidden):
            await change


@pytest.mark.parametrize(
    "by", [CONSOLE, LOCAL, Principal(id="ann:ci", role=Role.ADMIN, user="ann", scopes=frozenset(Scope))]
)
async def test_only_a_person_changes_their_own_password(people: People, add_person: AddPerson, by: Principal) -> None:
    await add_person("ann")
    with pytest.raises(Forbidden):
        await people.change_password(by, PASSWORD, FRESH)


async def test_no_secret_is_in_the_trail(people: People, sign_ins: SignIns, log: HandledLog) -> None:
    await people.add(ROOT, new())
    grant = await enter(sign_ins)
    await people.change_password(person(grant), PASSWORD, FRESH)
    await people.set_password(ROOT, "ann", PASSWORD)
    text = b"".join(event.text for event in (await log.read(0, limit=100)).events).decode()
    for secret in (PASSWORD, FRESH, "argon2", grant.access_token, grant.refresh_token.rpartition(".")[2]):
        assert secret not in text
