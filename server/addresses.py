"""Addresses of machines on the network, as people and headers write them."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parse(text: str) -> Address | None:
    """The address that `text` is; None for anything else."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # A socket that listens for both families names IPv4 peers as ::ffff:10.0.0.5.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
