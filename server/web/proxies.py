"""Where a request really comes from, when proxies stand in between.

`X-Forwarded-For` is written by whoever likes to. Only what a proxy of the list added to it counts: read from the right,
the first address that is no such proxy is the client; everything left of it is the client's own invention.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from aiohttp import web

from server.addresses import Address, parse
from server.errors import StartupError

_FORWARDED_FOR, _FORWARDED_PROTO = "X-Forwarded-For", "X-Forwarded-Proto"
_MOST_HOPS = 32


class Proxies:
    """The proxies that are believed."""

    def __init__(self, networks: Iterable[str]) -> None:
        """`networks` as in `10.0.0.0/8` or `127.0.0.1`.

        Raises:
            StartupError: one of them is no address and no network.
        """
        self._networks = [_network(text) for text in networks]

    def client(self, peer: str | None, forwarded_for: list[str]) -> str | None:
        """The client's address, of a connection from `peer` with these `X-Forwarded-For` headers."""
        client = peer
        if not self._networks or not self.trusts(peer):
            return client
        hops = [hop.strip() for header in forwarded_for for hop in header.split(",")]
        for hop in reversed(hops[-_MOST_HOPS:]):
            address = parse(hop)
            if address is None:
                return client  # Not an address: whoever wrote it, the one before it is the last that is known.
            client = str(address)
            if not self._contains(address):
                return client
        return client

    def is_https(self, peer: str | None, forwarded_proto: list[str]) -> bool:
        """Whether a believed proxy says that the client spoke https with it."""
        return (
            bool(self._networks) and len(forwarded_proto) == 1 and forwarded_proto[0] == "https" and self.trusts(peer)
        )

    def trusts(self, peer: str | None) -> bool:
        """Whether what `peer` says of its clients is believed."""
        address = parse(peer or "")
        return address is not None and self._contains(address)

    def _contains(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


PROXIES = web.AppKey[Proxies]("proxies")


def client_address(request: web.Request) -> str | None:
    """The address of the client; None on the command line's own socket."""
    return request.app[PROXIES].client(_peer(request) or None, request.headers.getall(_FORWARDED_FOR, []))


def is_https(request: web.Request) -> bool:
    """Whether the client's browser sees https: to this server, or to a proxy that is believed."""
    if request.transport is not None and request.transport.get_extra_info("sslcontext") is not None:
        return True
    return request.app[PROXIES].is_https(_peer(request), request.headers.getall(_FORWARDED_PROTO, []))


def network(address: str) -> str:
    """What one subscriber holds at least: the address itself, or its /64 (RFC 6177)."""
    if ":" not in address:
        return address
    parsed = parse(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Address(int(parsed) >> 64 << 64))
    return address if parsed is None else str(parsed)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise StartupError(
            f"PILOTHOUSE_TRUSTED_PROXIES={text!r}: allowed are addresses and networks, as in 10.0.0.2 or 10.0.0.0/8"
        ) from None


def _peer(request: web.Request) -> str | None:
    peer = request.get_extra_info("peername")
    if peer is None:
        return request.remote
    # While the line is there: what request.remote looks up stays with the request, and that of a socket may for days.
    return str(peer[0]) if isinstance(peer, tuple | list) else str(peer)
