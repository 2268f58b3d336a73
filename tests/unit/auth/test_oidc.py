"""Sign-ins through a provider that go wrong: what must not count, and what a provider may do badly."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from aiohttp import web
from joserfc.jwk import RSAKey

from server.access import Role
from server.auth.bounds import TooMany
from server.auth.directory import Directory
from server.auth.oidc import Oidc
from server.auth.oidc_accounts import OidcAccounts
from server.auth.oidc_errors import OidcRefused, OidcUnavailable
from server.auth.oidc_provider import FAILED_S, METADATA_S, MOST_B, Provider
from server.auth.oidc_settings import oidc_settings
from server.auth.oidc_state import States
from server.auth.people import MOST_USERS
from server.auth.records import Visitor
from server.auth.vault import Vault
from server.config import Config
from server.errors import StorageUnavailable
from server.eventlog.audit import Audit
from tests.fakes.clock import FakeClock
from tests.fakes.log import HandledLog
from tests.fakes.oidc import FakeSignIns
from tests.fakes.oidc_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    FakeProvider,
    ec_key,
    ed_key,
    public,
    rsa_key,
    secret_key,
)
from tests.unit.auth.conftest import AddUser, Trail

REDIRECT_URI = "https://pilothouse.example.net/api/v1/auth/oidc/callback"
ISSUER = "https://id.example.net/realms/ops"
VISITOR = Visitor(address="10.0.0.7", agent="a browser")
Make = Callable[..., Oidc]


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return rsa_key()


@pytest.fixture(scope="module")
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


# The way there


async def test_the_browser_is_sent_with_state_nonce_and_a_pkce_challenge(oidc: Oidc, provider: FakeProvider) -> None:
    url, cookie = await oidc.begin("/", REDIRECT_URI)
    query = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(f"{provider.issuer}/authorize?")
    assert (query["response_type"], query["client_id"], query["redirect_uri"]) == ("code", CLIENT_ID, REDIRECT_URI)
    assert (query["code_challenge_method"], len(query["code_challenge"])) == ("S256", 43)
    assert query["scope"] == "openid profile"
    assert query["state"] != query["nonce"]
    # What is in the address line of the browser gives away nothing of the cookie, and the other way round.
    assert not any(query[name] in cookie for name in ("state", "nonce", "code_challenge"))


async def test_no_two_sign_ins_share_anything(oidc: Oidc) -> None:
    (one, one_cookie), (other, other_cookie) = [await oidc.begin("/", REDIRECT_URI) for _ in range(2)]
    first, second = (parse_qs(urlsplit(url).query) for url in (one, other))
    assert one_cookie != other_cookie
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))


async def test_the_scope_of_the_roles_is_asked_for_where_there_is_one(make: Make, provider: FakeProvider) -> None:
    provider.metadata = {"scopes_supported": ["openid", "groups"]}
    url, _ = await make().begin("/", REDIRECT_URI)
    assert parse_qs(urlsplit(url).query)["scope"] == ["openid groups"]


# The way back


async def test_the_code_is_exchanged_with_verifier_and_secret(oidc: Oidc, provider: FakeProvider) -> None:
    await sign_in(oidc, provider)
    (form,) = provider.forms
    assert (form["grant_type"], form["code"], form["redirect_uri"]) == (
        ["authorization_code"],
        ["a code"],
        [REDIRECT_URI],
    )
    assert len(form["code_verifier"][0]) == 43
    scheme, _, proof = provider.authorizations[0].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(proof).startswith(b"pilothouse:a+client+secret+of")


async def test_a_provider_that_wants_the_secret_in_the_body_gets_it_there(make: Make, provider: FakeProvider) -> None:
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    await sign_in(make(), provider)
    assert provider.forms[0]["client_secret"] == [CLIENT_SECRET]


async def test_a_client_without_a_secret_has_its_name_and_pkce(make: Make, provider: FakeProvider) -> None:
    await sign_in(make(oidc_client_secret=""), provider)
    assert provider.forms[0]["client_id"] == [CLIENT_ID]
    assert "client_secret" not in provider.forms[0]


@pytest.mark.parametrize("changed", [{"state": "wrong"}, {"state": ""}, {"state": "é"}, {"state": "\udce9"}])
async def test_a_state_that_is_not_the_browsers_does_not_count(
    oidc: Oidc, provider: FakeProvider, changed: dict[str, str]
) -> None:
    with pytest.raises(OidcRefused, match="another sign-in"):
        await sign_in(oidc, provider, **changed)
    assert "/token" not in provider.asked


@pytest.mark.parametrize(
    "change",
    [
        lambda cookie: None,
        lambda cookie: "",
        lambda cookie: "...",
        lambda cookie: "a.b.c.d",
        lambda cookie: cookie[:-1],
        lambda cookie: cookie + "é",
        lambda cookie: "A" + cookie[1:] if cookie[0] != "A" else "B" + cookie[1:],
        # A later end, or another way back.
        lambda cookie: ".".join([cookie.split(".")[0], "9999999999", *cookie.split(".")[2:]]),
        lambda cookie: ".".join([*cookie.split(".")[:2], "L2V2aWw", cookie.split(".")[3]]),
    ],
)
async def test_a_cookie_that_is_not_exactly_ours_does_not_count(
    oidc: Oidc, provider: FakeProvider, change: Callable[[str], str | None]
) -> None:
    url, cookie = await oidc.begin("/", REDIRECT_URI)
    with pytest.raises(OidcRefused, match="another browser"):
        await oidc.complete(provider.authorize(url), change(cookie), REDIRECT_URI, visitor=VISITOR)


async def test_the_cookie_of_another_server_does_not_count(
    oidc: Oidc,
    provider: FakeProvider,
    directory: Directory,
    audit: Audit,
    clock: FakeClock,
    sign_ins: FakeSignIns,
    tmp_path: Any,
) -> None:
    settings = oidc_settings(
        Config(oidc_issuer=provider.issuer, oidc_client_id=CLIENT_ID, oidc_roles=("ops=operator",))
    )
    assert settings is not None
    vault = await asyncio.to_thread(Vault.open, tmp_path / "other.json", clock)
    other = Oidc(settings, directory, audit, clock, mac=vault.mac, begin=sign_ins.begin)
    url, cookie = await other.begin("/", REDIRECT_URI)
    with pytest.raises(OidcRefused, match="another browser"):
        await oidc.complete(provider.authorize(url), cookie, REDIRECT_URI, visitor=VISITOR)


async def test_a_sign_in_may_take_ten_minutes(oidc: Oidc, provider: FakeProvider, clock: FakeClock) -> None:
    begun = [await oidc.begin("/", REDIRECT_URI) for _ in range(2)]
    await clock.advance(599)
    await oidc.complete(provider.authorize(begun[0][0]), begun[0][1], REDIRECT_URI, visitor=VISITOR)
    await clock.advance(1)
    with pytest.raises(OidcRefused, match="10 minutes"):
        await oidc.complete(provider.authorize(begun[1][0]), begun[1][1], REDIRECT_URI, visitor=VISITOR)


async def test_there_is_an_end_to_sign_ins_that_are_remembered(vault: Vault, clock: FakeClock) -> None:
    states = States(vault.mac, clock, most_used=2)
    for _ in range(5):
        pending, cookie = states.new("/")
        states.take(cookie, pending.state)
    assert len(states) == 2
    with pytest.raises(OidcRefused, match="finished already"):
        states.take(cookie, pending.state)
    await clock.advance(600)
    pending, cookie = states.new("/")
    states.take(cookie, pending.state)
    assert len(states) == 1


async def test_a_sign_in_is_finished_once_however_it_ended(oidc: Oidc, provider: FakeProvider) -> None:
    url, cookie = await oidc.begin("/", REDIRECT_URI)
    query = provider.authorize(url)
    with pytest.raises(OidcRefused, match="did not sign you in"):
        await oidc.complete({**query, "error": "access_denied"}, cookie, REDIRECT_URI, visitor=VISITOR)
    with pytest.raises(OidcRefused, match="finished already"):
        await oidc.complete(query, cookie, REDIRECT_URI, visitor=VISITOR)


async def test_the_answer_of_another_provider_does_not_count(oidc: Oidc, provider: FakeProvider) -> None:
    with pytest.raises(OidcRefused, match="another provider"):
        await sign_in(oidc, provider, iss="https://evil.example.net")


async def test_a_provider_that_names_itself_in_its_answers_always_does(make: Make, provider: FakeProvider) -> None:
    provider.metadata = {"authorization_response_iss_parameter_supported": True}
    oidc = make()
    url, cookie = await oidc.begin("/", REDIRECT_URI)
    query = provider.authorize(url)
    del query["iss"]
    with pytest.raises(OidcRefused, match="which provider"):
        await oidc.complete(query, cookie, REDIRECT_URI, visitor=VISITOR)


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable"])
async def test_a_failure_of_the_provider_is_told_as_one(oidc: Oidc, provider: FakeProvider, error: str) -> None:
    with pytest.raises(OidcUnavailable):
        await sign_in(oidc, provider, error=error)


async def test_a_code_that_the_provider_does_not_take_is_refused(oidc: Oidc, provider: FakeProvider) -> None:
    provider.token_error = "invalid_grant"
    with pytest.raises(OidcRefused):
        await sign_in(oidc, provider)


# The ID token


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


# The provider's own documents


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


# The account


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


@pytest.fixture
def accounts(directory: Directory, audit: Audit, clock: FakeClock) -> OidcAccounts:
    settings = oidc_settings(Config(oidc_issuer=ISSUER, oidc_client_id=CLIENT_ID, oidc_roles=("ops=operator",)))
    assert settings is not None
    return OidcAccounts(settings, directory, audit, clock)


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


# Where it goes afterwards


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/", "/"),
        ("/containers/web?tab=logs#end", "/containers/web?tab=logs#end"),
        ("//evil.example.net", "/"),
        ("///evil.example.net", "/"),
        ("/\\evil.example.net", "/"),
        ("\\\\evil.example.net", "/"),
        ("/\t/evil.example.net", "/"),
        ("/\n/evil.example.net", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        (" //evil.example.net", "/"),
        ("https://evil.example.net", "/"),
        ("javascript:alert(1)", "/"),
        ("evil.example.net", "/"),
        ("", "/"),
        ("/\u2028", "/"),
        ("/" + "x" * 2000, "/"),
        ("/api/v1/auth/oidc?return=/", "/"),
    ],
)
async def test_only_a_page_of_this_server_is_gone_back_to(
    oidc: Oidc, provider: FakeProvider, wanted: str, path: str
) -> None:
    url, cookie = await oidc.begin(wanted, REDIRECT_URI)
    _, went = await oidc.complete(provider.authorize(url), cookie, REDIRECT_URI, visitor=VISITOR)
    assert went == path
    assert len(cookie) < 2000


async def test_a_server_that_signs_nobody_in_so_does_not_carry_the_libraries() -> None:
    check = "import sys, server.auth.oidc; sys.exit(bool({'httpx', 'authlib', 'joserfc'} & set(sys.modules)))"
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", check], check=False)
    assert done.returncode == 0
