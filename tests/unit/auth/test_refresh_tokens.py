"""Refresh tokens and device cookies: what the server made is known, and nothing else is."""

from __future__ import annotations

import pytest

from server.auth.devices import Devices
from server.auth.refresh_tokens import Refresh, RefreshTokens
from server.ids import new_id

LOGIN = new_id()


def test_token_says_which_one_of_which_sign_in_it_is(refresh_tokens: RefreshTokens) -> None:
    token = refresh_tokens.issue(LOGIN, 7)
    assert refresh_tokens.read(token) == Refresh(LOGIN, 7)
    assert refresh_tokens.issue(LOGIN, 7) == token


def test_changed_token_is_none_of_ours(refresh_tokens: RefreshTokens) -> None:
    token = refresh_tokens.issue(LOGIN, 7)
    login, generation, mac = token.split(".")
    for changed in (
        f"{login}.8.{mac}",
        f"{login}.07.{mac[:-1]}",
        f"{new_id()}.{generation}.{mac}",
        f"{login}.{generation}.{'A' if mac[0] != 'A' else 'B'}{mac[1:]}",
        f"{login}.{generation}.",
        f"{token}.x",
        f"{token}\n",
        f"{login}.٧.{mac}",
    ):
        assert refresh_tokens.read(changed) is None


@pytest.mark.parametrize("text", ["", ".", "..", "\ud800", "x" * 1_000_000, "é" * 40])
def test_what_is_no_token_is_none_of_ours(refresh_tokens: RefreshTokens, text: str) -> None:
    assert refresh_tokens.read(text) is None


def test_device_cookie_is_of_one_browser_and_one_account(devices: Devices) -> None:
    first, second = devices.issue("ann"), devices.issue("ann")
    assert devices.known("ann", first) != devices.known("ann", second)
    assert devices.known("ann", first) is not None
    assert devices.known("bob", first) is None


@pytest.mark.parametrize("cookie", [None, "", ".", "abc", "abc.def", "é.é", "\ud800", "x" * 1_000_000])
def test_what_is_no_device_cookie_is_nobodys(devices: Devices, cookie: str | None) -> None:
    assert devices.known("ann", cookie) is None


def test_refresh_token_is_no_device_cookie(devices: Devices, refresh_tokens: RefreshTokens) -> None:
    mac = refresh_tokens.issue(LOGIN, 7).rpartition(".")[2]
    assert devices.known("ann", f"{LOGIN}.{mac}") is None
