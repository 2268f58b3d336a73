from __future__ import annotations

import ipaddress

import pytest

from server.addresses import parse


@pytest.mark.parametrize("text", ["10.0.0.5", "2001:db8::1", "fe80::1%eth0"])
def test_an_address_is_the_one_that_is_written(text: str) -> None:
    assert parse(text) == ipaddress.ip_address(text)


def test_an_address_may_be_written_in_other_ways() -> None:
    assert parse("2001:DB8:0:0::1") == parse("2001:db8::1")


@pytest.mark.parametrize("text", ["::ffff:10.0.0.5", "::ffff:a00:5"])
def test_an_ipv4_peer_of_a_socket_for_both_families_is_an_ipv4_address(text: str) -> None:
    assert parse(text) == ipaddress.IPv4Address("10.0.0.5")


@pytest.mark.parametrize(
    "text", ["", "localhost", " 10.0.0.5", "10.0.0.5:80", "[::1]", "10.0.0.0/8", "10.0.0.256", "010.0.0.5", "unknown"]
)
def test_other_text_is_no_address(text: str) -> None:
    assert parse(text) is None
