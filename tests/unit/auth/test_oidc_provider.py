"""Signing in through a real, certified provider that runs on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from server.access import Role
from server.auth.directory import Directory
from server.auth.oidc import Oidc
from server.auth.oidc_errors import OidcRefused, OidcUnavailable
from server.auth.oidc_settings import oidc_settings
from server.auth.records import Visitor
from server.auth.vault import Vault
from server.clock import SystemClock
from server.config import Config
from server.eventlog.audit import Audit
from tests.fakes.oidc import FakeBrowser, FakeSignIns
from tests.provision.oidc_provider import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, Provider
from tests.unit.auth.conftest import AddUser, Trail

pytestmark = pytest.mark.oidc

VISITOR = Visitor(address="10.0.0.7", agent="a browser")
ACCOUNTS: dict[str, dict[str, Any]] = {
    "1001": {"preferred_username": "Ann", "groups": ["staff", "ops"]},
    "1002": {"preferred_username": "bob", "groups": "sre"},
    "1003": {"preferred_username": "eve", "groups": ["staff"]},
    "1004": {"preferred_username": "zoe"},
    "1005": {"preferred_username": "ann", "groups": ["ops", "sre"]},
}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """One provider for all that do not stop it."""
    provider = Provider(ACCOUNTS)
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
async def browser() -> AsyncIterator[FakeBrowser]:
    browser = FakeBrowser(REDIRECT_URI)
    yield browser
    await browser.close()


@pytest.fixture
def sign_ins() -> FakeSignIns:
    return FakeSignIns()


Make = Callable[..., Oidc]


@pytest.fixture
def make(directory: Directory, audit: Audit, vault: Vault, sign_ins: FakeSignIns) -> Make:
    """Makes the server's side of a provider. Its time is the real one: so is the provider's."""

    def make(provider: Provider, **settings: Any) -> Oidc:
        config = Config(
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT_ID,
            **{"oidc_client_secret": CLIENT_SECRET, "oidc_roles": ("ops=operator", "sre=admin"), **settings},
        )
        found = oidc_settings(config)
        assert found is not None
        return Oidc(found, directory, audit, SystemClock(), mac=vault.mac, begin=sign_ins.begin)

    return make


@pytest.fixture
def oidc(make: Make, provider: Provider) -> Oidc:
    return make(provider)


async def sign_in(oidc: Oidc, browser: FakeBrowser, who: str = "1001", return_to: str = "/") -> str:
    """Return where the browser ends up."""
    url, cookie = await oidc.begin(return_to, REDIRECT_URI)
    query = await browser.visit(url, login_hint=who)
    _, path = await oidc.complete(query, cookie, REDIRECT_URI, visitor=VISITOR)
    return path


async def test_a_person_is_signed_in_with_the_role_of_their_group(
    oidc: Oidc, browser: FakeBrowser, provider: Provider, directory: Directory, sign_ins: FakeSignIns, trail: Trail
) -> None:
    assert await sign_in(oidc, browser, return_to="/containers?q=web") == "/containers?q=web"
    assert sign_ins.begun == [("ann", "oidc")]
    user = directory.users["ann"]
    assert (user.role, user.subject, user.password) == (Role.OPERATOR, f"{provider.issuer}#1001", None)
    added = (await trail())[0]
    assert (added.action, added.target, added.detail["role"], added.address) == (
        "user_added",
        "ann",
        "operator",
        "10.0.0.7",
    )


async def test_the_second_sign_in_finds_the_first_ones_account(
    oidc: Oidc, browser: FakeBrowser, directory: Directory, sign_ins: FakeSignIns
) -> None:
    await sign_in(oidc, browser)
    await sign_in(oidc, browser)
    assert [name for name, _ in sign_ins.begun] == ["ann", "ann"]
    assert list(directory.users) == ["ann"]


async def test_a_claim_may_be_one_word_and_the_highest_role_counts(
    oidc: Oidc, browser: FakeBrowser, make: Make, provider: Provider, directory: Directory
) -> None:
    await sign_in(oidc, browser, "1002")
    other = FakeBrowser(REDIRECT_URI)
    await sign_in(oidc, other, "1005")
    await other.close()
    assert {name: user.role for name, user in directory.users.items()} == {"bob": Role.ADMIN, "ann": Role.ADMIN}


@pytest.mark.parametrize("who", ["1003", "1004"])
async def test_without_a_group_there_is_no_entry_and_no_account(
    oidc: Oidc, browser: FakeBrowser, directory: Directory, sign_ins: FakeSignIns, trail: Trail, who: str
) -> None:
    with pytest.raises(OidcRefused, match="group"):
        await sign_in(oidc, browser, who)
    assert (dict(directory.users), sign_ins.begun) == ({}, [])
    (refused,) = await trail()
    assert (refused.action, refused.outcome, refused.code) == ("sign_in", "refused", "oidc_refused")
    assert refused.detail["subject"].endswith(f"#{who}")


async def test_whoever_bears_the_name_of_an_account_does_not_get_it(
    oidc: Oidc, browser: FakeBrowser, directory: Directory, sign_ins: FakeSignIns, add_user: AddUser
) -> None:
    mine = await add_user("ann", Role.ADMIN, password="hash")
    await sign_in(oidc, browser, "1001")
    other = FakeBrowser(REDIRECT_URI)
    await sign_in(oidc, other, "1005")
    await other.close()
    assert [name for name, _ in sign_ins.begun] == ["ann-2", "ann-3"]
    assert directory.users["ann"] is mine


async def test_a_code_counts_once(oidc: Oidc, browser: FakeBrowser, sign_ins: FakeSignIns) -> None:
    url, cookie = await oidc.begin("/", REDIRECT_URI)
    query = await browser.visit(url)
    await oidc.complete(query, cookie, REDIRECT_URI, visitor=VISITOR)
    with pytest.raises(OidcRefused, match="finished already"):
        await oidc.complete(query, cookie, REDIRECT_URI, visitor=VISITOR)
    # The same code with the state of another sign-in: the provider itself refuses it.
    url, other_cookie = await oidc.begin("/", REDIRECT_URI)
    other_query = await browser.visit(url)
    with pytest.raises(OidcRefused, match="does not know this sign-in"):
        await oidc.complete({**other_query, "code": query["code"]}, other_cookie, REDIRECT_URI, visitor=VISITOR)
    assert len(sign_ins.begun) == 1


async def test_a_code_that_was_made_for_another_browser_does_not_count(
    oidc: Oidc, browser: FakeBrowser, sign_ins: FakeSignIns
) -> None:
    url, _ = await oidc.begin("/", REDIRECT_URI)
    stolen = await browser.visit(url)
    _, cookie = await oidc.begin("/", REDIRECT_URI)
    with pytest.raises(OidcRefused, match="another sign-in"):
        await oidc.complete(stolen, cookie, REDIRECT_URI, visitor=VISITOR)
    assert sign_ins.begun == []


async def test_a_person_whom_the_provider_refuses_is_refused(oidc: Oidc, browser: FakeBrowser) -> None:
    with pytest.raises(OidcRefused, match="did not sign you in"):
        await sign_in(oidc, browser, "nobody")


async def test_a_wrong_client_secret_is_the_servers_own_fault(
    make: Make, provider: Provider, browser: FakeBrowser, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(OidcUnavailable):
        await sign_in(make(provider, oidc_client_secret="wrong secret"), browser)
    assert "invalid_client" in str([vars(record) for record in caplog.records])
    assert "wrong secret" not in str([vars(record) for record in caplog.records])


async def test_with_the_provider_down_nobody_waits_long_and_afterwards_it_works(
    make: Make, browser: FakeBrowser, sign_ins: FakeSignIns
) -> None:
    provider = Provider(ACCOUNTS)
    await asyncio.to_thread(provider.start)
    try:
        oidc = make(provider)
        url, cookie = await oidc.begin("/", REDIRECT_URI)
        query = await browser.visit(url)
        await asyncio.to_thread(provider.stop)
        with pytest.raises(OidcUnavailable):
            await oidc.complete(query, cookie, REDIRECT_URI, visitor=VISITOR)
        with pytest.raises(OidcUnavailable):
            await make(provider).begin("/", REDIRECT_URI)
        await asyncio.to_thread(provider.start)
        await sign_in(oidc, browser)
        assert sign_ins.begun == [("ann", "oidc")]
    finally:
        await asyncio.to_thread(provider.stop)
