"""Which hosts are answered for, and whose pages may change something."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.errors import MisdirectedHost, OriginNotAllowed, StartupError
from server.web.allowlist import Address, AllowList

ALLOWED = AllowList(["https://ops.example.net", "http://10.0.0.5:8100"])
HERE: Address = ("127.0.0.1", 8100)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8100",
        "LOCALHOST:9999",
        "localhost.",
        "127.0.0.1:8100",
        "127.8.9.10",
        "[::1]",
        "[::1]:8100",
        "ops.example.net",
        "OPS.example.net:443",
        "10.0.0.5:8100",
    ],
)
def test_a_loopback_name_and_a_configured_one_are_answered_for(host: str) -> None:
    ALLOWED.check_host([host])


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:8100",
        "10.0.0.6",
        "0.0.0.0",
        "[::]",
        "[::1",
        "::1",
        "",
        "localhost:",
        "localhost:99999",
        "localhost:8100:1",
        "localhost/x",
        "user@localhost",
        "127.1",
        "0x7f000001",
    ],
)
def test_another_host_is_refused(host: str) -> None:
    with pytest.raises(MisdirectedHost) as refusal:
        ALLOWED.check_host([host])
    assert "PILOTHOUSE_ORIGINS" in refusal.value.message


@pytest.mark.parametrize("hosts", [[], ["localhost", "localhost"], ["localhost", "evil.example"]])
def test_a_request_names_exactly_one_host(hosts: list[str]) -> None:
    with pytest.raises(MisdirectedHost):
        ALLOWED.check_host(hosts)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (HERE, "http://127.0.0.1:8100"),
        (("localhost", None), "http://localhost"),
        (("localhost", None), "http://localhost:80"),
        (("localhost", 80), "http://localhost"),
        (("[::1]", 8100), "http://[::1]:8100"),
        (("ops.example.net", None), "https://ops.example.net"),
        (HERE, "https://ops.example.net"),
        (HERE, "https://OPS.example.net:443"),
        (HERE, "http://10.0.0.5:8100"),
    ],
)
def test_pages_of_this_server_and_of_configured_origins_may_change_something(host: Address, origin: str) -> None:
    ALLOWED.check_origin(host, origins=[origin], sites=[])


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://evil.example",
        "http://127.0.0.1:3000",
        "http://localhost:8100",
        "http://127.0.0.1",
        "https://ops.example.net:8443",
        "https://ops.example.net.evil.example",
        "http://127.0.0.1:8100/",
        "http://127.0.0.1:8100@evil.example",
        "file://",
        "chrome-extension://127.0.0.1:8100",
    ],
)
def test_pages_of_other_sites_and_of_nobody_may_not(origin: str) -> None:
    with pytest.raises(OriginNotAllowed):
        ALLOWED.check_origin(HERE, origins=[origin], sites=["same-origin"])


def test_two_origins_are_none() -> None:
    with pytest.raises(OriginNotAllowed):
        ALLOWED.check_origin(HERE, origins=["http://127.0.0.1:8100"] * 2, sites=[])


@pytest.mark.parametrize("sites", [[], ["same-origin"], ["none"]])
def test_a_script_without_an_origin_may(sites: list[str]) -> None:
    ALLOWED.check_origin(HERE, origins=[], sites=sites)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_a_browser_that_names_no_origin_but_another_site_may_not(site: str) -> None:
    with pytest.raises(OriginNotAllowed):
        ALLOWED.check_origin(HERE, origins=[], sites=[site])


@pytest.mark.parametrize("origin", ["ops.example.net", "ftp://x", "https://", "https://a/b", "*", "null"])
def test_a_configured_origin_that_is_none_stops_the_start_and_says_what_is_allowed(origin: str) -> None:
    with pytest.raises(StartupError, match=r"PILOTHOUSE_ORIGINS=.*allowed are"):
        AllowList([origin])


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_text_is_taken_for_a_host_of_ours_but_loopback_and_the_configured(text: str) -> None:
    try:
        name, _ = ALLOWED.check_host([text])
    except MisdirectedHost:
        return
    assert name in ("localhost", "[::1]", "ops.example.net", "10.0.0.5") or name.startswith("127.")
