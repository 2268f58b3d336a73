"""What the tests of signing in through a provider share: a provider that does badly on request, and one way through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from server.auth.directory import Directory
from server.auth.oidc import Oidc
from server.auth.oidc_settings import oidc_settings
from server.auth.records import Visitor
from server.auth.vault import Vault
from server.config import Config
from server.eventlog.audit import Audit
from tests.fakes.clock import FakeClock
from tests.fakes.oidc import FakeSignIns
from tests.fakes.oidc_provider import CLIENT_ID, CLIENT_SECRET, FakeProvider, rsa_key

REDIRECT_URI = "https://pilothouse.example.net/api/v1/auth/oidc/callback"
VISITOR = Visitor(address="10.0.0.7", agent="a browser")
Make = Callable[..., Oidc]


@pytest.fixture(scope="session")
def key() -> RSAKey:
    return rsa_key()


@pytest.fixture(scope="session")
def other_key() -> RSAKey:
    return rsa_key()


@pytest.fixture
async def provider(key: RSAKey, clock: FakeClock) -> AsyncIterator[FakeProvider]:
    async with FakeProvider(key, clock.now).running() as provider:
        yield provider


@pytest.fixture
def sign_ins() -> FakeSignIns:
    return FakeSignIns()


@pytest.fixture
def make(
    provider: FakeProvider, directory: Directory, audit: Audit, vault: Vault, clock: FakeClock, sign_ins: FakeSignIns
) -> Make:
    def make(**settings: Any) -> Oidc:
        values = {
            "oidc_issuer": provider.issuer,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": CLIENT_SECRET,
            "oidc_roles": ("ops=operator", "sre=admin"),
            **settings,
        }
        found = oidc_settings(Config(**values))
        assert found is not None
        return Oidc(found, directory, audit, clock, mac=vault.mac, begin=sign_ins.begin)

    return make


@pytest.fixture
def oidc(make: Make) -> Oidc:
    return make()


async def sign_in(oidc: Oidc, provider: FakeProvider, **changed: str) -> str:
    url, cookie = await oidc.begin("/", REDIRECT_URI)
    query = {**provider.authorize(url), **changed}
    grant, _ = await oidc.complete(query, cookie, REDIRECT_URI, visitor=VISITOR)
    return grant.user
