"""The ID token: what must not count, and what a provider may do differently."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from server.auth.oidc import Oidc
from server.auth.oidc_errors import OidcRefused
from tests.fakes.clock import FakeClock
from tests.fakes.oidc import FakeSignIns
from tests.fakes.oidc_provider import CLIENT_SECRET, FakeProvider, ec_key, ed_key, public, rsa_key, secret_key
from tests.unit.auth.oidc.conftest import Make, sign_in


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example.net"},
        {"iss": None},
        {"aud": "another client"},
        {"aud": ["another client"]},
        {"aud": None},
        {"aud": ["pilothouse", "another client"]},
        {"aud": ["pilothouse", "another client"], "azp": "another client"},
        {"azp": "another client"},
        {"sub": None},
        {"sub": ""},
        {"sub": 1001},
        {"sub": "x" * 256},
        {"sub": "1001\n"},
        {"exp": None},
        {"exp": "never"},
        {"iat": None},
        {"at_hash": "of another access token"},
    ],
)
async def test_an_id_token_that_is_not_for_this_sign_in_does_not_count(
    oidc: Oidc, provider: FakeProvider, sign_ins: FakeSignIns, wrong: dict[str, Any]
) -> None:
    provider.extra = wrong
    with pytest.raises(OidcRefused, match="does not hold"):
        await sign_in(oidc, provider)
    assert sign_ins.begun == []


@pytest.mark.parametrize(
    "right",
    [{"aud": ["pilothouse"]}, {"aud": ["pilothouse", "another client"], "azp": "pilothouse"}, {"azp": "pilothouse"}],
)
async def test_an_id_token_may_name_its_audience_in_every_way(
    oidc: Oidc, provider: FakeProvider, right: dict[str, Any]
) -> None:
    provider.extra = right
    assert await sign_in(oidc, provider) == "ann"


@pytest.mark.parametrize(
    ("exp_s", "iat_s", "counts"), [(-29, -300, True), (-31, -300, False), (300, 29, True), (300, 31, False)]
)
async def test_clocks_may_differ_by_thirty_seconds(
    oidc: Oidc, provider: FakeProvider, clock: FakeClock, exp_s: int, iat_s: int, counts: bool
) -> None:
    provider.extra = {"exp": int(clock.now()) + exp_s, "iat": int(clock.now()) + iat_s}
    if counts:
        assert await sign_in(oidc, provider) == "ann"
        return
    with pytest.raises(OidcRefused):
        await sign_in(oidc, provider)


async def test_an_unsigned_id_token_does_not_count(oidc: Oidc, provider: FakeProvider) -> None:
    def unsigned(token: str) -> str:
        header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "first"}).encode()).rstrip(b"=").decode()
        return f"{header}.{token.split('.')[1]}."

    provider.tamper = unsigned
    with pytest.raises(OidcRefused, match="does not hold"):
        await sign_in(oidc, provider)


async def test_an_id_token_signed_with_the_clients_secret_does_not_count(oidc: Oidc, provider: FakeProvider) -> None:
    provider.algorithm, provider.key = "HS256", secret_key()
    with pytest.raises(OidcRefused, match="does not hold"):
        await sign_in(oidc, provider)


async def test_an_id_token_signed_with_another_key_does_not_count(
    oidc: Oidc, provider: FakeProvider, other_key: RSAKey
) -> None:
    provider.key = other_key
    with pytest.raises(OidcRefused, match="does not hold"):
        await sign_in(oidc, provider)


async def test_the_key_in_the_header_of_an_id_token_does_not_count(
    oidc: Oidc, provider: FakeProvider, other_key: RSAKey
) -> None:
    provider.key, provider.header = other_key, {"jwk": public(other_key)}
    with pytest.raises(OidcRefused, match="does not hold"):
        await sign_in(oidc, provider)


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: token + "A",
        lambda token: token.replace(".", ".A", 1),
        lambda token: "",
        lambda token: "no token",
        lambda token: "..",
        lambda token: "é.é.é",
    ],
)
async def test_an_id_token_that_was_changed_does_not_count(
    oidc: Oidc, provider: FakeProvider, change: Callable[[str], str]
) -> None:
    provider.tamper = change
    with pytest.raises(OidcRefused, match="does not hold"):
        await sign_in(oidc, provider)


@pytest.mark.parametrize(("algorithm", "make_key"), [("ES256", ec_key), ("EdDSA", ed_key), ("PS256", rsa_key)])
async def test_other_signatures_with_a_private_key_count(
    oidc: Oidc, provider: FakeProvider, algorithm: str, make_key: Callable[[], Any]
) -> None:
    provider.algorithm, provider.key = algorithm, make_key()
    provider.keys = [public(provider.key)]
    assert await sign_in(oidc, provider) == "ann"


async def test_a_key_for_something_else_does_not_count(make: Make, provider: FakeProvider, key: RSAKey) -> None:
    for further in ({"use": "enc"}, {"alg": "PS256"}):
        provider.keys = [public(key, **further)]
        with pytest.raises(OidcRefused, match="does not hold"):
            await sign_in(make(), provider)


async def test_an_id_token_that_names_no_key_needs_none_where_there_is_one(
    oidc: Oidc, provider: FakeProvider, key: RSAKey
) -> None:
    provider.header = {"kid": None}
    provider.keys = [{"kty": "something new"}, public(key, use="enc"), public(key)]
    assert await sign_in(oidc, provider) == "ann"


async def test_a_new_key_of_the_provider_is_fetched_once(oidc: Oidc, provider: FakeProvider) -> None:
    await sign_in(oidc, provider)
    provider.key = rsa_key("second")
    provider.keys = [public(provider.key)]
    await sign_in(oidc, provider)
    assert provider.asked.count("/jwks") == 2
    provider.keys = []
    await sign_in(oidc, provider)
    assert provider.asked.count("/jwks") == 2


async def test_what_is_wrong_with_an_id_token_is_in_the_log_and_the_token_is_not(
    oidc: Oidc, provider: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.extra = {"aud": "another client"}
    with pytest.raises(OidcRefused):
        await sign_in(oidc, provider)
    logged = str([vars(record) for record in caplog.records])
    assert "aud" in logged
    assert provider.id_token().split(".")[1] not in logged
    assert CLIENT_SECRET not in logged
