"""Where a request really comes from."""

from __future__ import annotations

import pytest

from server.errors import StartupError
from server.web.proxies import Proxies, network

PROXY, OTHER_PROXY, CLIENT, STRANGER = "10.0.0.2", "10.0.0.3", "203.0.113.7", "198.51.100.9"


@pytest.fixture
def proxies() -> Proxies:
    return Proxies(["10.0.0.0/24", "fd00::/64"])


def test_without_proxies_the_header_says_nothing() -> None:
    assert Proxies([]).client(STRANGER, [CLIENT]) == STRANGER


def test_an_untrusted_peer_is_the_client_whatever_it_claims(proxies: Proxies) -> None:
    assert proxies.client(STRANGER, ["127.0.0.1", CLIENT]) == STRANGER


def test_a_trusted_proxy_names_the_client(proxies: Proxies) -> None:
    assert proxies.client(PROXY, [CLIENT]) == CLIENT


def test_what_a_client_put_left_of_the_proxy_s_word_is_its_own_invention(proxies: Proxies) -> None:
    assert proxies.client(PROXY, [f"127.0.0.1, 10.0.0.9, {STRANGER}, {CLIENT}"]) == CLIENT


def test_a_chain_of_trusted_proxies_is_followed_to_its_end(proxies: Proxies) -> None:
    assert proxies.client(PROXY, [f"1.1.1.1, {CLIENT}, {OTHER_PROXY}"]) == CLIENT


def test_several_headers_count_as_one_list(proxies: Proxies) -> None:
    assert proxies.client(PROXY, ["127.0.0.1", CLIENT, OTHER_PROXY]) == CLIENT


def test_a_proxy_that_asks_for_itself_is_its_own_client(proxies: Proxies) -> None:
    assert proxies.client(PROXY, [OTHER_PROXY]) == OTHER_PROXY
    assert proxies.client(PROXY, []) == PROXY


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "unknown",
        "_hidden",
        "203.0.113.7:1234",
        "[2001:db8::1]",
        "203.0.113",
        "0x7f.1",
        "127.0.0.1\r\n",
        "١٢٧.0.0.1",
    ],
)
def test_what_is_no_address_ends_the_chain_at_what_is_known(proxies: Proxies, garbage: str) -> None:
    known = "127.0.0.1" if garbage == "127.0.0.1\r\n" else PROXY
    assert proxies.client(PROXY, [garbage]) == known
    assert proxies.client(PROXY, [f"{STRANGER}, x{garbage}"]) == PROXY


def test_an_ipv4_address_in_ipv6_form_is_the_same_address(proxies: Proxies) -> None:
    assert proxies.client(f"::ffff:{PROXY}", [CLIENT]) == CLIENT
    assert proxies.client(PROXY, [f"::ffff:{CLIENT}"]) == CLIENT


def test_an_ipv6_proxy_and_client_are_known_too(proxies: Proxies) -> None:
    assert proxies.client("fd00::5", ["2001:DB8::1"]) == "2001:db8::1"


def test_a_thousand_hops_are_not_followed(proxies: Proxies) -> None:
    hops = [CLIENT] + [f"10.0.0.{n % 250}" for n in range(1000)]
    assert proxies.client(PROXY, [", ".join(hops)]).startswith("10.0.0.")  # type: ignore[union-attr]


def test_the_command_line_s_own_socket_has_no_address(proxies: Proxies) -> None:
    assert proxies.client(None, [CLIENT]) is None


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        (PROXY, ["https"], True),
        (PROXY, ["http"], False),
        (PROXY, [], False),
        (PROXY, ["https", "https"], False),
        (PROXY, ["https, http"], False),
        (PROXY, ["HTTPS "], False),
        (STRANGER, ["https"], False),
        (None, ["https"], False),
    ],
)
def test_only_a_trusted_proxy_says_that_the_browser_sees_https(
    proxies: Proxies, peer: str | None, headers: list[str], expected: bool
) -> None:
    assert proxies.is_https(peer, headers) is expected


@pytest.mark.parametrize("text", ["proxy.example", "10.0.0.1/8", "10.0.0.0/33", "*", "10.0.0.0-10.0.0.9"])
def test_a_proxy_that_is_no_address_stops_the_start(text: str) -> None:
    with pytest.raises(StartupError, match="PILOTHOUSE_TRUSTED_PROXIES"):
        Proxies([text])


def test_the_addresses_that_one_subscriber_has_are_one_network() -> None:
    assert network("2001:db8:1:2:aaaa::1") == network("2001:db8:1:2:bbbb::2")
    assert network("2001:db8:1:2::1") != network("2001:db8:1:3::1")
    assert network("203.0.113.7") != network("203.0.113.8")
    assert network("::ffff:203.0.113.7") == "203.0.113.7"
    assert network("fe80::1%eth0") == network("fe80::2")
