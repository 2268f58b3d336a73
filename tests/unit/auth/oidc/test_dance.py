"""The way to the provider and back: what the browser carries, and whose answer counts."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from server.auth.directory import Directory
from server.auth.oidc import Oidc
from server.auth.oidc_errors import OidcRefused, OidcUnavailable
from server.auth.oidc_settings import oidc_settings
from server.auth.oidc_state import States
from server.auth.vault import Vault
from server.config import Config
from server.eventlog.audit import Audit
from tests.fakes.clock import FakeClock
from tests.fakes.oidc import FakeSignIns
from tests.fakes.oidc_provider import CLIENT_ID, CLIENT_SECRET, FakeProvider
from tests.unit.auth.oidc.conftest import REDIRECT_URI, VISITOR, Make, sign_in

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
