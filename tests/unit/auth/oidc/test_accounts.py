"""The account that somebody gets who comes through a provider."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from server.access import Role
from server.auth.bounds import TooMany
from server.auth.directory import Directory
from server.auth.oidc import Oidc
from server.auth.oidc_accounts import OidcAccounts
from server.auth.oidc_errors import OidcRefused
from server.auth.oidc_settings import oidc_settings
from server.auth.people import MOST_USERS
from server.config import Config
from server.errors import StorageUnavailable
from server.eventlog.audit import Audit
from tests.fakes.clock import FakeClock
from tests.fakes.log import HandledLog
from tests.fakes.oidc import FakeSignIns
from tests.fakes.oidc_provider import CLIENT_ID, FakeProvider
from tests.unit.auth.conftest import AddUser, Trail
from tests.unit.auth.oidc.conftest import VISITOR, sign_in

ISSUER = "https://id.example.net/realms/ops"


@pytest.fixture
def accounts(directory: Directory, audit: Audit, clock: FakeClock) -> OidcAccounts:
    settings = oidc_settings(Config(oidc_issuer=ISSUER, oidc_client_id=CLIENT_ID, oidc_roles=("ops=operator",)))
    assert settings is not None
    return OidcAccounts(settings, directory, audit, clock)


async def test_the_role_follows_the_provider_and_the_change_leaves_a_trace(
    oidc: Oidc, provider: FakeProvider, directory: Directory, trail: Trail
) -> None:
    await sign_in(oidc, provider)
    provider.extra = {"groups": ["sre", "ops"], "preferred_username": "renamed"}
    assert await sign_in(oidc, provider) == "ann"
    assert directory.users["ann"].role is Role.ADMIN
    await sign_in(oidc, provider)
    changes = [one for one in await trail() if one.action == "user_changed"]
    assert [one.detail for one in changes] == [{"how": "oidc", "role": "admin", "before": "operator"}]


async def test_without_a_trace_nobody_becomes_an_administrator(
    oidc: Oidc, provider: FakeProvider, directory: Directory, log: HandledLog
) -> None:
    await sign_in(oidc, provider)
    provider.extra = {"groups": ["sre"]}
    log.full = True
    with pytest.raises(StorageUnavailable):
        await sign_in(oidc, provider)
    assert directory.users["ann"].role is Role.OPERATOR


async def test_a_disabled_account_stays_out(
    oidc: Oidc, provider: FakeProvider, directory: Directory, sign_ins: FakeSignIns, trail: Trail
) -> None:
    await sign_in(oidc, provider)
    await directory.put_user(msgspec.structs.replace(directory.users["ann"], disabled=True))
    with pytest.raises(OidcRefused, match="disabled"):
        await sign_in(oidc, provider)
    assert (len(directory.users), len(sign_ins.begun)) == (1, 1)
    refused = (await trail())[-1]
    assert (refused.actor, refused.action, refused.outcome, refused.code, refused.address) == (
        "ann",
        "sign_in",
        "refused",
        "oidc_refused",
        "10.0.0.7",
    )


async def test_the_same_subject_at_another_provider_is_another_person(
    oidc: Oidc, provider: FakeProvider, add_user: AddUser
) -> None:
    await add_user("boss", Role.ADMIN, subject="https://other.example.net#1001")
    assert await sign_in(oidc, provider) == "ann"


async def test_parallel_first_sign_ins_make_one_account_a_person(accounts: OidcAccounts, directory: Directory) -> None:
    claims = [{"sub": sub, "groups": ["ops"], "preferred_username": "ann"} for sub in ("1", "2", "1", "2")]
    found = await asyncio.gather(*(accounts.account(one, VISITOR) for one in claims))
    assert [one.name for one in found] == ["ann", "ann-2", "ann", "ann-2"]
    assert {name: user.subject for name, user in directory.users.items()} == {
        "ann": f"{ISSUER}#1",
        "ann-2": f"{ISSUER}#2",
    }


async def test_there_is_an_end_to_accounts(accounts: OidcAccounts, add_user: AddUser) -> None:
    claims = {"sub": "1", "groups": ["ops"], "preferred_username": "ann"}
    await accounts.account(claims, VISITOR)
    for number in range(MOST_USERS - 1):
        await add_user(f"user-{number}")
    with pytest.raises(TooMany):
        await accounts.account({**claims, "sub": "2"}, VISITOR)
    assert (await accounts.account(claims, VISITOR)).name == "ann"


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Ann", "ann"),
        ("ann@example.net", "ann-example.net"),
        ("DOMAIN\\ann", "domain-ann"),
        ("../../etc/passwd", "etc-passwd"),
        ("김철수", "person"),
        ("аnn", "nn"),
        ("", "person"),
        (None, "person"),
        (7, "person"),
        ("local", "local-2"),
        ("console", "console-2"),
        ("x" * 500, "x" * 60),
        ("-.-", "person"),
    ],
)
async def test_a_name_is_made_of_what_the_provider_calls_somebody(
    oidc: Oidc, provider: FakeProvider, wanted: object, name: str
) -> None:
    provider.extra = {"preferred_username": wanted}
    assert await sign_in(oidc, provider) == name
