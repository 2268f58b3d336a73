"""The provider's own documents: how long they are kept, and what is none."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from server.auth.oidc import Oidc
from server.auth.oidc_errors import OidcRefused, OidcUnavailable
from server.auth.oidc_provider import FAILED_S, METADATA_S, MOST_B, Provider
from server.auth.oidc_settings import oidc_settings
from server.auth.oidc_state import States
from server.auth.vault import Vault
from server.config import Config
from tests.fakes.clock import FakeClock
from tests.fakes.oidc_provider import CLIENT_ID, FakeProvider
from tests.unit.auth.oidc.conftest import REDIRECT_URI, Make, sign_in


async def test_the_discovery_document_is_kept_for_an_hour(oidc: Oidc, provider: FakeProvider, clock: FakeClock) -> None:
    for _ in range(3):
        await oidc.begin("/", REDIRECT_URI)
    assert len(provider.asked) == 1
    await clock.advance(METADATA_S)
    await oidc.begin("/", REDIRECT_URI)
    assert len(provider.asked) == 2


async def test_many_at_once_ask_once(oidc: Oidc, provider: FakeProvider) -> None:
    await asyncio.gather(*(oidc.begin("/", REDIRECT_URI) for _ in range(20)))
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://evil.example.net"},
        {"issuer": None},
        {"token_endpoint": "http://id.example.net/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": 7},
    ],
)
async def test_a_discovery_document_that_cannot_be_trusted_is_not_used(
    oidc: Oidc, provider: FakeProvider, wrong: dict[str, Any]
) -> None:
    provider.metadata = wrong
    with pytest.raises(OidcUnavailable):
        await oidc.begin("/", REDIRECT_URI)


async def test_an_issuer_is_the_same_to_the_last_character(make: Make, provider: FakeProvider) -> None:
    with pytest.raises(OidcUnavailable):
        await make(oidc_issuer=provider.issuer + "/").begin("/", REDIRECT_URI)


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(status=500),
        lambda: web.Response(text="<html>"),
        lambda: web.Response(body=b"\xff\xfe"),
        # A small body that becomes a large one: it is not unpacked.
        lambda: web.Response(body=gzip.compress(b" " * 10_000_000), headers={"Content-Encoding": "gzip"}),
        lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}),
        lambda: web.json_response([]),
    ],
)
async def test_an_answer_that_is_none_is_told_as_unavailable(
    oidc: Oidc, provider: FakeProvider, answer: Callable[[], web.Response]
) -> None:
    provider.answer = answer
    with pytest.raises(OidcUnavailable):
        await oidc.begin("/", REDIRECT_URI)


async def test_an_answer_without_an_end_is_not_read_to_its_end(
    oidc: Oidc, provider: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.answer = lambda: web.Response(body=b" " * (MOST_B + 1))
    with pytest.raises(OidcUnavailable):
        await oidc.begin("/", REDIRECT_URI)
    assert f"more than {MOST_B} B" in str([vars(record) for record in caplog.records])


async def test_a_key_that_the_provider_took_back_counts_for_an_hour_at_most(
    oidc: Oidc, provider: FakeProvider, clock: FakeClock
) -> None:
    await sign_in(oidc, provider)
    provider.keys = []
    await clock.advance(METADATA_S)
    with pytest.raises(OidcRefused, match="does not hold"):
        await sign_in(oidc, provider)


async def test_a_provider_that_does_not_answer_is_given_up(
    provider: FakeProvider, vault: Vault, clock: FakeClock
) -> None:
    settings = oidc_settings(Config(oidc_issuer=provider.issuer, oidc_client_id=CLIENT_ID, oidc_roles=("ops=admin",)))
    assert settings is not None
    stuck = await asyncio.to_thread(lambda: Provider(settings, clock, timeout_s=0.05))
    pending, _ = States(vault.mac, clock).new("/")
    provider.free.clear()
    with pytest.raises(OidcUnavailable):
        await stuck.authorization_url(pending, REDIRECT_URI)
    provider.free.set()


async def test_many_who_come_while_it_is_down_do_not_wait_in_a_row(
    oidc: Oidc, provider: FakeProvider, clock: FakeClock
) -> None:
    provider.answer = lambda: web.Response(status=503)
    results = await asyncio.gather(*(oidc.begin("/", REDIRECT_URI) for _ in range(10)), return_exceptions=True)
    assert {type(one) for one in results} == {OidcUnavailable}
    assert len(provider.asked) == 1
    provider.answer = None
    await clock.advance(FAILED_S)
    assert await sign_in(oidc, provider) == "ann"
