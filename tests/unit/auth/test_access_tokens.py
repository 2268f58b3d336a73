"""Access tokens: only what this server made, unchanged, and in its time."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import jwt
import pytest

from server.auth.access_tokens import LIFE_S, AccessTokens
from server.auth.vault import OVERLAP_S, ROTATE_S, Vault
from server.errors import InvalidToken, TokenExpired
from tests.fakes.clock import FakeClock


def claims(clock: FakeClock, **changes: Any) -> dict[str, Any]:
    now = int(clock.now())
    good = {"iss": "pilothouse", "aud": "pilothouse", "sub": "ann", "sid": "L", "iat": now, "nbf": now, "jti": "j"}
    return {name: value for name, value in (good | {"exp": now + 900} | changes).items() if value is not None}


def sign(vault: Vault, content: dict[str, Any], **header: Any) -> str:
    key = vault.signing_key
    return jwt.encode(content, key.secret, algorithm="HS256", headers={"kid": key.kid} | header)


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def test_token_says_whose_sign_in_it_belongs_to_and_until_when(access_tokens: AccessTokens, clock: FakeClock) -> None:
    token, expires_at = access_tokens.issue("ann", "L")
    found = access_tokens.verify(token)
    assert (found.sub, found.sid, found.exp) == ("ann", "L", expires_at)
    assert expires_at == clock.now() + LIFE_S


def test_token_made_by_hand_with_the_right_key_is_taken(
    access_tokens: AccessTokens, vault: Vault, clock: FakeClock
) -> None:
    assert access_tokens.verify(sign(vault, claims(clock))).sub == "ann"


def test_no_two_tokens_are_the_same(access_tokens: AccessTokens) -> None:
    assert access_tokens.issue("ann", "L") != access_tokens.issue("ann", "L")


async def test_token_ends_after_fifteen_minutes(access_tokens: AccessTokens, clock: FakeClock) -> None:
    token, _ = access_tokens.issue("ann", "L")
    await clock.advance(LIFE_S - 1)
    access_tokens.verify(token)
    await clock.advance(1)
    with pytest.raises(TokenExpired):
        access_tokens.verify(token)


async def test_token_survives_the_change_of_keys(access_tokens: AccessTokens, vault: Vault, clock: FakeClock) -> None:
    await clock.advance(ROTATE_S)
    token, _ = access_tokens.issue("ann", "L")
    await asyncio.to_thread(vault.rotate_if_due)
    await clock.advance(LIFE_S - 1)
    access_tokens.verify(token)
    assert LIFE_S <= OVERLAP_S


async def test_token_of_a_key_that_is_over_is_refused(
    access_tokens: AccessTokens, vault: Vault, clock: FakeClock
) -> None:
    await clock.advance(ROTATE_S)
    token = sign(vault, claims(clock, exp=int(clock.now() + ROTATE_S)))
    await asyncio.to_thread(vault.rotate_if_due)
    await clock.advance(OVERLAP_S)
    with pytest.raises(InvalidToken):
        access_tokens.verify(token)


def test_small_step_back_of_the_clock_ends_nothing(access_tokens: AccessTokens, clock: FakeClock) -> None:
    token, _ = access_tokens.issue("ann", "L")
    clock.set_back(30)
    access_tokens.verify(token)


@pytest.mark.parametrize(
    "changes",
    [
        {"iat": 1_795_165_200 + 3600},
        {"nbf": 1_795_165_200 + 3600},
        {"iss": "somebody"},
        {"aud": "somebody"},
        {"sub": 7},
        {"sid": None},
        {"exp": None},
        {"jti": None},
        {"iat": None},
        {"nbf": None},
        {"sub": None},
        {"iss": None},
        {"aud": None},
        {"exp": "9999999999"},
        {"exp": float("inf")},
        {"iat": float("nan")},
        {"exp": True},
        {"sid": ["L"]},
    ],
)
def test_claims_that_are_wrong_missing_or_from_the_future_are_refused(
    access_tokens: AccessTokens, vault: Vault, clock: FakeClock, changes: dict[str, Any]
) -> None:
    token = sign(vault, claims(clock, **changes))
    with pytest.raises(InvalidToken):
        access_tokens.verify(token)


def test_token_of_another_key_is_refused(access_tokens: AccessTokens, vault: Vault, clock: FakeClock) -> None:
    token = jwt.encode(claims(clock), b"k" * 32, algorithm="HS256", headers={"kid": vault.signing_key.kid})
    with pytest.raises(InvalidToken):
        access_tokens.verify(token)


@pytest.mark.parametrize("kid", ["other", "", "../../dev/null", "' OR 1=1"])
def test_token_of_an_unknown_key_is_refused(
    access_tokens: AccessTokens, vault: Vault, clock: FakeClock, kid: str
) -> None:
    with pytest.raises(InvalidToken):
        access_tokens.verify(sign(vault, claims(clock), kid=kid))


def test_token_without_a_key_is_refused(access_tokens: AccessTokens, vault: Vault, clock: FakeClock) -> None:
    with pytest.raises(InvalidToken):
        access_tokens.verify(jwt.encode(claims(clock), vault.signing_key.secret, algorithm="HS256"))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "HS512", "RS256", ""])
def test_unsigned_token_and_other_algorithms_are_refused(
    access_tokens: AccessTokens, vault: Vault, clock: FakeClock, algorithm: str
) -> None:
    header = part({"alg": algorithm, "typ": "JWT", "kid": vault.signing_key.kid})
    signature = access_tokens.issue("ann", "L")[0].rpartition(".")[2]
    for end in ("", signature):
        with pytest.raises(InvalidToken):
            access_tokens.verify(f"{header}.{part(claims(clock))}.{end}")


def test_token_signed_with_a_stronger_algorithm_and_the_right_key_is_refused(
    access_tokens: AccessTokens, vault: Vault, clock: FakeClock
) -> None:
    key = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA512)
    body = f"{part({'alg': 'HS512', 'typ': 'JWT', 'kid': vault.signing_key.kid})}.{part(claims(clock))}"
    signature = base64.urlsafe_b64encode(key.sign(body.encode(), vault.signing_key.secret)).rstrip(b"=").decode()
    with pytest.raises(InvalidToken):
        access_tokens.verify(f"{body}.{signature}")


def test_changed_token_is_refused_wherever_it_was_changed(access_tokens: AccessTokens, clock: FakeClock) -> None:
    token, _ = access_tokens.issue("ann", "L")
    head, body, signature = token.split(".")
    for changed in (
        f"{head}.{part(claims(clock, sub='root'))}.{signature}",
        f"{part({'alg': 'HS256', 'kid': 'x'})}.{body}.{signature}",
        f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        f"{head}.{body}.",
        f"{head}.{body}",
        token + "x",
        token[:-5],
    ):
        with pytest.raises(InvalidToken):
            access_tokens.verify(changed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "x",
        "\ud800",
        "\x00",
        "é.é.é",
        "a" * 1_000_000,
        part("text") + ".e30.",
        part(None) + ".e30.",
        part({"alg": "HS256", "kid": 5}) + ".e30.AAAA",
        part({"alg": "HS256", "kid": ["a"]}) + ".e30.AAAA",
        base64.urlsafe_b64encode(b"[" * 1400).decode() + ".e30.AAAA",
        base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"\xff"}').decode() + ".e30.AAAA",
    ],
)
def test_what_is_no_token_is_refused(access_tokens: AccessTokens, text: str) -> None:
    with pytest.raises(InvalidToken) as caught:
        access_tokens.verify(text)
    assert len(text) < 3 or text not in caught.value.message
